"""Lines of the benchmark tables."""

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
        return f"| {self.job} | {self.ours:.3g} {self.unit} | {self.yardstick} | {self.theirs:.3g} {self.unit} | {ratio:.3g} | {self.goal} |"


@dataclass(frozen=True)
class Way:
    """One way to evaluate rules over a registry: seconds, memory peak in GB of its own process, and what it says.

    `seconds` is null where it was not measured; `compared` then says why, and else what of its answers was compared.
    """

    way: str
    rules: int
    says: str
    seconds: float | None
    memory: float | None
    compared: str

    def row(self, hand: float | None) -> str:
        """One Markdown row; `hand` is the seconds of the query by hand for one grade."""
        seconds = "–" if self.seconds is None else f"{self.seconds:.3g} s"
        times = "–" if self.seconds is None or not hand else f"{self.seconds / hand:.3g}"
        memory = "–" if self.memory is None else f"{self.memory:.2g} GB"
        return f"| {self.way} | {self.rules} | {self.says} | {seconds} | {times} | {memory} | {self.compared} |"


FIGURES = "| job | ours | yardstick | its figure | ratio | goal |\n| --- | --- | --- | --- | --- | --- |"
"""The head of a table of figures."""
WAYS = (
    "| way | rules | what it says | time | × one query by hand | memory peak | its answers beside ours |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)
"""The head of a table of ways."""
