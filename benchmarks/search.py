"""Search in a register of the country's size, beside an equality look-up by index in the same table.

Names are put together from cities, brands and trades as real ones are, so that some grams stand in most names and
some in few; tokens are made by the server's own function. SQLite, warm file cache.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl
import pypinyin

from figure import Figure

ENTERPRISES = 400_000
SHOWN = ("credit code", "whole name", "common words", "all kinds")
_CHUNK = 20_000
_ROUNDS = 60
_BRAND = "海天华宏鑫盛泰德恒通永兴中建安信诚达瑞丰金石长城东方明远新光大正隆昌顺福祥利民国力创合一众联润泽宇航"
_TRADE = (
    *("建设工程", "建筑工程", "市政工程", "水利水电工程", "电力工程", "路桥工程", "装饰工程", "机电安装", "园林绿化"),
    *("消防工程", "地基基础工程", "建筑劳务", "钢结构工程", "幕墙工程", "防水工程", "建设集团", "建筑安装", "公路工程"),
)
_FORMS = ("有限公司", "有限公司", "有限责任公司", "集团有限公司", "股份有限公司")


def figures(enterprises: int = ENTERPRISES) -> list[Figure]:
    """p95 of a search of some kinds and of all; the yardstick is the equality look-up."""
    found = measure(enterprises)
    base = found.pop("equality")
    return [
        Figure(
            f"search of {enterprises:,} enterprises, {kind}, p95",
            times["p95"],
            "equality by index, p95",
            base["p95"],
            "ms",
            "≤ 150 ms",
        )
        for kind, times in found.items()
        if kind in SHOWN
    ]


def names_and_codes(start: int, stop: int) -> Iterator[tuple[int, str, str, str]]:
    """Enterprises `start … stop`: id, name, credit code, certificate number; the same ones in every run."""
    cities = _cities()
    for number in range(start, stop):
        draw = random.Random(number)  # noqa: S311 - made-up names
        city = cities[int(len(cities) * draw.random() ** 2)]
        brand = "".join(draw.choices(_BRAND, k=draw.choice((2, 2, 3))))
        name = f"{city}{brand}{draw.choice(_TRADE)}{draw.choice(_FORMS)}"
        serial = f"{number * 7919 % 10**9:09d}"
        yield (
            number + 1,
            name,
            f"91{draw.randrange(110000, 660000)}MA{serial[:8]}",
            f"D2{draw.randrange(10, 66)}{serial}",
        )


def _cities() -> list[str]:
    from zhulian.core.kernel.codes import divisions

    return [d.name.removesuffix("市") for d in divisions().values() if d.level == "city" and d.name.endswith("市")]


def _tokens(chunk: tuple[int, int, str]) -> str:
    """Tokens of some enterprises, in a file: rows by the million are slow to hand over otherwise."""
    _django()
    from zhulian.server.common import search

    # A character's reading without its phrase: eight times as fast, and as many tokens.
    search.lazy_pinyin = _readings  # type: ignore[attr-defined, assignment]  # of this process only
    start, stop, folder = chunk
    rows = [
        (subject, field, token)
        for subject, name, uscc, certificate in names_and_codes(start, stop)
        for field, token in search.tokens_of(search.Texts((name,), (uscc, certificate)))
    ]
    path = f"{folder}/{start}.parquet"
    pl.DataFrame(rows, ["subject", "field", "token"], orient="row").write_parquet(path)
    return path


def _readings(text: str, style: Any) -> list[str]:
    return [_reading(character, style) for character in text]


@functools.cache
def _reading(character: str, style: Any) -> str:
    return "".join(pypinyin.lazy_pinyin(character, style=style))


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhulian.server.settings")
    django.setup()


def measure(enterprises: int = ENTERPRISES) -> dict[str, dict[str, float]]:
    """Milliseconds at p50 and p95 by kind of query."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHULIAN_HOME"] = home
        os.environ.pop("ZHULIAN_DATABASE", None)
        _django()
        started = time.perf_counter()
        _fill(home, enterprises)
        print(f"… filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        from zhulian.server.common import search
        from zhulian.server.common.models import Token

        def equal(text: str) -> object:
            return list(Token.objects.filter(kind="enterprise", field="name", token=text).values_list("subject"))

        asked = _queries(enterprises)
        found = {"equality": _times(equal, asked["whole name"])}
        every: list[float] = []
        for kind, queries in asked.items():
            times = _times(lambda text: search.search(text, ["enterprise"], limit=search.CANDIDATES), queries)
            every += times
            found[kind] = times
        found["all kinds"] = every
        return {kind: _summary(times) for kind, times in found.items()}


def _summary(times: Sequence[float]) -> dict[str, float]:
    return {"p50": statistics.median(times), "p95": sorted(times)[int(len(times) * 0.95) - 1]}


def _times(ask: Callable[[str], object], queries: Sequence[str]) -> list[float]:
    out = []
    for text in queries:
        start = time.perf_counter()
        ask(text)
        out.append((time.perf_counter() - start) * 1000)
    return out


def _queries(enterprises: int) -> dict[str, list[str]]:
    """What people type: codes, whole names and parts of them, common words in twos, initials, and what is not there."""
    draw = random.Random(7)  # noqa: S311 - queries, not secrets
    rows = list(
        itertools.chain.from_iterable(
            names_and_codes(n, n + 1) for n in (draw.randrange(enterprises) for _ in range(_ROUNDS))
        )
    )
    from zhulian.server.common.search import bare, initials

    cities = _cities()
    return {
        "credit code": [uscc for _, _, uscc, _ in rows],
        "certificate number": [number for *_, number in rows],
        "head of a code": [uscc[:11] for _, _, uscc, _ in rows],
        "whole name": [name for _, name, _, _ in rows],
        "name without form": [bare(name) for _, name, _, _ in rows],
        "part of a name": [bare(name)[2:6] for _, name, _, _ in rows],
        "common words": [f"{draw.choice(cities)} {draw.choice(_TRADE)}" for _ in rows],
        "common words that never meet": [f"{''.join(draw.sample(_TRADE, 2))}" for _ in rows],
        "initials": [initials(name)[:5] for _, name, _, _ in rows],
        "not there": [f"{draw.choice(cities)}{''.join(draw.choices(_BRAND, k=5))}" for _ in rows],
    }


def _fill(folder: str, enterprises: int) -> None:
    """The token table as the migrations leave it; sorted before it is filled, its indexes made after: minutes less."""
    from django.db import connection

    from zhulian.server.common.models import Token

    chunks = [(start, min(start + _CHUNK, enterprises), folder) for start in range(0, enterprises, _CHUNK)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        files = pool.map(_tokens, chunks, chunksize=1)
    rows = pl.read_parquet(files).sort("field", "token", "subject")
    with connection.cursor() as cursor:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "threads=2", "cache_size=-1000000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute(
            "CREATE TABLE common_token (id integer PRIMARY KEY, subject bigint NOT NULL, kind varchar(20) NOT NULL, "
            "field varchar(8) NOT NULL, token varchar(100) NOT NULL)"
        )
        raw: Any = connection.connection
        cursor.execute("BEGIN")
        raw.executemany(
            "INSERT INTO common_token (subject, kind, field, token) VALUES (?, 'enterprise', ?, ?)", rows.iter_rows()
        )
        cursor.execute("COMMIT")
        for one in (*Token._meta.constraints, *Token._meta.indexes):  # noqa: SLF001 - _meta is Django's documented interface
            unique = "UNIQUE" if one in Token._meta.constraints else ""  # noqa: SLF001
            cursor.execute(f"CREATE {unique} INDEX {one.name} ON common_token ({', '.join(one.fields)})")
    connection.close()


if __name__ == "__main__":
    if "--json" in sys.argv:
        import json

        print(json.dumps(measure(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(figure.row() for figure in figures()))
