"""The real public files as workbooks: what CSV takes and refuses, Excel takes and refuses."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice

import pytest

from intake.books import book
from zhulian.intake import Reject, read

LIMIT = 300
"""Records of each file: enough to meet its kinds of error, few enough for every test run."""


def told(path) -> tuple[int, Counter[str]]:
    """How many records are good, and why the others are not."""
    good: set[int] = set()
    bad: Counter[str] = Counter()
    for record in read(path):
        if isinstance(record, Reject):
            bad[record.code] += 1
        else:
            good.add(record.position.record)
    return len(good), bad


@pytest.mark.parametrize(
    "name",
    [
        "jzsc2019_enterprise_qualifications.csv",
        "jzsc2019_enterprises_uscc.csv",
        "jzsc2019_persons_masked.csv",
        "jzsc2019_project_chain.csv",
        "sichuan_power_contractors_2015.csv",
    ],
)
def test_the_same_counts_through_excel(shared, tmp_path, name):
    with (shared / "datasets" / name).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in islice(csv.reader(file), LIMIT + 1) if any(row)]
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    path = book(tmp_path / "a.xlsx", {name[:31]: rows})
    assert told(path) == told(tmp_path / name)
