"""The demonstration starts with nothing left to do: its people look at a server that is idle."""

import sqlite3


def test_everybody_was_assessed_once_and_nothing_is_left_to_do(town):
    with sqlite3.connect(f"file:{town.home / 'zhulian.sqlite3'}?mode=ro", uri=True) as database:

        def count(sql):
            return database.execute(f"SELECT count(*) FROM {sql}").fetchone()[0]

        assert count("common_event WHERE type = 'facts.changed' AND state = 'done'") > 100
        assert count("common_event WHERE state <> 'done' AND type = 'facts.changed'") == 0
        assert count("assessment_mark") == 0
        assert count("assessment_run WHERE everyone") == 1, "one run over everybody"
        assert count("assessment") == count("assessment WHERE run_id = 1"), "nothing came twice"
