"""A throw-away PostgreSQL server for tests and benchmarks.

As root the server runs as another user, because PostgreSQL refuses root. Data live in a temporary folder and
go with the process; durability is off, since nothing here outlives the run.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def binaries() -> Path:
    """Folder of initdb and postgres: Debian's, newest first, else wherever PATH has them.

    Raises:
        FileNotFoundError: when PostgreSQL is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        message = "PostgreSQL is missing: install it (Debian: apt-get install postgresql)"
        raise FileNotFoundError(message)
    return Path(on_path).resolve().parent


def _other_user() -> str | None:
    """Whom the server runs as: nobody special when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def running(*, seconds: float = 60) -> Iterator[str]:
    """Start a server on a free loopback port; yields its URL (database `postgres`, user `zhulian`)."""
    bin_dir, user, port = binaries(), _other_user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="zhulian-pg-"))
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o700)
    data, log = folder / "data", folder / "log"
    as_user: dict[str, object] = (
        {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    )
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        [bin_dir / "initdb", "-D", data, "-U", "zhulian", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
        cwd="/",
        **as_user,  # type: ignore[call-overload]
    )
    options = [
        "-c",
        "fsync=off",
        "-c",
        "full_page_writes=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "max_connections=100",
    ]
    with log.open("w") as out:
        server = subprocess.Popen(
            [bin_dir / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            **as_user,  # type: ignore[call-overload]
        )
    try:
        _wait(bin_dir, port, server, log, seconds)
        yield f"postgresql://zhulian@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        if server.poll() is None:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(bin_dir: Path, port: int, server: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready = subprocess.run([bin_dir / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False)
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    message = f"PostgreSQL did not start:\n{log.read_text()[-2000:]}"
    raise RuntimeError(message)
