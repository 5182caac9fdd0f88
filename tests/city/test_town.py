"""The town: the same for the same seed, within the contract, real-looking and nobody's."""

import datetime as dt
import hashlib
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict

import pytest

from zhulian.city import UNTIL, build, write
from zhulian.city.names import FAMOUS, trade_names
from zhulian.city.stories import NOT_FOUND, STORIES
from zhulian.core.kernel.dates import BEGINNING, FOREVER, add_years, age
from zhulian.core.kernel.errors import ZhulianError
from zhulian.core.kernel.identifiers import birth_on, parse_key, parse_resident_id, parse_uscc, sex
from zhulian.core.tables import TABLES, Kind

BUILT_IN_A_PROCESS = """
import sys
from pathlib import Path
from zhulian.city import build, write
write(build(seed=5), Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def town():
    return build(seed=5)


def _hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path, town):
    write(town, tmp_path / "here")
    for hash_seed in ("0", "12345"):
        out = tmp_path / hash_seed
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "America/New_York"}
        subprocess.run([sys.executable, "-c", BUILT_IN_A_PROCESS, str(out)], check=True, env=env)
        assert _hashes(out) == _hashes(tmp_path / "here")


def test_another_seed_gives_another_town(town):
    other = build(seed=6)
    assert {r["uscc"] for r in other.rows["enterprise"]}.isdisjoint({r["uscc"] for r in town.rows["enterprise"]})


def test_until_moves_the_whole_history(town):
    earlier = build(seed=5, until=dt.date(2022, 6, 30))
    assert max(r["as_of"] for r in earlier.rows["finance"]) == dt.date(2021, 12, 31)
    assert {label.as_of for label in earlier.labels} == {dt.date(2022, 6, 30), dt.date(2021, 6, 30)}
    told = [Counter(label.story for label in city.labels) for city in (earlier, town)]
    assert told[0].keys() == told[1].keys()
    assert all(told[0][story.id] == told[1][story.id] for story in STORIES)


def test_size_of_the_town(town):
    assert len({r["enterprise"] for r in town.rows["enterprise"]}) == 300
    there = {r["person"] for r in town.rows["insurance"] if r["month_until"] is None}
    assert 5_000 < len(there) < 10_500
    staff = Counter(r["enterprise"] for r in town.rows["insurance"] if r["month_until"] is None)
    sizes = sorted(staff.values(), reverse=True)
    assert sum(sizes[:30]) > 0.25 * sum(sizes), "a tenth of the enterprises employs a quarter of the people and more"


def test_three_years_of_history(town):
    start = add_years(UNTIL, -3)
    held = {r["enterprise"] for r in town.rows["qualification"] if r["fact_from"] <= start}
    assert len(held) == 300
    changes = [r for r in town.rows["insurance"] if r["month_until"] and start <= r["month_until"] <= UNTIL]
    assert len(changes) > 500, "people join and leave"
    assert sum(1 for r in town.rows["enterprise"] if r["fact_until"]) > 10, "some were renamed"


def test_every_row_obeys_the_contract(town):
    for name, rows in town.rows.items():
        table = TABLES[name]
        for row in rows:
            assert set(row) - {"fact_from", "fact_until"} <= set(table.names)
            for column in table.columns:
                value = row.get(column.name)
                assert value is not None or not column.required, (name, column.name)
                if value is not None and column.options:
                    assert value in column.options, (name, column.name, value)
                if value is not None and column.kind is Kind.REF:
                    assert str(parse_key(value)) == value
            for first, second in table.order:
                assert row[first] is None or row[second] is None or row[first] <= row[second], (name, row)


def test_one_fact_at_a_time(town):
    for name, rows in town.rows.items():
        periods = defaultdict(list)
        for row in rows:
            key = tuple(row.get(column) for column in TABLES[name].key)
            periods[key].append((row["fact_from"] or BEGINNING, row["fact_until"] or FOREVER))
        for key, spans in periods.items():
            spans.sort()
            assert all(a < b for a, b in spans), (name, key)
            assert all(spans[i][1] <= spans[i + 1][0] for i in range(len(spans) - 1)), (name, key, spans)


def test_references_exist(town):
    subjects = {name: {r[name] for r in town.rows[name]} for name in ("enterprise", "person", "project")}
    for name, rows in town.rows.items():
        for column in TABLES[name].columns:
            if column.kind is Kind.REF:
                used = {r.get(column.name) for r in rows} - {None}
                assert used <= subjects[column.refers], (name, column.name)


def test_identifiers_pass_their_check_digits(town):
    for row in town.rows["enterprise"]:
        assert parse_uscc(row["uscc"]) == row["uscc"]
    numbers = [row for row in town.rows["person"] if row["id_no"]]
    assert len({row["id_no"] for row in numbers}) == len(numbers)
    for row in numbers:
        assert parse_resident_id(row["id_no"]) == row["id_no"]
        assert birth_on(row["id_no"]) == row["birth_on"]
        assert sex(row["id_no"]) == row["sex"]


def test_nobody_is_insured_as_a_child(town):
    born = {row["person"]: row["birth_on"] for row in town.rows["person"] if row["birth_on"]}
    for row in town.rows["insurance"]:
        if row["person"] in born:
            assert age(born[row["person"]], row["month_from"]) >= 16


def test_names_are_nobodys(town):

    everyone = trade_names(random.Random(0), 12_000)  # noqa: S311 - no secret
    assert len(set(everyone)) == len(everyone) >= 12_000
    names = {row["name"] for row in town.rows["enterprise"]} | set(everyone)
    assert not [name for name in names for word in FAMOUS if word in name]


def test_every_story_is_told(town):
    told = Counter(story for _, story in {(label.enterprise, label.story) for label in town.labels})
    assert told.pop(NOT_FOUND) > 0
    assert told == {story.id: story.times for story in STORIES}


def test_a_seed_is_all_it_takes_to_fail_alike():
    with pytest.raises(KeyError):
        build("metropolis", seed=1)
    with pytest.raises(ZhulianError):
        parse_uscc("91370202MA3C0000XX")
