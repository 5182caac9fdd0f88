"""The same plan on Spark: a runner over Spark Connect (`zhulian[spark]`), whatever server answers there.

Apache Spark's own Connect server and Sail both do. Rows come as Arrow; parameters are bound by the protocol, never
written into the text. The client needs no Java; the files of a snapshot are read by the server, so its folder must be
reachable under the same path there.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

register(
    ErrorKind("spark.missing", "没有安装 Spark 客户端", "请执行 pip install zhulian[spark]"),
    ErrorKind("spark.master", "「{value}」不是 Spark Connect 的地址", "请写成 sc://主机:端口，如 sc://127.0.0.1:15002"),
    ErrorKind(
        "spark.unreachable",
        "连接不上 Spark 服务器 {host}:{port}：{why}",
        "请确认 Spark Connect 服务已启动、端口已开放；docs/bulk.md 说明怎样启动",
    ),
)
_PORT: Final = 15002
"""Spark Connect's own."""
_PATIENCE: Final = 5.0
"""Seconds until a server that does not answer counts as unreachable; the client itself would try for minutes."""
_SETTINGS: Final = {
    # The same arithmetic as the other engines': an overflow is an error, never a null.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}


class SparkRunner:
    """A session of its own on a Spark Connect server: its views are nobody else's. Close it after use."""

    dialect = "spark"

    def __init__(self, session: SparkSession, work: Path | None = None) -> None:
        """`work`: where the server puts what is kept, in a folder that goes with `close`; by default the temporary one.

        A cluster needs one that all its machines share.
        """
        self.session = session
        self._parent = work
        self._work: Path | None = None
        self._kept: dict[str, Path] = {}
        self._count = 0

    def arrow(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """The answer as Arrow, whole numbers as int64."""
        return _widened(self._frame(sql, params).toArrow())

    def query(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The answer as rows."""
        columns = [column.to_pylist() for column in self._frame(sql, params).toArrow().columns]
        return list(zip(*columns, strict=True))

    def keep(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """Compute once, read often: the answer becomes the view `name`. As Parquet: no engine's cache is bounded."""
        before, target = self._kept.get(name), self._fresh(name)
        self._frame(sql, params).write.parquet(str(target))
        self._show(name, target, before)

    def put(self, name: str, table: pa.Table) -> None:
        """An Arrow table as the view `name`."""
        before, target = self._kept.get(name), self._fresh(name)
        target.mkdir()
        pq.write_table(table, target / "part.parquet")
        self._show(name, target, before)

    def save(self, path: Path, sql: str, params: Sequence[object] = ()) -> None:
        """The answer as a Parquet file here."""
        pq.write_table(self.arrow(sql, params), path, compression="zstd")

    def forget(self, name: str) -> None:
        """Drop what was kept or put."""
        self.session.catalog.dropTempView(name)
        if (kept := self._kept.pop(name, None)) is not None:
            shutil.rmtree(kept, ignore_errors=True)

    def beside(self) -> None:
        """No second runner: the server shares out the work of one statement."""

    def view(self, name: str, paths: Sequence[str]) -> None:
        """Parquet files as the view `name`."""
        self.session.read.parquet(*paths).createOrReplaceTempView(name)

    def close(self) -> None:
        """End the session and delete what it kept."""
        with contextlib.suppress(Exception):  # a server that has gone is closed
            self.session.stop()
        if self._work is not None:
            shutil.rmtree(self._work, ignore_errors=True)

    def _fresh(self, name: str) -> Path:
        """A folder of its own each time: servers remember the files of one that they have listed."""
        if self._work is None:
            self._work = Path(tempfile.mkdtemp(prefix="zhulian-spark-", dir=self._parent))
            self._work.chmod(0o777)  # the server runs as whom it likes; the name is ours alone
        self._count += 1
        return self._work / f"{name}-{self._count}"

    def _show(self, name: str, target: Path, before: Path | None) -> None:
        self._kept[name] = target
        self.view(name, [str(target)])
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)

    def _frame(self, sql: str, params: Sequence[object]) -> DataFrame:
        return self.session.sql(sql, args=list(params)) if params else self.session.sql(sql)


def connect_spark(master: str, *, work: Path | None = None) -> SparkRunner:
    """A session on the server at `master` (`sc://host:port`, options after `/;` as Spark has them).

    Raises:
        ZhulianError: `spark.master`, `spark.unreachable`, `spark.missing`.
    """
    host, port = _address(master)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        try:
            from pyspark.sql import SparkSession
            from pyspark.sql.connect import session as _client  # noqa: F401 - says so at once when a part is missing
        except ImportError:
            raise ZhulianError("spark.missing") from None
        _reach(host, port)
        _greet(master)
        session = SparkSession.builder.remote(master).create()
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    return SparkRunner(session, work)


def _address(master: str) -> tuple[str, int]:
    """Host and port of a master.

    Raises:
        ZhulianError: `spark.master`.
    """
    try:
        parts = urlsplit(master)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme != "sc":
        raise ZhulianError("spark.master", value=master)
    return host, port


def _reach(host: str, port: int) -> None:
    """Ask whether anybody answers, before the client tries for minutes.

    Raises:
        ZhulianError: `spark.unreachable`.
    """
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        why = error.strerror or "没有回应"
        raise ZhulianError("spark.unreachable", host=host, port=port, why=why) from None


def _greet(master: str) -> None:
    """Ask whether it is a server of the protocol: one that accepts and says nothing would be waited for without end.

    Raises:
        ZhulianError: `spark.unreachable`.
    """
    import grpc  # type: ignore[import-untyped]  # it ships no types
    from pyspark.sql.connect.client import DefaultChannelBuilder

    host, port = _address(master)
    with DefaultChannelBuilder(master).toChannel() as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=_PATIENCE)
        except grpc.FutureTimeoutError:
            why = "有程序在此端口，但不是 Spark Connect，或没有回应"
            raise ZhulianError("spark.unreachable", host=host, port=port, why=why) from None


def _widened(table: pa.Table) -> pa.Table:
    """Whole numbers as int64: Spark types a flag as 32 bits."""
    whole = [pa.field(f.name, pa.int64()) if pa.types.is_integer(f.type) else f for f in table.schema]
    return table.cast(pa.schema(whole))
