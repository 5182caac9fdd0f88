"""One grade (that of `rules.py`) as a zen-engine decision, and its holders as the records that it wants.

A record holds the enterprise's visible facts, persons with their lists split into this employer's and others', days as
numbers since 1970. Assembling the records is not timed; the engine's work on them is.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import nation
import rules as small
from zhulian.core.kernel.dates import born_after
from zhulian.core.rules.counting import age_limit

_SEEN = "$d >= fact_from AND $d < fact_until AND recorded_at <= $k AND superseded_at > $k"
_TIES = ("registration", "post_certificate", "safety_certificate", "skill", "insurance", "officer")
_PAIRS = " UNION ".join(
    f"SELECT enterprise, person FROM {t} SEMI JOIN holder USING (enterprise) WHERE {_SEEN}" for t in _TIES
)
_EMPTY = "[]"
FACTS = f"""
WITH holder AS (SELECT DISTINCT enterprise FROM qualification WHERE code = $c AND {_SEEN} AND hash(enterprise) % $every = 0
  AND (status IS NULL OR status NOT IN ('降级', '撤回', '撤销', '吊销', '注销', '过期'))),
tie AS ({_PAIRS}),
who AS (SELECT DISTINCT person FROM tie),
age AS (SELECT person, list(datediff('day', DATE '1970-01-01', birth_on)) AS born FROM person SEMI JOIN who USING (person) WHERE {_SEEN} GROUP BY person),
reg AS (SELECT person, list({{e: enterprise, kind: kind, specialty: specialty, ended: end_reason,
    until: datediff('day', DATE '1970-01-01', valid_until)}}) AS reg
  FROM registration SEMI JOIN who USING (person) WHERE {_SEEN} GROUP BY person),
pay AS (SELECT person, list({{e: enterprise, first: datediff('day', DATE '1970-01-01', month_from),
    last: datediff('day', DATE '1970-01-01', month_until)}}) AS pay
  FROM insurance SEMI JOIN who USING (person) WHERE {_SEEN} GROUP BY person),
titled AS (SELECT person, list(grade) AS titles FROM title SEMI JOIN who USING (person) WHERE {_SEEN} GROUP BY person),
skilled AS (SELECT person, enterprise, list(grade) AS skills FROM skill SEMI JOIN holder USING (enterprise) WHERE {_SEEN} GROUP BY ALL),
people AS (
  SELECT t.enterprise, to_json(list({{born: coalesce(born, {_EMPTY}), titles: coalesce(titles, {_EMPTY}), skills: coalesce(skills, {_EMPTY}),
    mine_reg: coalesce(list_filter(reg, lambda x: x.e = t.enterprise), {_EMPTY}),
    other_reg: coalesce(list_filter(reg, lambda x: x.e <> t.enterprise), {_EMPTY}),
    mine_pay: coalesce(list_filter(pay, lambda x: x.e = t.enterprise), {_EMPTY}),
    other_pay: coalesce(list_filter(pay, lambda x: x.e <> t.enterprise), {_EMPTY})}})) AS persons
  FROM tie t LEFT JOIN age USING (person) LEFT JOIN reg USING (person) LEFT JOIN pay USING (person)
  LEFT JOIN titled USING (person) LEFT JOIN skilled USING (person, enterprise) GROUP BY t.enterprise),
latest AS (SELECT enterprise, max(as_of) AS as_of FROM finance WHERE as_of <= $d AND {_SEEN} GROUP BY enterprise),
money AS (SELECT enterprise, min(net_assets) AS net_assets FROM finance JOIN latest USING (enterprise, as_of) WHERE {_SEEN} GROUP BY enterprise),
home AS (SELECT enterprise, max(region) AS region FROM enterprise WHERE {_SEEN} GROUP BY enterprise),
told AS (SELECT DISTINCT h.enterprise FROM home h JOIN coverage c ON c.table_name = 'insurance' AND c.enterprise IS NULL AND c.complete
  AND (c.division IS NULL OR c.division IN ('000000', region, left(region, 4) || '00', left(region, 2) || '0000')))
SELECT h.enterprise, net_assets, told.enterprise IS NOT NULL, coalesce(persons, '[]')
FROM holder h LEFT JOIN people USING (enterprise) LEFT JOIN money USING (enterprise) LEFT JOIN told USING (enterprise)"""


def records(folder: Path, limit: str, sample: int) -> dict[int, dict[str, Any]]:
    """About so many holders, evenly over the registry."""
    runner = nation.opened(folder, limit)
    every = max(1, runner.query("SELECT count(*) FROM enterprise")[0][0] // sample)
    given = {"d": nation.DAY, "k": small.LATEST, "c": small.CODE, "every": every}
    rows = runner.connection.execute(FACTS, given).fetchall()
    runner.connection.close()
    return {row[0]: {"net_assets": row[1], "told": row[2], "persons": json.loads(row[3])} for row in rows}


def decision() -> str:
    """The grade's bounds and its first verdict as expressions, in the engine's JSON."""
    month = nation.DAY.replace(day=1)
    days = (
        nation.DAY,
        month,
        (month + dt.timedelta(days=31)).replace(day=1),
        born_after(age_limit(nation.DAY).max_age, nation.DAY),
    )
    day, first, after, born = ((d - dt.date(1970, 1, 1)).days for d in days)
    live = f"#.ended == null and (#.until == null or #.until >= {day})"
    surely = f"#.ended == null and #.until != null and #.until >= {day}"
    paid = f"#.first < {after} and (#.last == null or #.last >= {first})"
    age_sure = f"len(#.born) > 0 and all(#.born, # != null and # > {born})"
    age_may = f"(len(#.born) == 0 or some(#.born, # == null or # > {born}))"
    sure = f"{age_sure} and some(#.mine_pay, {paid}) and not(some(#.other_reg, {live}))"
    lent = f"(some(#.mine_pay, {paid}) or (not(some(#.other_pay, {paid}))"
    may_told = f"{age_may} and some(#.mine_pay, {paid}) and not(some(#.other_reg, {surely}))"
    may_open = f"{age_may} and {lent})) and not(some(#.other_reg, {surely}))"
    kinds, fields = "['一级注册建造师', '二级注册建造师']", "['建筑工程', '机电工程']"
    has = {
        "s0": f"some(#.mine_reg, {surely} and #.kind in {kinds} and #.specialty in {fields})",
        "m0": f"some(#.mine_reg, {live} and #.kind in {kinds} and (#.specialty == null or #.specialty in {fields}))",
        **dict.fromkeys(("s1", "m1"), "some(#.titles, # in ['中级', '副高级', '正高级'])"),
        **dict.fromkeys(("s2", "m2"), "some(#.skills, # in ['中级工', '高级工', '技师', '高级技师'])"),
    }
    expressions = {
        name: f"count(persons, {sure} and {holds})"
        if name[0] == "s"
        else f"told ? count(persons, {may_told} and {holds}) : count(persons, {may_open} and {holds})"
        for name, holds in has.items()
    }
    expressions["money"] = "net_assets == null ? 'unknown' : (net_assets >= 800000000 ? 'met' : 'short')"
    content = {"expressions": [{"id": key, "key": key, "value": value} for key, value in expressions.items()]}
    place = {"x": 0, "y": 0}
    nodes: list[dict[str, Any]] = [
        {"id": "in", "type": "inputNode", "name": "in", "position": place},
        {"id": "rule", "type": "expressionNode", "name": "rule", "position": place, "content": content},
        {"id": "out", "type": "outputNode", "name": "out", "position": place},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "rule", "type": "edge"},
        {"id": "b", "sourceId": "rule", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
