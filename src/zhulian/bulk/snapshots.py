"""The registry as Parquet in a folder: versions side by side, one of them current.

    <root>/CURRENT                       number of the version that readers take; replaced in one step
    <root>/versions/<n>/manifest.json    tables, parts, rows, when it was taken
    <root>/versions/<n>/<table>/*.parquet
    <root>/staging/                      a version in the making; nobody reads it
    <root>/LOCK                          held by whoever writes

A reader opens one version and keeps to it, whatever is published meanwhile. Parts hold the physical columns of
`bulk.schema`, without any secret one, and the table `identity`, by which results are shown.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from zhulian.bulk.schema import arrow_schema
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register
from zhulian.core.tables import TABLES

if TYPE_CHECKING:
    from zhulian.bulk.runners import DuckdbRunner
    from zhulian.bulk.spark import SparkRunner

register(
    ErrorKind(
        "snapshot.none", "「{path}」里没有快照", "请核对文件夹；用 zhulian snapshot --to 文件夹 可从登记簿生成快照"
    ),
    ErrorKind("snapshot.damaged", "快照「{path}」已损坏：{why}", "请用 zhulian snapshot --full 重新生成"),
    ErrorKind("snapshot.schema", "快照「{path}」的表结构与本版本程序不同", "请用本版本的 zhulian snapshot 重新生成"),
)
CURRENT: Final = "CURRENT"
MANIFEST: Final = "manifest.json"
VERSIONS: Final = "versions"
IDENTITY: Final = "identity"
IDENTITY_SCHEMA: Final = pa.schema(
    [
        ("row_id", pa.int64()),
        ("subject", pa.int64()),
        ("subject_kind", pa.string()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("sure", pa.bool_()),
    ]
)
"""Who is who: `kind:value` means the subject; `sure` false for names and local numbers. Secret kinds never enter."""


def schemas() -> dict[str, pa.Schema]:
    """Columns of every table of a snapshot, by the contract of this release."""
    return {**{name: arrow_schema(table) for name, table in TABLES.items()}, IDENTITY: IDENTITY_SCHEMA}


def schema_hash() -> str:
    """SHA-256 over tables, columns and types: a snapshot of another contract is refused."""
    text = json.dumps({n: [(f.name, str(f.type)) for f in s] for n, s in schemas().items()}, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file. `stamp`: what its source said of its rows when they were read, to know them unchanged."""

    file: str
    rows: int
    size: int
    sha256: str
    stamp: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version holds. `taken_at`: microseconds since the epoch; what was recorded later is not in it."""

    version: int
    taken_at: int
    source: str
    schema: str
    previous: int | None = None
    tables: dict[str, tuple[Part, ...]] = field(default_factory=dict)

    def rows(self, table: str) -> int:
        """Rows of a table."""
        return sum(part.rows for part in self.tables.get(table, ()))

    def as_text(self) -> str:
        """The file's content."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def of(cls, text: str) -> Manifest:
        """Read back.

        Raises:
            ValueError, KeyError, TypeError: when it is none.
        """
        raw: dict[str, Any] = json.loads(text)
        parts = {
            name: tuple(Part(**{**part, "stamp": tuple(part["stamp"])}) for part in found)
            for name, found in raw.pop("tables").items()
        }
        return cls(**raw, tables=parts)


@dataclass(frozen=True, slots=True)
class SnapshotFolder:
    """One version, open for reading."""

    root: Path
    manifest: Manifest

    @property
    def folder(self) -> Path:
        """Where the version's files are."""
        return version_folder(self.root, self.manifest.version)

    def paths(self, table: str) -> list[str]:
        """The files of a table."""
        return [str(self.folder / part.file) for part in self.manifest.tables[table]]

    def attach(self, runner: DuckdbRunner | SparkRunner) -> None:
        """Views named as the tables; nothing is copied."""
        for table in schemas():
            if runner.dialect == "spark":
                runner.view(table, self.paths(table))  # type: ignore[union-attr]  # told by its dialect
            else:
                runner.connection.read_parquet(self.paths(table)).create_view(table)  # type: ignore[union-attr]


def is_snapshot(path: Path) -> bool:
    """Whether a folder holds a snapshot."""
    return (path / CURRENT).is_file()


def version_folder(root: Path, version: int) -> Path:
    """The folder of a version."""
    return root / VERSIONS / str(version)


def open_snapshot(root: Path) -> SnapshotFolder:
    """The current version, checked: this release's columns, every file there in its size.

    Raises:
        ZhulianError: `snapshot.none`, `snapshot.schema`, `snapshot.damaged`.
    """
    if not is_snapshot(root):
        raise ZhulianError("snapshot.none", path=root)
    root = root.absolute()
    found = SnapshotFolder(root, _manifest(root))
    if found.manifest.schema != schema_hash():
        raise ZhulianError("snapshot.schema", path=root)
    for parts in found.manifest.tables.values():
        for part in parts:
            path = found.folder / part.file
            if not path.is_file() or path.stat().st_size != part.size:
                raise ZhulianError("snapshot.damaged", path=root, why=f"{part.file} 不在或长度不对")
    return found


def _manifest(root: Path) -> Manifest:
    try:
        version = int((root / CURRENT).read_text(encoding="ascii"))
        return Manifest.of((version_folder(root, version) / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ZhulianError("snapshot.damaged", path=root, why=f"清单读不出（{type(error).__name__}）") from None
