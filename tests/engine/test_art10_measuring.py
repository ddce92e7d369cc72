"""Article 10: what is measured of a whole city as sets is what the pure definitions say, hour by hour."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.support.shared import shared
from yunheng.domain.optimization.engine.errors import BadTrace
from yunheng.domain.optimization.engine.layout import Connection, midnight, open_trace
from yunheng.domain.optimization.engine.measuring import CPU, DISK, FILLED, NETWORK, Cut, measure, rounded
from yunheng.law.ch2_use.art10_listed import filling
from yunheng.law.ch2_use.art10_use import Hour, Spread, spread
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period

P = Parameters(date(2026, 11, 24))
SHANGHAI, AMSTERDAM = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Amsterdam")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ON = date(2026, 9, 10)


def cut_at(on: date, zone: ZoneInfo = SHANGHAI) -> Cut:
    return Cut(on, midnight(datetime.combine(on, time()), zone), zone.key)


def purely(db: Connection, resource: str, metric: str, since: datetime, until: datetime) -> Spread | None:
    """The pure definition on the raw hours of one machine in its present size."""
    rows = db.execute(
        """SELECT h.mean, h.p95, h.max FROM hourly h WHERE resource = ? AND metric = ? AND hour >= ? AND hour < ?
           AND n > 0 AND isfinite(p95) AND isfinite(mean) AND isfinite(max)""",
        [resource, metric, since, until],
    ).fetchall()
    return spread([Hour(*(rounded(value) for value in row)) for row in rows])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own layout: twenty machines with gaps, resizes, absent values and one that is only just there."""
    folder, rng = tmp_path_factory.mktemp("rollups"), random.Random(10)
    rows: list[tuple[object, ...]] = []
    sizes: list[tuple[object, ...]] = []
    end = cut_at(ON).until + 3 * DAY
    for number in range(20):
        name, opened = f"i-{number:03}", end - rng.choice([5, 20, 33, 64, 90]) * DAY
        resized = opened + (end - opened) / 2 if number % 4 == 0 else None
        sizes.append((name, 8, 16, opened, resized))
        if resized:
            sizes.append((name, 4, 16, resized, None))
        if number % 5 == 1 and not resized:  # a disk or a line: it has no size, and two metrics
            sizes[-1] = (name, 0, 0, opened + (end - opened) / 3 * (number % 2), None)
        for metric, top in (
            ((CPU, 120), (NETWORK, 90_000), (DISK, 9_000)) if sizes[-1][1] else ((NETWORK, 90_000), (FILLED, 90))
        ):
            if number % 7 == 3 and metric == DISK:
                continue
            hour = opened
            while hour < end:
                if rng.random() > 0.1:
                    mean, high = sorted(rng.choice([0.0, rng.random() * top]) for _ in range(2))
                    peak = float("nan") if rng.random() < 0.01 else high * 1.2
                    rows.append((name, metric, hour, mean, high, peak, rng.choice([0, 12, 12, 12])))
                hour += 11 * HOUR
    _store(folder, rows, sizes)
    return folder


def _store(folder: Path, rows: list[tuple[object, ...]], sizes: list[tuple[object, ...]]) -> None:
    db = duckdb.connect()
    db.execute(
        "CREATE TABLE h (resource VARCHAR, metric VARCHAR, hour TIMESTAMP, mean DOUBLE, p95 DOUBLE, max DOUBLE, n INTEGER)"
    )
    for start in range(0, len(rows), 2000):
        part = rows[start : start + 2000]
        marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part))
        db.execute(f"INSERT INTO h VALUES {marks}", [value for row in part for value in row])
    db.execute("CREATE TABLE c (resource VARCHAR, vcpu INTEGER, memory INTEGER, since TIMESTAMP, until TIMESTAMP)")
    db.executemany("INSERT INTO c VALUES (?, ?, ?, ?, ?)", sizes)
    (folder / "hourly").mkdir()
    db.execute(f"COPY (SELECT *, hour::DATE AS day FROM h) TO '{folder}/hourly' (FORMAT parquet, PARTITION_BY (day))")
    db.execute(f"COPY c TO '{folder}/capacity.parquet' (FORMAT parquet)")


def test_sets_measure_what_the_pure_definitions_say(city: Path) -> None:
    db, cut, seen = open_trace(city, zone=SHANGHAI), cut_at(ON), 0
    machines = measure(db, cut, P, seasons=True)
    assert len(machines) == 20
    present = "SELECT resource, vcpu, since FROM capacity WHERE since < ? AND (until IS NULL OR until >= ?)"
    sizes = {row[0]: row[1:] for row in db.execute(present, [cut.until, cut.until]).fetchall()}
    for machine in machines:
        vcpu, since = sizes[machine.resource]
        assert machine.vcpu == vcpu
        assert machine.steady_days == (cut.until - since).days
        for metric, days in ((CPU, 30), (CPU, 60), (NETWORK, 30), (DISK, 30)):
            first = max(since, cut.until - days * DAY)
            assert machine.spread(metric, days) == purely(db, machine.resource, metric, first, cut.until)
            seen += machine.spread(metric, days) is not None
    assert seen > 60


def test_sets_see_a_disk_fill_and_a_line_heard_as_the_pure_definitions_say(city: Path) -> None:
    db, cut, filled = open_trace(city, zone=SHANGHAI), cut_at(ON), 0
    local = "timezone('Asia/Shanghai', timezone('UTC', {}))::DATE"
    for machine in measure(db, cut, P, seasons=True):
        rows = db.execute(
            f"""SELECT day, max(d.max) FROM daily d JOIN capacity c USING (resource)
            WHERE resource = ? AND metric = ? AND vcpu = 0 AND isfinite(d.max) AND day >= {local.format("since")} GROUP BY 1""",
            [machine.resource, FILLED],
        ).fetchall()
        assert machine.filling == filling({day: rounded(used) for day, used in rows}, ON, P)
        filled += machine.filling is not None
        metric = CPU if machine.vcpu else NETWORK
        heard = db.execute("SELECT count(DISTINCT day) FROM daily WHERE resource = ? AND metric = ? AND day < ?",
                           [machine.resource, metric, ON]).fetchone()  # fmt: skip
        assert heard == (sum(span.days for span in machine.heard),)
    assert filled >= 3


def test_nothing_after_the_cut_is_read(city: Path) -> None:
    whole, cut = open_trace(city, zone=SHANGHAI), cut_at(ON)
    before = measure(whole, cut, P, seasons=True)
    whole.execute("CREATE TABLE past AS SELECT * FROM hourly WHERE hour < ?", [cut.until])
    whole.execute("DROP VIEW hourly; DROP TABLE daily; ALTER TABLE past RENAME TO hourly")
    whole.execute(
        "CREATE TABLE daily AS SELECT resource, metric, timezone('Asia/Shanghai', timezone('UTC', hour))::DATE AS day, max(max) AS max FROM hourly WHERE isfinite(max) GROUP BY 1, 2, 3"
    )
    assert measure(whole, cut, P, seasons=True) == before


def test_the_highest_day_counts_in_cores_and_a_day_of_resizing_by_the_larger_size(city: Path) -> None:
    db, cut = open_trace(city, zone=SHANGHAI), cut_at(ON)
    local = "timezone('Asia/Shanghai', timezone('UTC', {}))::DATE"
    for machine in [one for one in measure(db, cut, P) if one.vcpu][:8]:
        days = dict(db.execute(
            f"SELECT {local.format('hour')}, max(round(max, 3)) FROM hourly WHERE resource = ? AND metric = ?"
            f" AND isfinite(max) AND hour < ? GROUP BY 1", [machine.resource, CPU, cut.until]).fetchall())  # fmt: skip
        sizes = db.execute(
            f"SELECT vcpu, {local.format('since')}, {local.format('until')} FROM capacity WHERE resource = ?",
            [machine.resource],
        ).fetchall()
        wanted = max(
            Decimal(str(top)) * max(v for v, first, last in sizes if first <= day and (last is None or day <= last))
            for day, top in days.items()
        )
        assert machine.highest == wanted / 100


def test_the_days_on_which_a_machine_was_heard_are_spans(city: Path) -> None:
    machine = next(
        one for one in measure(open_trace(city, zone=SHANGHAI), cut_at(ON), P, seasons=True) if one.age_days > 50
    )
    assert all(a.end < b.start for a, b in zip(machine.heard, machine.heard[1:], strict=False))
    assert machine.heard[-1].end <= ON
    assert Period(ON - DAY, ON).clip(machine.heard[-1])


def test_a_folder_that_is_no_trace_is_refused_with_what_to_do(tmp_path: Path, city: Path) -> None:
    for path, what in ((tmp_path / "none", "没有"), (tmp_path, "不是认得的格式")):
        with pytest.raises(BadTrace, match=what):
            open_trace(path, zone=SHANGHAI)
    (tmp_path / "hourly").mkdir()
    db = duckdb.connect()
    db.execute(f"COPY (SELECT 'a' AS resource) TO '{tmp_path}/hourly/a.parquet' (FORMAT parquet)")
    with pytest.raises(BadTrace, match="缺少列hour、max、mean、metric、n、p95"):
        open_trace(tmp_path, zone=SHANGHAI)


def test_an_original_file_of_the_trace_is_rolled_up_by_hour() -> None:
    db = open_trace(shared("bitbrains_rnd/raw"), zone=AMSTERDAM)
    assert db.execute("SELECT vcpu, since::VARCHAR FROM capacity").fetchall() == [(2, "2013-06-30 22:00:00")]
    first = db.execute("SELECT n, max FROM hourly WHERE metric = ? ORDER BY hour LIMIT 1", [CPU]).fetchone()
    assert first is not None
    assert first[0] == 12


def test_five_minutes_and_their_hours_tell_the_same() -> None:
    """The hourly file is a roll-up of all machines, the other the raw rows of some: ours of them has to agree."""
    raw, hours = (
        open_trace(shared(f"bitbrains_rnd/{name}_even_vms.parquet"), zone=AMSTERDAM)
        for name in ("five_minute", "hourly")
    )
    cut = cut_at(date(2013, 8, 30), AMSTERDAM)
    known = {machine.resource: machine for machine in measure(hours, cut, P)}
    ours = measure(raw, cut, P)
    assert len(ours) > 10
    for machine in ours:
        other = known[machine.resource].spread(CPU, 60)
        mine = machine.spread(CPU, 60)
        assert mine is not None
        assert other is not None
        assert abs(mine.hours - other.hours) <= 2
        assert abs(mine.busiest - other.busiest) < Decimal("15")
