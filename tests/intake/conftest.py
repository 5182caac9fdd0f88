"""Small files in the shape of the public sources, written for the tests; and the real ones, where they are at hand."""

from pathlib import Path

import pytest

from zhulian.intake import Register, Report, load

SHARED = Path(__file__).resolve().parents[2] / "../shared/domain"


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared/domain is absent: the real public files cannot be read")
    return SHARED


class Loaded:
    """A load with its rows kept by table."""

    def __init__(self, *paths: Path, register: Register | None = None, **options) -> None:
        self.register = register or Register()
        self.tables: dict[str, list[dict]] = {}
        self.report: Report = load(paths, self.register, self._take, **options)

    def _take(self, table: str, rows: list[dict]) -> None:
        self.tables.setdefault(table, []).extend(rows)

    @property
    def figures(self) -> tuple[int, int, int, int]:
        r = self.report
        return r.records, r.accepted, r.quarantined, r.unchanged


@pytest.fixture
def loaded():
    return Loaded
