"""Apache Spark's own Connect server, for the tests that Sail answers otherwise.

    python scripts/spark.py COMMAND…      runs the command with ZHULIAN_TEST_SPARK=sc://127.0.0.1:PORT

Needs Java 17 or newer. The server comes with the full `pyspark` (450 MB), which is installed once into `.venv-spark`,
apart from the client that Zhulian uses; `ZHULIAN_SPARK_HOME` names another installation.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".venv-spark"
VERSION = "pyspark==4.1.*"
CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"


def home() -> Path:
    """Spark's folder; installed when it is not there.

    Raises:
        FileNotFoundError: without Java.
    """
    if shutil.which("java") is None:
        message = "Java is missing: install it (Debian: apt-get install openjdk-17-jre-headless)"
        raise FileNotFoundError(message)
    if given := os.environ.get("ZHULIAN_SPARK_HOME"):
        return Path(given)
    if not list(PLACE.glob("lib/*/site-packages/pyspark/jars")):
        venv.create(PLACE, with_pip=True)
        subprocess.run([PLACE / "bin" / "pip", "install", "--quiet", VERSION], check=True)
    return next(PLACE.glob("lib/*/site-packages/pyspark"))


@contextlib.contextmanager
def running(*, seconds: float = 120) -> Iterator[str]:
    """Start a server on a free loopback port; yields its address."""
    spark, folder = home(), Path(tempfile.mkdtemp(prefix="zhulian-spark-server-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 4,
        "spark.local.dir": folder / "local",
        "spark.sql.warehouse.dir": folder / "warehouse",
    }
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    environment = {**os.environ, "SPARK_HOME": str(spark), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment.pop("SPARK_REMOTE", None)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                *(str(spark / "bin" / "spark-submit"), "--master", "local[2]", "--driver-memory", "2g"),
                *("--class", CLASS, *options, "spark-internal"),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
        )
    try:
        _wait(server, port, folder / "log", seconds)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        if server.poll() is None:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.5)
    message = f"Spark did not start:\n{log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(message)


def main(command: Sequence[str]) -> int:
    """Run a command beside a server; its exit code."""
    with running() as address:
        print(f"Apache Spark Connect at {address}", flush=True)
        environment = {**os.environ, "ZHULIAN_TEST_SPARK": address}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
