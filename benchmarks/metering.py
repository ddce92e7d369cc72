"""What is measured: deliveries into the journal on one core, and the roll-up of a day of many machines."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from tests.metering.bytes import series, snappy
from yunheng.domain.metering.journal import Journal
from yunheng.domain.metering.samples import Batch, Window
from yunheng.domain.metering.store import Store, Terms, connect
from yunheng.domain.metering.wire import remote_write
from yunheng.domain.metering.wire.packing import unsnap

DAY, PORT = date(2026, 5, 10), 9118
TERMS = Terms(raw=8, hourly=120, daily=400, gap=900_000)
MOST = 32 << 20
DEBIAN = shutil.which("prometheus") or os.environ.get("PROMETHEUS", "")


def bodies(count: int, machines: int, at: int) -> list[tuple[str, bytes]]:
    """Deliveries of 512 series with one sample each, all of them kept, from machines that take turns."""
    made = []
    for n in range(count):
        host, moment = f"10.0.{n % machines // 250}.{n % machines % 250}:9100", at + n // machines * 15_000
        made.append((host, snappy(*(
            series("node_cpu_seconds_total", [(moment, n + cpu * 1.37)], instance=host, cpu=f"{cpu}", mode=mode)
            for cpu in range(64)
            for mode in ("idle", "user", "system", "iowait", "irq", "softirq", "nice", "steal")
        ))))  # fmt: skip
    return made


def ingest(deliveries: list[tuple[str, bytes]]) -> dict[str, float]:
    """Samples a second on one core: unpacked, read, appended and synced, one delivery after the other."""
    window = Window(0, 1 << 62)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DISK")) as folder:
        journal, count = Journal(Path(folder)), 0
        started, used = time.perf_counter(), time.process_time()
        for host, body in deliveries:
            batch = Batch(host)
            remote_write.read(unsnap(body, MOST), batch=batch, window=window)
            journal.append(batch.payload())
            count += len(batch.lines)
        wall, cpu = time.perf_counter() - started, time.process_time() - used
        journal.close()
    return {"samples": count, "wall": count / wall, "cpu": count / cpu}


def prometheus(deliveries: list[tuple[str, bytes]]) -> dict[str, float] | None:
    """The same deliveries over loopback to Debian's Prometheus, samples a second and a CPU second; None without it."""
    if not DEBIAN:
        return None
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DISK")) as folder:
        (Path(folder) / "p.yml").write_text("global: {}\n")
        place = f"127.0.0.1:{PORT}"
        command = [DEBIAN, "--web.enable-remote-write-receiver", f"--config.file={folder}/p.yml",
                   f"--storage.tsdb.path={folder}/data", f"--web.listen-address={place}"]  # fmt: skip
        pinned = ["taskset", "-c", "1", *command] if shutil.which("taskset") else command
        with subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait(f"http://{place}/-/ready")
                started, used, count = time.perf_counter(), _cpu(server.pid), len(deliveries) * 512
                for _, body in deliveries:
                    _post(f"http://{place}/api/v1/write", body)
                wall, cpu = time.perf_counter() - started, _cpu(server.pid) - used
                return {"wall": count / wall, "cpu": count / max(cpu, 0.01)}
            finally:
                server.terminate()


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _post(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        assert answer.status == 204


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(url)


def roll_up(machines: int) -> dict[str, float]:
    """A day of samples each minute in six names of each machine: made anew, beside a plain max of each series."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DISK")) as folder:
        store = Store(Path(folder), ZoneInfo("Asia/Shanghai"))
        since, _ = store.bounds(DAY)
        place = store.folder("raw", DAY)
        place.mkdir(parents=True)
        duckdb.sql("SET enable_progress_bar = false")
        names = "['cpu.utilization', 'memory.used', 'network.bytes', 'disk.read', 'disk.write', 'filesystem.used']"
        duckdb.sql(f"""COPY (SELECT 'city/S-' || r AS resource, m AS metric, '' AS part, {since} + t * 60000 AS ms,
            0::BIGINT AS origin, round(random() * 100, 2) AS value FROM range({machines}) a(r),
            (SELECT unnest({names}) AS m), range(1440) b(t) ORDER BY ALL) TO '{place}/a.parquet' (COMPRESSION zstd)""")
        rows, scratch = machines * 6 * 1440, Path(folder)
        with connect(scratch) as connection:
            started = time.perf_counter()
            connection.execute(f"SELECT resource, metric, max(value) FROM '{place}/a.parquet' GROUP BY ALL").fetchall()
            plain = time.perf_counter() - started
            runs = []
            for _ in range(2):  # the better one: the machine may have other work
                started, used = time.perf_counter(), time.process_time()
                store._roll_up(connection, DAY, scratch, TERMS)
                runs.append((time.perf_counter() - started, time.process_time() - used))
            seconds, cpu = min(runs)
        sizes = {
            kind: sum(p.stat().st_size for p in store.folder(kind, DAY).glob("*"))
            for kind in ("raw", "hourly", "daily")
        }
        return {"rows": rows, "seconds": seconds, "cpu": cpu, "plain": plain, **sizes}
