"""The engine on a random city: one process per measurement, so that memory and CPU are its own.

``python -m benchmarks.engine FOLDER`` prints what one run took, as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.ledger import write
from yunheng.domain.billing.engine import lines, program, rating, reading, reference
from yunheng.domain.billing.engine.package import opened
from yunheng.law.kernel.period import Period

ROOT = Path(__file__).parent.parent
YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
BUILD = ROOT / "build" / "bench"


def measure(services: int, *, engine: str = "duckdb", memory: str = "") -> dict[str, float]:
    """Seconds, CPU seconds, lines and MiB of a year of so many services, parquet in and parquet out.

    ``memory`` is the engine's limit, beyond which it spills; its default where absent.
    """
    folder = write(BUILD / f"city-{services}", services=services)
    command = [sys.executable, "-m", "benchmarks.engine", str(folder), engine]
    environment = {**os.environ, **({"YUNHENG_ENGINE_MEMORY": memory} if memory else {})}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(folder: Path, engine: str) -> dict[str, Any]:
    """Read, check, compute, write; then the floor: the same lines read and written once more."""
    clock = Clock()
    terms = rating.terms_for(YEAR.start)
    with tempfile.TemporaryDirectory() as name, opened(folder) as package, rating.connected(package) as con:
        out = Path(name) / "lines.parquet"
        reading.read_facts(con, package, rating.quiet)
        clock.lap("read")
        program.prepare(con, YEAR)
        if engine == "reference":
            reference.run(con, period=YEAR, terms=terms, scratch=package.scratch, say=rating.quiet)
        else:
            program.run(con, period=YEAR, terms=terms)
        clock.lap("compute")
        lines.write(con, out)
        clock.lap("write")
        count = lines.totals(con).lines
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        floor = Clock()
        duckdb.connect().execute(f"COPY (FROM '{out}') TO '{out}.again' (FORMAT parquet)")
        floor.lap("floor")
    return {"lines": count, "mib": peak, **clock.laps, **floor.laps}


class Clock:
    """Wall and CPU seconds from lap to lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.laps[name], self.laps[f"{name}_cpu"] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2])))
