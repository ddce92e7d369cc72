"""Article 10: the rules on a real trace. What they call idle stays idle, what they make smaller bears its load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.support.shared import shared
from yunheng.domain.optimization.engine.backtest import Plan, Score, run
from yunheng.domain.optimization.engine.layout import Connection, open_trace
from yunheng.interfaces.cli.main import main
from yunheng.law.ch2_use.art10_record import FILE
from yunheng.law.ch2_use.art10_season import Busy
from yunheng.law.kernel.parameters import Parameters

P = Parameters(date(2026, 11, 24))
ZONE = ZoneInfo("Europe/Amsterdam")
HELD_OUT = date(2013, 9, 1)
QUARTER_END = Busy("季末", date(2013, 9, 19), date(2013, 9, 27), "quarterly")


@pytest.fixture(scope="module")
def trace() -> Connection:
    return open_trace(shared("bitbrains_rnd/hourly_even_vms.parquet"), zone=ZONE)


@pytest.fixture(scope="module")
def scores(trace: Connection) -> list[Score]:
    return run(trace, Plan(ZONE, HELD_OUT), P)


def test_the_cuts_roll_and_the_last_days_are_held_out(scores: Sequence[Score]) -> None:
    cuts = [(score.tried.on, score.tried.held_out) for score in scores[::3]]
    assert cuts == [(date(2013, 7, 31), False), (date(2013, 8, 15), True), (date(2013, 8, 30), True)]


def test_the_bars_hold_at_every_cut_and_something_is_found(scores: Sequence[Score]) -> None:
    advised = [score for score in scores if score.tried.result == "advise"]
    assert [(score.tried.on, score.tried.kind) for score in advised if not score.tried.passes(P)] == []
    last = {score.tried.kind: score for score in advised if score.tried.on == date(2013, 8, 30)}
    assert len(last["idle"].cases) >= 40
    assert len(last["cpu"].cases) >= 35
    assert last["cpu"].tried.saved >= 100


def test_the_same_trace_gives_the_same_answer(trace: Connection, scores: Sequence[Score]) -> None:
    assert run(trace, Plan(ZONE, HELD_OUT), P) == scores


def test_the_record_that_the_product_shows_is_what_the_trace_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, out = shared("bitbrains_rnd/hourly_even_vms.parquet"), tmp_path / "record.toml"
    words = ["backtest", str(trace), "--zone", ZONE.key, "--held-out", f"{HELD_OUT}", "--record", str(out)]
    assert main([*words, "--calendar", "季末=2013-09-19..2013-09-27:quarterly", "--on", f"{P.day}"]) == 0
    assert out.read_text("utf-8") == FILE.read_text("utf-8")
    assert "| 2013-08-30 | 检验 |  | CPU偏大 |" in capsys.readouterr().out


def quarter_end_machines(trace: Connection) -> set[str]:
    """Those that a size from quiet August alone would have halved and then let down on 25, 26 or 27 September."""
    return {
        row[0]
        for row in trace.execute(
            """WITH august AS (
                SELECT resource, vcpu, list_min(list_filter([1, 2, 4, 8, 16], lambda size: size >= need)) AS size
                FROM (SELECT resource, quantile_disc(p95, 0.995) / 70 * any_value(vcpu) AS need, any_value(vcpu) AS vcpu
                      FROM hourly JOIN capacity USING (resource)
                      WHERE metric = 'cpu.utilization' AND hour >= '2013-07-30 22:00' AND hour < '2013-08-29 22:00'
                        AND until IS NULL GROUP BY resource)
            )
            SELECT DISTINCT resource FROM hourly JOIN august USING (resource)
            WHERE metric = 'cpu.utilization' AND hour >= '2013-09-24 22:00' AND hour < '2013-09-27 22:00'
              AND p95 * vcpu > size * 100 AND size * 2 <= vcpu"""
        ).fetchall()
    }


def test_a_declared_quarter_end_keeps_its_machines_from_every_suggestion(trace: Connection) -> None:
    raw = shared("bitbrains_rnd/five_minute_even_vms.parquet")
    named = duckdb.execute(
        "SELECT DISTINCT vm::VARCHAR FROM read_parquet(?) WHERE grp = 'quarter_end_peak'", [str(raw)]
    )
    machines = quarter_end_machines(trace) | {row[0] for row in named.fetchall()}
    assert len(machines) >= 20
    cuts = tuple(date(2013, month, day) for month, day in ((8, 15), (8, 30), (9, 15), (9, 28)))
    said = run(trace, Plan(ZONE, cuts=cuts, declared=(QUARTER_END,)), P)
    assert [
        (score.tried.on, case.resource) for score in said for case in score.cases if case.resource in machines
    ] == []
    assert (
        sum(len(score.cases) for score in said if score.tried.on == date(2013, 9, 28)) > 30
    )  # measured: the others may be told


def test_without_the_declaration_the_shorter_window_would_have_let_them_down(trace: Connection) -> None:
    """Why the shorter window only informs, and why a calendar is declared: no window sees past itself."""
    machines = quarter_end_machines(trace)
    (_, _, weak) = run(trace, Plan(ZONE, cuts=(date(2013, 8, 30),)), P)
    assert {case.resource for case in weak.cases if case.over >= 3} & machines
    assert not weak.tried.passes(P)


def _own(folder: Path, *, after: int) -> Path:
    """One machine of our own layout: sixty days idle, then ``after`` busy hours."""
    db = duckdb.connect()
    (folder / "hourly").mkdir()
    db.execute(
        f"""CREATE TABLE h AS SELECT 'i-1' AS resource, metric, hour,
               CASE WHEN metric = 'cpu.utilization' AND hour >= TIMESTAMP '2026-03-01 16:00'
                     AND hour < TIMESTAMP '2026-03-01 16:00' + INTERVAL ({after}) HOUR THEN 50.0 ELSE 1.0 END AS mean,
               if(hour = TIMESTAMP '2026-03-20 00:00', 'NaN'::DOUBLE, mean::DOUBLE) AS p95,  -- a stale marker is no value
               mean AS max, 12 AS n
           FROM generate_series(TIMESTAMP '2025-12-31 16:00', TIMESTAMP '2026-03-31 15:00', INTERVAL 1 HOUR) t(hour),
                (VALUES ('cpu.utilization'), ('network.bytes')) m(metric)"""
    )
    db.execute(f"COPY h TO '{folder}/hourly/a.parquet' (FORMAT parquet)")
    db.execute(
        f"""COPY (SELECT 'i-1' AS resource, 4 AS vcpu, 8 AS memory, TIMESTAMP '2025-12-31 16:00' AS since,
                  NULL::TIMESTAMP AS until) TO '{folder}/capacity.parquet' (FORMAT parquet)"""
    )
    return folder


@pytest.mark.parametrize(("after", "bad", "status"), [(1, 0, 0), (2, 1, 1), (3, 1, 1)])
def test_two_busy_hours_are_a_machine_that_woke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], after: int, bad: int, status: int
) -> None:
    out = tmp_path / "cases.csv"
    words = [
        "backtest",
        str(_own(tmp_path, after=after)),
        "--cut",
        "2026-03-02",
        "--on",
        "2026-11-24",
        "--out",
        str(out),
    ]
    assert main(words) == status
    first = capsys.readouterr().out
    assert f"| 2026-03-02 | 调参 |  | 闲置 | 1 | 0 | 1 | 1 | {bad} |" in first
    rows = out.read_text("utf-8").splitlines()
    assert rows[1].startswith(f"2026-03-02,i-1,idle,advise,machine_idle,4,,719,{after},0,")
    main(words)
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--zone", "Nowhere/City"], "没有时区"),
        (["--cut", "2026-99-01"], "不是日期"),
        (["--cut", "2030-01-01"], "不在数据之内"),
        (["--calendar", "季末"], "看不懂业务高峰期"),
        (["--calendar", "季末=2026-03-02..2026-03-01"], "看不懂业务高峰期"),
        (["--out", "/nowhere/at/all.csv"], "不能写出"),
    ],
)
def test_what_cannot_be_used_is_said_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    assert main(["backtest", str(_own(tmp_path, after=0)), *words]) == 2
    assert why in capsys.readouterr().err
