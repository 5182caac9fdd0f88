"""Servers of `peers.py`: Sail, and Apache Spark where it is installed, each a process of its own."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import peak_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
apache: Any = importlib.import_module("spark")
"""Starts Apache Spark's own server."""

_SAIL = "from pysail.spark import SparkConnectServer as S; s = S(); s.start(background=True); print(*s.listening_address, flush=True); input()"


@dataclass(frozen=True)
class Server:
    """A running server: its address, process and name with version."""

    master: str
    process: int
    name: str

    def peak(self) -> float:
        """Memory peak until now in GB."""
        return peak_of(self.process)


@contextlib.contextmanager
def sail() -> Iterator[Server]:
    """Sail."""
    environment = {**os.environ, "RUST_LOG": "error"}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", _SAIL], env=environment, **pipes) as server:
        assert server.stdout is not None
        try:
            host, port = server.stdout.readline().split()
            yield Server(f"sc://{host}:{port}", server.pid, f"Sail {version('pysail')}")
        finally:
            server.kill()


def why_no_apache() -> str:
    """Why Apache Spark cannot be measured here; empty where it can."""
    if shutil.which("java") is None:
        return "not on this machine: no Java (17 or later)"
    if os.environ.get("ZHULIAN_SPARK_HOME") or list(apache.PLACE.glob("lib/*/site-packages/pyspark/jars")):
        return ""
    return "not on this machine: `python scripts/spark.py true` installs it (450 MB), or `ZHULIAN_SPARK_HOME` names it"


@contextlib.contextmanager
def apache_spark() -> Iterator[Server]:
    """Apache Spark's Connect server, `local[2]`."""
    before = _java()
    with apache.running(seconds=240) as master:
        (process,) = _java() - before
        core = next((Path(apache.home()) / "jars").glob("spark-core_*.jar"))
        yield Server(master, process, f"Apache Spark {core.stem.rsplit('-', 1)[1]}, local[2]")


def _java() -> set[int]:
    """Processes of Java that this one started."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, rest = (place / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            if name == "java" and int(rest.split()[1]) == os.getpid():
                found.add(int(place.name))
    return found
