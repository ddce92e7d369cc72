"""A PostgreSQL of the tests' own: made in a temporary folder, reachable through a socket there, gone afterwards.

The server refuses to run as root, so root hands it to an ordinary user. Nothing of a PostgreSQL that the machine
may already run is touched: no port is opened, and what is stopped is stopped by its own process id.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

DURABLE_ENOUGH = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200".split()
ORDINARY_USERS = ("postgres", "nobody")


def binaries() -> Path | None:
    """The folder of the newest installed server, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom root becomes for the server; None when we are ordinary already."""
    if os.geteuid() != 0:
        return None
    for name in ORDINARY_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no ordinary user to run PostgreSQL as")


class Postgres:
    """A running server; `url` is for DATABASE_URL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = _ordinary_user()

    @property
    def url(self) -> str:
        """Through the socket in the folder."""
        host = str(self.folder).replace("/", "%2F")
        return f"postgres://yunheng@{host}/postgres"

    def _start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        identity = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []} if self._owner else {}
        output = (self.folder.parent / "log").open("ab")
        return subprocess.Popen(words, cwd=self.folder, stdout=output, stderr=output, **identity)  # type: ignore[call-overload]

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        folder = binaries()
        if folder is None:
            raise RuntimeError("PostgreSQL is not installed: sudo apt-get install postgresql")
        if self._owner:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
        data = self.folder / "data"
        options = ["-U", "yunheng", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        if self._start(folder / "initdb", "-D", data, *options).wait():
            raise RuntimeError("initdb failed: " + (self.folder.parent / "log").read_text())
        listen = ["-k", str(self.folder), "-c", "listen_addresses="]
        self.process = self._start(folder / "postgres", "-D", data, *listen, *DURABLE_ENOUGH)
        self._wait(folder)

    def _wait(self, folder: Path) -> None:
        for _ in range(200):
            answer = subprocess.run([folder / "pg_isready", "-q", "-h", self.folder], check=False)
            if answer.returncode == 0:
                return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("PostgreSQL does not answer: " + (self.folder.parent / "log").read_text())

    def stop(self) -> None:
        """Fast shutdown of our own process, then of the folder."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def launch() -> Postgres:
    """Start one; the caller stops it."""
    outer = Path(tempfile.mkdtemp(prefix="yh-pg-", dir="/tmp"))  # short: a socket's path may have 107 bytes
    outer.chmod(0o755)
    inner = outer / "s"
    inner.mkdir(mode=0o700)
    server = Postgres(inner)
    server.start()
    return server
