"""The store of what is measured: nothing that was answered for is lost, nothing counts twice, and the figures are right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metering.measured import (
    ON,
    TERMS,
    Killed,
    Killer,
    Sample,
    compact,
    deliver,
    ms,
    payload,
    rows,
    same,
    store,
)  # fmt: skip
from yunheng.domain.metering import disk
from yunheng.domain.metering.given import Figures, put, waiting
from yunheng.domain.metering.journal import MAGIC, Journal, frames, seal

MIDNIGHT = ms("2026-05-10 00:00")
KINDS = [("cpu.utilization", ""), ("up", "node"), ("network.total", "eth0/rx"), ("memory.total", ""),
         ("memory.available", ""), ("cpu.seconds", "0/idle"), ("cpu.seconds", "0/user")]  # fmt: skip


NO_TABLE: list[Figures] = []


@st.composite
def sample(draw: st.DrawFn) -> Sample:
    metric, part = draw(st.sampled_from(KINDS))
    moment = MIDNIGHT + draw(st.integers(-90, 90)) * 60_000
    value = draw(st.floats(0, 1e6, allow_nan=False).map(lambda v: round(v, 3)))
    return draw(st.sampled_from(["a/1", "b/云"])), metric, part, moment, draw(st.sampled_from([0, 7])), value


def made(samples: list[Sample], table: list[Figures] = NO_TABLE) -> tuple[object, object]:
    """The roll-ups of one delivery and one table."""
    with tempfile.TemporaryDirectory() as folder:
        deliver(store(Path(folder)), samples)
        if table:
            put(Path(folder), table, at=1)
        compact(store(Path(folder)))
        return rows(store(Path(folder)))


@settings(max_examples=6, deadline=None)
@given(st.lists(sample(), min_size=1, max_size=60), st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_repetition_and_the_hour_of_the_job_change_nothing(
    samples: list[Sample], chance: random.Random, runs: int
) -> None:
    again = samples + chance.choices(samples, k=len(samples))
    chance.shuffle(again)
    with tempfile.TemporaryDirectory() as folder:
        at = store(Path(folder))
        for n in range(runs):
            deliver(at, *([one] for one in again[n::runs]))
            compact(at)
        assert same(rows(at), made(samples))  # type: ignore[arg-type]


def test_killed_between_any_two_writes_nothing_is_lost_and_nothing_counts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda fd: None)  # a process that is killed loses nothing that it wrote
    batches = [
        [("a/1", "network.total", "eth0/rx", MIDNIGHT + (2 * n + k) * 60_000, 0, 600.0 * (2 * n + k)) for k in range(2)]
        for n in range(-1, 1)
    ]
    table = [Figures("b/2", "cpu.utilization", ON, "", "1.0", "1.5", "2.0", 9)]
    wanted, turn, ended = made([one for batch in batches for one in batch], table), 0, False
    while not ended:
        turn += 1
        at, answered = store(tmp_path / str(turn)), 0
        with pytest.MonkeyPatch.context() as patch:
            Killer(patch, turn, share=0.6)
            try:
                journal = Journal(at.journal)
                for number, batch in enumerate(batches):
                    journal.append(payload(batch))
                    answered = number + 1
                put(at.root, table, at=1)
                answered += 1
                compact(at)
                ended = True
            except Killed:
                pass
        deliver(at, *batches[answered:])  # who got no answer comes again
        if answered <= len(batches):
            put(at.root, table, at=1)
        compact(at)
        assert same(rows(at), wanted), f"killed at write {turn}"  # type: ignore[arg-type]
        assert not [*at.journal.glob("*.sealed"), *waiting(at.root)]
    assert turn > 20


SENDING = """
import sys
from pathlib import Path
from tests.metering.measured import *
journal = Journal(Path(sys.argv[1]))
for n in range(100_000):
    journal.append(payload([("a/1", "up", "", n, 0, 1.0)]))
    print(n, flush=True)
"""


def test_a_process_that_is_killed_for_real_has_kept_what_it_answered_for(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SENDING, str(tmp_path)]
    with subprocess.Popen(command, cwd=root, env={"PYTHONPATH": f"{root / 'src'}:{root}"}, stdout=-1) as process:
        assert process.stdout
        for _ in range(50):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        answered = 49 + len(process.stdout.read().split(b"\n"))
    kept = [int(frame.split(b"\t")[3]) for path in seal(tmp_path) for frame in frames(path)]
    assert kept == list(range(len(kept)))
    assert answered <= len(kept) <= answered + 1


def test_after_a_full_disk_the_journal_goes_on_in_a_new_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, first, second = (
        store(tmp_path),
        [("a/1", "up", "", MIDNIGHT, 0, 1.0)],
        [("a/1", "up", "", MIDNIGHT + 1, 0, 1.0)],
    )
    journal = Journal(at.journal)
    journal.append(payload(first))
    with monkeypatch.context() as patch:

        def full(fd: int, data: bytes) -> None:
            os.write(fd, data[:11])
            raise OSError(28, "No space left on device")

        patch.setattr(disk, "write", full)
        with pytest.raises(OSError, match="No space"):
            journal.append(payload(second))
    journal.append(payload(second))
    compact(at)
    assert rows(at)[1]["a/1", "up", ON] == (1.0, 1.0, 1.0, 2)


def test_writers_and_the_job_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    at, journal = store(tmp_path), Journal(store(tmp_path).journal)
    for n in range(20):
        journal.append(payload([("a/1", "up", "", MIDNIGHT + n, 0, 1.0)]))
        if n % 3 == 0:
            compact(at)
    compact(at)
    assert rows(at)[1]["a/1", "up", ON][-1] == 20
    assert len(list(at.folder("raw", ON).glob("*"))) <= 8


@pytest.mark.parametrize(
    "damage", [b"", b"YHJ", b"XXXX", MAGIC + b"\1", MAGIC + b"\xff" * 8, MAGIC + b"\2\0\0\0____ab"]
)
def test_a_torn_or_foreign_segment_is_no_sample(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "x.log").write_bytes(damage)
    assert list(frames(tmp_path / "x.log")) == []


# ---- figures -----------------------------------------------------------------------------------------------------


def test_percentiles_are_exact_and_days_are_local(tmp_path: Path) -> None:
    chance = random.Random(8)
    values = {MIDNIGHT + n * 60_000: chance.uniform(0, 100) for n in range(-60, 120)}
    deliver(store(tmp_path), [("a/1", "cpu.utilization", "", at, 0, value) for at, value in values.items()])
    assert compact(store(tmp_path)) == 180
    hours, days = rows(store(tmp_path))
    assert days.keys() == {("a/1", "cpu.utilization", ON - timedelta(days=1)), ("a/1", "cpu.utilization", ON)}
    assert len(hours) == 3
    for (_, _, moment), found in [*hours.items(), *days.items()]:
        if isinstance(moment, datetime):
            since = int(moment.replace(tzinfo=UTC).timestamp() * 1000)
            until = since + 3_600_000
        else:
            since, until = store(tmp_path).bounds(moment)
        held = sorted(value for at, value in values.items() if since <= at < until)
        place = 0.95 * (len(held) - 1)
        low = int(place)
        p95 = held[low] + (place - low) * (held[min(low + 1, len(held) - 1)] - held[low])
        assert found == pytest.approx((sum(held) / len(held), p95, held[-1], len(held)))


def test_rates_of_counters_are_made_across_midnight_and_never_over_a_restart_or_a_long_silence(tmp_path: Path) -> None:
    def counter(minutes: int, value: float, origin: int = 1) -> Sample:
        return "a/1", "network.total", "eth0/rx", MIDNIGHT + minutes * 60_000, origin, value

    deliver(store(tmp_path), [
        counter(-1, 0), counter(0, 600),  # 10 B/s, in the first minute of the day
        counter(1, 60, origin=2), counter(2, 1260, origin=2),  # began anew though it did not fall: nothing, then 20 B/s
        counter(3, 5, origin=2),  # fell: nothing
        counter(18, 9005, origin=2),  # 15 minutes, the longest gap: 10 B/s
        counter(34, 99999, origin=2),  # 16 minutes: nothing
    ])  # fmt: skip
    compact(store(tmp_path))
    assert rows(store(tmp_path))[1] == {("a/1", "network.bytes", ON): pytest.approx((40 / 3, 19, 20, 3))}


def test_what_comes_late_changes_the_first_rate_of_the_next_day(tmp_path: Path) -> None:
    at = store(tmp_path)
    deliver(at, [("a/1", "network.total", "eth0/rx", MIDNIGHT, 0, 600.0)])
    compact(at)
    assert rows(at)[1] == {}
    deliver(at, [("a/1", "network.total", "eth0/rx", MIDNIGHT - 60_000, 0, 0.0)])
    compact(at)
    assert rows(at)[1] == {("a/1", "network.bytes", ON): (10.0, 10.0, 10.0, 1)}


def test_processor_memory_and_the_fullest_file_system(tmp_path: Path) -> None:
    def of(metric: str, part: str, minute: int, value: float) -> Sample:
        return "a/1", metric, part, MIDNIGHT + minute * 60_000, 0, value

    deliver(store(tmp_path), [
        *(of("cpu.seconds", f"{cpu}/{state}", n, n * each) for n in (0, 1) for cpu in (0, 1)
          for state, each in (("idle", 45.0), ("user", 10.0), ("system", 5.0))),
        of("memory.total", "", 0, 8e9), of("memory.available", "", 0, 2e9),
        of("memory.total", "", 1, 8e9),  # available is not there: absent, not zero
        of("filesystem.bytes", "//size", 0, 100), of("filesystem.bytes", "//avail", 0, 70),
        of("filesystem.bytes", "/data/used", 0, 90), of("filesystem.bytes", "/data/free", 0, 10),
    ])  # fmt: skip
    compact(store(tmp_path))
    found = {key[1]: row[2] for key, row in rows(store(tmp_path))[1].items()}
    assert found == pytest.approx({"cpu.utilization": 25, "memory.used": 75, "filesystem.used": 90})


# ---- keeping -----------------------------------------------------------------------------------------------------


def test_each_kind_is_kept_for_its_term_to_the_day(tmp_path: Path) -> None:
    at = store(tmp_path)
    deliver(at, [("a/1", "up", "", MIDNIGHT, 0, 1.0)])
    kinds = {"raw": TERMS.raw, "hourly": TERMS.hourly, "daily": TERMS.daily}
    for kind, kept in kinds.items():
        for days in (kept, kept + 1):
            compact(at, on=ON + timedelta(days=days))
            assert (ON in at.days(kind)) is (days == kept), (kind, days)


def test_a_day_whose_samples_are_gone_keeps_its_figures(tmp_path: Path) -> None:
    at = store(tmp_path)
    deliver(at, [("a/1", "up", "", MIDNIGHT, 0, 1.0)])
    compact(at, on=ON + timedelta(days=TERMS.raw + 1))
    before = rows(at)
    deliver(at, [("a/1", "up", "", MIDNIGHT + 1, 0, 0.0)])
    compact(at, on=ON + timedelta(days=TERMS.raw + 1))
    assert rows(at) == before != ({}, {})


def test_an_empty_store_has_no_rows_and_the_same_columns(tmp_path: Path) -> None:
    assert compact(store(tmp_path)) == 0
    assert rows(store(tmp_path)) == ({}, {})
    assert store(tmp_path).bounds(date(2026, 5, 10)) == (MIDNIGHT, MIDNIGHT + 86_400_000)
