"""A real cluster of Spark on this machine: a master and workers, each a process of its own, on loopback only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PATIENCE = 60
# Two programs may be on the cluster at once, with two cores each.
MASTER = "--host 127.0.0.1 --port {port} --webui-port 0"
# What runs for a minute is not worth optimizing: half the time for every Java on the way.
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
WORKER = "--host 127.0.0.1 --cores 2 --memory 2g --webui-port 0 --work-dir {work} spark://127.0.0.1:{port}"


@contextmanager
def cluster(home: Path, folder: Path, *, workers: int) -> Iterator[str]:
    """The address of the master, once every worker has registered; ``home`` is where Spark is installed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ExitStack() as ends:
        log = ends.enter_context(_daemon(home, folder / "master.log", "master.Master", MASTER.format(port=port)))
        _until(lambda: "New state: ALIVE" in log.read_text(), log)
        for n in range(workers):
            words = WORKER.format(port=port, work=folder / f"work-{n}")
            ends.enter_context(_daemon(home, folder / f"worker-{n}.log", "worker.Worker", words))
        _until(lambda: log.read_text().count("Registering worker") == workers, log)
        yield f"spark://127.0.0.1:{port}"


@contextmanager
def _daemon(home: Path, log: Path, name: str, words: str) -> Iterator[Path]:
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_MASTER_OPTS": "-Dspark.deploy.defaultCores=2",
    }
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *words.split()]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, cwd=log.parent
        )
    try:
        yield log
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until(done: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(log.read_text())
        time.sleep(0.1)
