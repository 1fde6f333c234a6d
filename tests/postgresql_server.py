"""A PostgreSQL of the tests' own: Debian's programs, a cluster in a temporary folder, a socket in it and no port."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.conftest import missing

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"
SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=50", "shared_buffers=32MB")


def _program(name: str) -> Path:
    found = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        missing("postgresql is not installed: run scripts/debian-packages.sh")
    return found[-1]


def _not_root() -> dict[str, Any]:
    """Return who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        missing(f"PostgreSQL does not run as root, and there is no user {USER!r}")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}


class Server:
    """A running cluster."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._databases = 0

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        self._databases += 1
        name = f"db{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)


@contextmanager
def running_server() -> Iterator[Server]:
    initdb, postgres, who = _program("initdb"), _program("postgres"), _not_root()
    folder = Path(tempfile.mkdtemp(prefix="yiwang-pg-", dir="/tmp"))  # a socket's path has at most 107 octets
    try:
        if who:
            os.chown(folder, who["user"], who["group"])
        command = [initdb, "-D", folder / "data", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        command = [postgres, "-D", folder / "data", "-k", folder, *settings]
        with open(folder / "log", "wb") as log, subprocess.Popen(command, stderr=log, cwd=folder, **who) as process:
            try:
                server = Server(folder)
                _wait(process, server, folder / "log")
                yield server
            finally:
                process.terminate()  # smart shutdown waits for clients
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    process.send_signal(2)  # SIGINT: fast shutdown
                    process.wait(30)
    finally:
        shutil.rmtree(folder)


def _wait(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    for _ in range(600):
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
