"""The city's dirty feeds through the services: every record's outcome is the one on its label."""

from __future__ import annotations

from collections import Counter

import polars as pl

from zhulian.city import UNTIL, build, write
from zhulian.city.dirty import LABELS_FILE, write_dirty
from zhulian.server.exchange.models import Quarantined


def test_a_delivery_of_dirty_feeds_ends_as_labelled(tmp_path, take):
    write(build(seed=4), tmp_path / "city")
    write_dirty(tmp_path / "city", tmp_path / "dirty", until=UNTIL)
    labels = pl.read_parquet(tmp_path / "dirty" / LABELS_FILE)
    for folder in ("feeds", "late"):
        delivery = take(tmp_path / "dirty" / folder)
        wanted = [r for r in labels.iter_rows(named=True) if r["file"].startswith(f"{folder}/")]
        found = {(q.file.name, q.record): q.code for q in Quarantined.objects.filter(delivery=delivery)}
        by_name = {(r["file"].partition("/")[2], r["record"]): r for r in wanted}
        assert found == {k: r["code"] for k, r in by_name.items() if r["outcome"] == "quarantined"}
        refused = {f.name for f in delivery.files.filter(state="refused")}
        assert refused == {name for (name, _), r in by_name.items() if r["outcome"] == "refused"}
        outcomes = Counter(r["outcome"] for r in wanted)
        assert (delivery.accepted, delivery.unchanged) == (outcomes["accepted"], outcomes["unchanged"])
