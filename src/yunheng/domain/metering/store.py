"""Parquet by local day, through the database inside the process: samples, and their hourly and daily roll-ups.

    journal/*.sealed ─▶ raw/day=…/*.parquet ─▶ hourly/day=…/all.parquet, daily/day=…/all.parquet
    inbox/*.tsv ─▶ provided/day=…/all.parquet ─▶ the same, where nothing was measured (given)

Every file is written aside, synced and moved into place; a roll-up is always made anew from all samples of its day.
So a run that was killed anywhere is simply run again: samples that came twice are one sample.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from yunheng.domain.metering import disk, given
from yunheng.domain.metering.journal import frames, seal
from yunheng.domain.metering.samples import GAUGES, ms_of
from yunheng.law.kernel.terms import ONE_DAY

MEMORY = os.environ.get("YUNHENG_METERING_MEMORY", "800MB")
PARTS_MOST = 8  # files of a day before they are made one
COLUMNS = "{resource: 'VARCHAR', metric: 'VARCHAR', part: 'VARCHAR', ms: 'BIGINT', origin: 'BIGINT', value: 'DOUBLE'}"
TEXT = "auto_detect=false, delim='\t', quote='', escape='', header=false, nullstr='\\N'"
FIGURES = "avg(value) AS mean, quantile_cont(value, 0.95) AS p95, max(value) AS max, count(*)::INTEGER AS n"
SAVED = "(FORMAT parquet, COMPRESSION zstd)"
ROLLUPS = {
    "hourly": f"SELECT resource, metric, make_timestamp((ms - ms % 3600000) * 1000) AS hour, {FIGURES} "
              "FROM points GROUP BY ALL ORDER BY resource, metric, hour",
    "daily": f"SELECT resource, metric, {FIGURES} FROM points GROUP BY ALL ORDER BY resource, metric",
}  # fmt: skip
# Each sample once: of two values of the same moment the larger stays, so that neither order nor repetition matters and
# no peak is lost. A file holds each sample once already.
GROUPED = ("SELECT resource, metric, part, ms, max(origin) AS origin, max(value) AS value FROM samples", "GROUP BY ALL")
ONCE = ("SELECT resource, metric, part, ms, origin, value FROM samples", "")
# What was sent as it is read stands before what is made. ``up`` may be said of several parts.
SENT = """
    WITH once AS ({once} WHERE metric IN ({gauges}) AND (part = '' OR metric = 'up') {grouped})
    SELECT resource, metric, ms, value FROM once WHERE metric <> 'up'
    UNION ALL SELECT resource, metric, ms, max(value) FROM once WHERE metric = 'up' GROUP BY ALL
    UNION ALL SELECT made.* FROM made ANTI JOIN (SELECT DISTINCT resource, metric FROM samples WHERE metric IN ({gauges}))
              USING (resource, metric)
"""
READ = {"hourly": "resource, metric, hour, mean, p95, max, n", "daily": "resource, metric, day, mean, p95, max, n"}
EMPTY = (
    "SELECT ''::VARCHAR AS resource, ''::VARCHAR AS metric, {moment} 0::DOUBLE AS mean, 0::DOUBLE AS p95, "
    "0::DOUBLE AS max, 0::INTEGER AS n WHERE false"
)
MOMENT = {"hourly": "TIMESTAMP '1970-01-01' AS hour,", "daily": "DATE '1970-01-01' AS day,"}


@dataclass(frozen=True)
class Terms:
    """How long samples, hours and days are kept, in days; the longest gap over which a rate is made, in ms."""

    raw: int
    hourly: int
    daily: int
    gap: int


@dataclass(frozen=True)
class Store:
    """The files under ``root``; days are those of ``zone``."""

    root: Path
    zone: ZoneInfo

    @property
    def journal(self) -> Path:
        """Where the processes append."""
        return self.root / "journal"

    def bounds(self, day: date) -> tuple[int, int]:
        """The first millisecond of a local day and that of the next."""
        first, last = (datetime.combine(d, time.min, self.zone) for d in (day, day + ONE_DAY))
        return ms_of(first), ms_of(last)

    def days(self, kind: str) -> list[date]:
        """The days of which there is something of a kind: raw, hourly, daily."""
        found = (self.root / kind).glob("day=*")
        return sorted(date.fromisoformat(path.name.removeprefix("day=")) for path in found)

    def folder(self, kind: str, day: date) -> Path:
        """Where the files of a kind and day are."""
        return self.root / kind / f"day={day}"

    # ---- reading ------------------------------------------------------------------------------------------------

    def hourly(
        self, connection: duckdb.DuckDBPyConnection, *, since: date = date.min, until: date = date.max
    ) -> duckdb.DuckDBPyRelation:
        """resource, metric, hour (UTC), mean, p95, max, n, of local days. What is not there is absent."""
        return self._relation(connection, "hourly", since, until)

    def measured(self, connection: duckdb.DuckDBPyConnection, *, since: date, until: date) -> duckdb.DuckDBPyRelation:
        """The hours of some local days that plug-ins measured, without what a provider handed in."""
        return self._relation(connection, "hourly", since, until, measured=True)

    def daily(
        self, connection: duckdb.DuckDBPyConnection, *, since: date = date.min, until: date = date.max
    ) -> duckdb.DuckDBPyRelation:
        """resource, metric, day (local), mean, p95, max, n; other days than those asked for are not even opened."""
        return self._relation(connection, "daily", since, until)

    def _relation(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        since: date = date.min,
        until: date = date.max,
        *,
        measured: bool = False,
    ) -> duckdb.DuckDBPyRelation:
        days = (self.folder(kind, day) for day in self.days(kind) if since <= day <= until)
        files = sorted(str(path) for folder in days for path in folder.glob("*.parquet"))
        if not files:
            return connection.sql(EMPTY.format(moment=MOMENT[kind]))
        found = connection.read_parquet(files, hive_partitioning=True)  # type: ignore[arg-type]
        if measured:
            found = found.filter("NOT provided")
        return found.project(READ[kind].replace("day", "day::DATE AS day") if kind == "daily" else READ[kind])

    def brought_in(self) -> float | None:
        """When the newest roll-up was written, in seconds; None where there is none."""
        newest = [self.folder("daily", day) / "all.parquet" for day in self.days("daily")[-2:]]
        return max((path.stat().st_mtime for path in newest if path.exists()), default=None)

    # ---- compacting ---------------------------------------------------------------------------------------------

    def compact(self, *, on: date, terms: Terms) -> int:
        """Bring the journal into the store, roll up the days that it touches, drop what is over its term.

        ``on`` is the local day now. Returns how many lines of the journal were read; 0 where another run is at it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with _alone(self.root / "lock") as alone:
            if not alone:
                return 0
            scratch = self.root / "scratch"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            sealed = seal(self.journal)
            with connect(scratch) as connection:
                count, touched = self._take_in(connection, sealed, scratch)
                affected, tables = self._affected(touched), given.waiting(self.root)
                handed_in = self._take_given(connection, tables, scratch)
                for day in affected:
                    self._roll_up(connection, day, scratch, terms)
                for day in sorted(set(handed_in) - set(affected)):
                    self._stand_beside(connection, day, scratch)
            for path in [*sealed, *tables]:
                disk.remove(path)
            self._expire(on, terms)
            shutil.rmtree(scratch, ignore_errors=True)
            return count

    def _take_in(
        self, connection: duckdb.DuckDBPyConnection, sealed: list[Path], scratch: Path
    ) -> tuple[int, set[date]]:
        """Write the samples of the segments by day; returns their number and the days."""
        lines, parts, count = scratch / "lines.tsv", scratch / "parts", 0
        with lines.open("wb") as file:
            for path in sealed:
                for payload in frames(path):
                    file.write(payload)
                    count += payload.count(b"\n")
        if not count:
            return 0, set()
        read = f"read_csv('{lines}', {TEXT}, columns={COLUMNS})"
        zone = int(self.zone.utcoffset(datetime(2000, 1, 1)).total_seconds())  # type: ignore[union-attr]  # noqa: DTZ001
        connection.execute(
            f"COPY (WITH samples AS (FROM {read}), once AS ({GROUPED[0]} {GROUPED[1]}) "
            f"SELECT *, (make_timestamp((ms + {zone} * 1000) * 1000))::DATE AS day FROM once "
            f"ORDER BY resource, metric, part, ms) TO '{parts}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))"
        )
        name = hashlib.sha256("".join(path.name for path in sealed).encode()).hexdigest()[:24]
        touched = set()
        for folder in sorted(parts.glob("day=*")):
            day = date.fromisoformat(folder.name.removeprefix("day="))
            if self._closed(day).exists():  # too late for a day whose samples are gone: its roll-up stands
                continue
            touched.add(day)
            for number, file_ in enumerate(sorted(folder.glob("*.parquet"))):
                self._place(file_, self.folder("raw", day) / f"{name}-{number}.parquet")
        return count, touched

    def _affected(self, touched: Iterable[date]) -> list[date]:
        """A day's first rate begins in the day before."""
        after = {day + ONE_DAY for day in touched} & set(self.days("raw"))
        return sorted(day for day in {*touched, *after} if not self._closed(day).exists())

    def _roll_up(self, connection: duckdb.DuckDBPyConnection, day: date, scratch: Path, terms: Terms) -> None:
        """Make the hours and the day anew from all their samples."""
        self._merge(connection, day, scratch)
        since, until = self.bounds(day)
        files = {
            d: [f"{path}" for path in sorted(self.folder("raw", d).glob("*.parquet"))] for d in (day - ONE_DAY, day)
        }
        once = ONCE if all(len(one) <= 1 for one in files.values()) else GROUPED
        names = {"gauges": ", ".join(f"'{name}'" for name in GAUGES), "once": once[0], "grouped": once[1]}
        values = {"since": since, "until": until, "gap": terms.gap}
        _view(connection, "samples", [*files[day - ONE_DAY], *files[day]])
        connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {points().format(**names)}", values)
        _view(connection, "samples", files[day])
        connection.execute(f"CREATE OR REPLACE TEMP VIEW points AS {SENT.format(**names)}")
        for kind, query in ROLLUPS.items():
            self._write(connection, kind, day, query, scratch)

    def _stand_beside(self, connection: duckdb.DuckDBPyConnection, day: date, scratch: Path) -> None:
        """Put what was given for a day beside its measured figures, which stay as they are."""
        for kind in ROLLUPS:
            held = self.folder(kind, day) / "all.parquet"
            moment = MOMENT["hourly"] if kind == "hourly" else ""
            columns = READ[kind].replace(" day,", "")
            rows = f"SELECT {columns} FROM read_parquet('{held}') WHERE NOT provided"
            query = rows if held.exists() else EMPTY.format(moment=moment)
            self._write(connection, kind, day, query, scratch)

    def _write(self, connection: duckdb.DuckDBPyConnection, kind: str, day: date, query: str, scratch: Path) -> None:
        aside, held = scratch / f"{kind}.parquet", self.folder(given.KIND, day) / "all.parquet"
        whole = f"SELECT *, false AS provided FROM ({query})"
        if held.exists():
            connection.execute(f"CREATE OR REPLACE TEMP VIEW given AS FROM read_parquet('{held}')")
            connection.execute(f"CREATE OR REPLACE TEMP TABLE measured AS {query}")
            whole = given.beside(kind, "measured")
        connection.execute(f"COPY ({whole}) TO '{aside}' {SAVED}")
        self._place(aside, self.folder(kind, day) / "all.parquet")

    def _take_given(self, connection: duckdb.DuckDBPyConnection, tables: list[Path], scratch: Path) -> list[date]:
        """Keep what was handed in by day; returns the days."""
        days = given.read(connection, tables, TEXT) if tables else []
        for day in days:
            aside, held = scratch / "given.parquet", self.folder(given.KIND, day) / "all.parquet"
            connection.execute(f"COPY ({given.merged(connection, day, held)}) TO '{aside}' {SAVED}")
            self._place(aside, held)
        return days

    def _merge(self, connection: duckdb.DuckDBPyConnection, day: date, scratch: Path) -> None:
        """Many small files of a day become one. Killed between, samples lie there twice, which is once."""
        files = sorted(self.folder("raw", day).glob("*.parquet"))
        if len(files) <= PARTS_MOST:
            return
        aside = scratch / "merged.parquet"
        _view(connection, "samples", [str(path) for path in files])
        connection.execute(f"COPY ({GROUPED[0]} {GROUPED[1]} ORDER BY resource, metric, part, ms) TO '{aside}' {SAVED}")
        name = hashlib.sha256("".join(path.name for path in files).encode()).hexdigest()[:24]
        self._place(aside, self.folder("raw", day) / f"m{name}.parquet")
        for path in files:
            disk.remove(path)

    def _place(self, aside: Path, place: Path) -> None:
        disk.folder(place.parent)
        disk.sync_path(aside)
        disk.move(aside, place)

    # ---- keeping ------------------------------------------------------------------------------------------------

    def _closed(self, day: date) -> Path:
        """Where it stands that a day's samples are gone."""
        return self.root / "closed" / f"{day}"

    def _expire(self, on: date, terms: Terms) -> None:
        for day in self.days("raw"):
            if day < on - timedelta(days=terms.raw):
                mark = self._closed(day)
                disk.folder(mark.parent)
                mark.touch()
                disk.sync_path(mark.parent)
                shutil.rmtree(self.folder("raw", day))
        for kind, kept in (("hourly", terms.hourly), ("daily", terms.daily), (given.KIND, terms.daily)):
            for day in self.days(kind):
                if day < on - timedelta(days=kept):
                    shutil.rmtree(self.folder(kind, day))
                    if kind == "daily":
                        disk.remove(self._closed(day))


@cache
def points() -> str:
    """The program that makes points of samples."""
    return (Path(__file__).parent / "points.sql").read_text("utf-8")


def _view(connection: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet({files!r})")


@contextmanager
def connect(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database that spills into ``scratch``; nothing is loaded from elsewhere."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


@contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """True for one run at a time; the lock falls with the process."""
    fd = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)
