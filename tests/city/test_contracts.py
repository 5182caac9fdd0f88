"""Contracts: those labelled are found as labelled, and no other is beyond its holder's scope."""

import json
from collections import Counter

import polars as pl
from typer.testing import CliRunner

from zhulian.city import CONTRACT_LABELS_FILE, UNTIL, build, write
from zhulian.cli.app import app


def test_contracts_are_found_as_labelled_and_nothing_else(tmp_path):
    write(build(seed=20), tmp_path)
    done = CliRunner().invoke(app, ["contracts", str(tmp_path), "--as-of", UNTIL.isoformat(), "--json"])
    assert done.exit_code == 0, done.output
    found = {row["contract_no"]: row for row in json.loads(done.stdout)}
    labels = pl.read_parquet(tmp_path / CONTRACT_LABELS_FILE).to_dicts()
    assert {row["contract_no"]: row["standing"] for row in labels} == {
        row["contract_no"]: found[row["contract_no"]]["finding"] for row in labels
    }
    for label in (row for row in labels if row["figure"]):
        line = next(c for c in found[label["contract_no"]]["reason"]["children"] if c["id"] == label["figure"])
        assert (line["verdict"], line["required"], line["found_at_most"]) == ("short", label["limit"], label["value"])
    others = Counter(
        row["finding"] for no, row in found.items() if no not in {label["contract_no"] for label in labels}
    )
    assert others["beyond"] == others["unlicensed"] == 0
    assert others["within"] > 0.3 * len(found), others
