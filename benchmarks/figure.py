"""One line of the benchmark table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A job, our figure and the yardstick's from the same run; `ratio` is ours ÷ the yardstick's."""

    job: str
    ours: float
    yardstick: str
    theirs: float
    unit: str
    goal: str

    def row(self) -> str:
        """One Markdown row, figures to three digits."""
        ratio = self.ours / self.theirs if self.theirs else float("nan")
        return f"| {self.job} | {self.ours:.3g} {self.unit} | {self.yardstick} | {self.theirs:.3g} {self.unit} | {ratio:.2f} | {self.goal} |"
