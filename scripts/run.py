"""Bring the demonstration city up: assets, database, demonstration data, static files; then serve until Ctrl-C.

Every step leaves a stamp and is skipped when nothing changed, so that a second start takes seconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
HOME = Path(os.environ.get("YUNHENG_HOME", "") or ROOT / "var").resolve()
BIN = ROOT / ".venv" / "bin"
HOST, PORT = "127.0.0.1", os.environ.get("PORT", "8000")
STOP_AFTER = 15


class Failure(Exception):
    """A start that cannot go on; the step has already said why."""


def environment() -> dict[str, str]:
    """Demonstration mode, unless the caller says otherwise."""
    defaults = {"YUNHENG_DEMO": "1", "YUNHENG_HOME": str(HOME), "PYTHONUNBUFFERED": "1"}
    return {**defaults, **{name: value for name, value in os.environ.items() if value}}


def manage(*words: str, quiet: bool = False) -> None:
    """One management command, in its own process."""
    command = [str(BIN / "yunheng"), "manage", *words]
    output = subprocess.DEVNULL if quiet else None
    if subprocess.run(
        command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=output, check=False
    ).returncode:
        raise Failure(f"步骤未完成：yunheng manage {' '.join(words)}")


def fingerprint(*roots: Path, patterns: tuple[str, ...]) -> str:
    """Names, sizes and times of the files below: cheap, and enough to know that something changed."""
    total = hashlib.sha256()
    for root in roots:
        for path in sorted(found for pattern in patterns for found in root.glob(pattern) if found.is_file()):
            status = path.stat()
            total.update(f"{path}|{status.st_size}|{status.st_mtime_ns}\n".encode())
    return total.hexdigest()


def once(name: str, mark: str, folder: Path) -> Path | None:
    """The stamp to write after the step, or nothing when it holds already."""
    stamp = folder / f".stamp-{name}"
    return None if stamp.exists() and stamp.read_text() == mark else stamp


def is_sqlite() -> bool:
    """Whether the database is the default one, a file below var/."""
    return not os.environ.get("DATABASE_URL", "").strip()


def prepare_database(*, fresh: bool) -> None:
    """Migrate when migrations changed; build the city when the database has none yet.

    The demonstration is built into a database of its own kind: a run that was cut short leaves no stamp, and the
    next one starts again from an empty file instead of continuing half a city.
    """
    database = HOME / "yunheng.sqlite3"
    city = once("demo", "1", HOME)
    if is_sqlite() and (fresh or city or not database.exists()):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        for name in ("demo", "migrate"):
            (HOME / f".stamp-{name}").unlink(missing_ok=True)
        for name in ("attachments", "metering"):
            shutil.rmtree(HOME / name, ignore_errors=True)
        city = HOME / ".stamp-demo"
    mark = fingerprint(ROOT / "src", patterns=("**/migrations/*.py",))
    if stamp := once("migrate", mark, HOME):
        print("更新数据库结构 …", flush=True)
        manage("migrate", "--noinput", quiet=True)
        stamp.write_text(mark)
    if city:
        print("建造演示城市 …", flush=True)
        manage("demo")
        city.write_text("1")


def prepare_static() -> None:
    """Collect and compress the static files when one of them changed."""
    sources = (ROOT / "src", BUILD / "static")
    mark = fingerprint(*sources, patterns=("**/static/**/*", "vendor/**/*"))
    if stamp := once("static", mark, BUILD):
        print("整理静态文件 …", flush=True)
        manage("collectstatic", "--noinput", "--clear", quiet=True)
        stamp.write_text(mark)


def take_home() -> TextIO:
    """The lock on the data folder, held until this process ends: two starts must not build or drop one city at once."""
    HOME.mkdir(parents=True, exist_ok=True)
    lock = (HOME / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure(f"数据目录 {HOME} 正由另一个 make run 使用：请先按 Ctrl-C 停止它。") from None
    return lock


def require_free_port() -> None:
    """Say so before anything starts, when somebody else listens there."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, int(PORT))) == 0:
            raise Failure(f"端口 {PORT} 已被占用。换一个再试：make run PORT=8001")


def start() -> list[subprocess.Popen[bytes]]:
    """The server and the worker, each in its own process group: Ctrl-C reaches them through us only, once."""
    gunicorn = (
        f"{BIN}/gunicorn yunheng.config.wsgi:application --bind {HOST}:{PORT} --worker-class gthread "
        f"--workers 2 --threads 4 --timeout 120 --graceful-timeout 10 --log-level warning "
        f"--no-control-socket"
    ).split()
    commands = (gunicorn, [str(BIN / "yunheng"), "manage", "worker"])
    return [subprocess.Popen(command, cwd=ROOT, env=environment(), start_new_session=True) for command in commands]


def wait_until_answering(server: subprocess.Popen[bytes]) -> None:
    """Return when the port is open; fail when the server ended first."""
    for _ in range(300):
        if server.poll() is not None:
            raise Failure("服务未能启动，原因见上。")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, int(PORT))) == 0:
                return
        time.sleep(0.1)
    raise Failure("服务在 30 秒内没有应答。")


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each to finish what it is doing; insist after a while."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(STOP_AFTER)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve() -> int:
    """Serve until Ctrl-C or until one of the two ends by itself."""
    ended: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.append(0))
    processes = start()
    try:
        wait_until_answering(processes[0])
        print(f"\n  云衡已启动：http://{HOST}:{PORT}/\n", flush=True)
        manage("demo", "--logins")
        print("\n  按 Ctrl-C 停止。Ctrl-C stops it.", flush=True)
        while not ended:
            for process in processes:
                if process.poll() is not None:
                    raise Failure(f"进程意外结束（{process.returncode}）：{process.args}")
            time.sleep(0.2)
    finally:
        stop(processes)
    print("\n已停止。")
    return 0


def prepare(*, fresh: bool) -> int:
    """Everything up to serving; 0 when all is in place."""
    code = subprocess.run([sys.executable, ROOT / "scripts" / "assets.py"], check=False).returncode
    if code == 0:
        prepare_database(fresh=fresh)
        prepare_static()
    return code


def main(words: list[str]) -> int:
    """`--fresh` builds the city anew, `--no-serve` stops when all is in place."""
    only_prepare = "--no-serve" in words
    try:
        with take_home():
            if not only_prepare:
                require_free_port()
            return prepare(fresh="--fresh" in words) or (0 if only_prepare else serve())
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
