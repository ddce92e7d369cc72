"""Detection over a city's machines (10.2): roll-ups on disk to an answer for each, in a process of its own.

A city of N machines with 60 days of hours of CPU and 30 of network and disk, and 400 daily maxima, as parquet by metric;
beside them half as many disks, filled for 97 days, and lines with 30 days of hours of traffic.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from yunheng.domain.optimization.engine.detection import Known, detect
from yunheng.domain.optimization.engine.layout import midnight, open_trace
from yunheng.domain.optimization.engine.measuring import Cut
from yunheng.law.ch2_use.art10_season import Busy
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.parameters import Parameters

ZONE, ON = ZoneInfo("Asia/Shanghai"), date(2026, 11, 1)
LADDER = tuple(Size(1 << n, 2 << n, f"{1 << n}c{2 << n}g", None) for n in range(6))
SEASON = (Busy("年报", date(2026, 3, 1), date(2026, 3, 31)),)
SORTS = {"i": "machine", "d": "disk", "n": "line"}
MIB = 1024
HOURS = """
COPY (
    SELECT '{name}-' || i AS resource, '{metric}' AS metric, TIMESTAMP '{end}' - INTERVAL (h) HOUR AS hour,
           v * 0.6 AS mean, v AS p95, v * 1.3 AS max, 12 AS n
    FROM (SELECT i, h, (hash(i * 100003 + h) % 1000) / 1000.0 * CASE WHEN i % 5 = 0 THEN 1 ELSE hash(i) % {top} END AS v
          FROM range({machines}) t(i), range(1, {hours} + 1) u(h))
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def make(folder: Path, machines: int) -> None:
    """The roll-ups of a city, the same for the same number."""
    db, end = duckdb.connect(), midnight(datetime(ON.year, ON.month, ON.day), ZONE)  # noqa: DTZ001
    (folder / "hourly").mkdir()
    (folder / "daily").mkdir()
    things = machines // 4
    for name, metric, days, top, many in (
        ("i", "cpu.utilization", 60, 60, machines), ("i", "network.bytes", 30, 9000, machines),
        ("i", "disk.write", 30, 9000, machines), ("n", "network.bytes", 30, 900, things),
    ):  # fmt: skip
        path = folder / "hourly" / f"{name}.{metric}.parquet"
        db.execute(HOURS.format(name=name, metric=metric, end=end, machines=many, hours=days * 24, top=top, path=path))
    db.execute(
        f"""COPY (SELECT 'd-' || i AS resource, 'filesystem.used' AS metric, DATE '{ON}' - d::INTEGER AS day,
                  (hash(i) % 90)::DOUBLE AS max FROM range({things}) t(i), range(1, 98) u(d))
            TO '{folder}/daily/disk.parquet' (FORMAT parquet)"""
    )
    db.execute(
        f"""COPY (SELECT 'i-' || i AS resource, 'cpu.utilization' AS metric, DATE '{ON}' - d::INTEGER AS day,
                  (CASE WHEN i % 5 = 0 THEN 1 ELSE hash(i) % 60 END)::DOUBLE AS max FROM range({machines}) t(i), range(1, 401) u(d))
            TO '{folder}/daily/cpu.parquet' (FORMAT parquet)"""
    )
    db.execute(
        f"""COPY (SELECT 'i-' || i AS resource, 1 << (hash(i) % 5)::INTEGER AS vcpu, 2 << (hash(i) % 5)::INTEGER AS memory,
                  TIMESTAMP '{end}' - INTERVAL 500 DAY AS since, NULL::TIMESTAMP AS until FROM range({machines}) t(i)
                  UNION ALL SELECT k || '-' || i, 0, 0, TIMESTAMP '{end}' - INTERVAL 500 DAY, NULL
                  FROM range({things}) t(i), (VALUES ('d'), ('n')) kinds(k))
            TO '{folder}/capacity.parquet' (FORMAT parquet)"""
    )


def detected(folder: Path) -> dict[str, float]:
    """Seconds by the clock and of the processor, machines, advice and peak memory of one run."""
    started = time.perf_counter()
    db = open_trace(folder, zone=ZONE)
    cut = Cut(ON, midnight(datetime(ON.year, ON.month, ON.day), ZONE), ZONE.key)  # noqa: DTZ001
    sizes = db.execute("SELECT resource, vcpu, memory FROM capacity").fetchall()
    known = {
        name: Known(
            f"s-{n // 8}", Size(vcpu, memory), LADDER, "app" if n % 3 == 0 else "", SEASON if n % 10 == 0 else (), 24,
            sort=SORTS[name[0]],
        )
        for n, (name, vcpu, memory) in enumerate(sizes)
    }  # fmt: skip
    found = list(detect(db, known, cut, Parameters(date(2026, 11, 1))))
    advised = sum(advice.result == "advise" for judged in found for advice in judged.advice)
    used, took = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - started
    cpu, mib = used.ru_utime + used.ru_stime, used.ru_maxrss / MIB
    return {
        "seconds": took,
        "cpu": cpu,
        "machines": sum(one.machine.vcpu > 0 for one in found),
        "advised": advised,
        "mib": mib,
    }


def measure(machines: int) -> dict[str, float]:
    """The same in a fresh process, so that its memory is its own."""
    with tempfile.TemporaryDirectory(prefix="yunheng-bench-") as folder:
        make(Path(folder), machines)
        command = [sys.executable, "-m", "benchmarks.optimization", folder]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(detected(Path(sys.argv[1]))))
