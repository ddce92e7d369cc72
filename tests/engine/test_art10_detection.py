"""Article 10 for a whole city on one day: the ledger's word beside what was measured, and evidence that lasts."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from yunheng.domain.optimization.engine.detection import Judged, Known, detect, evidence
from yunheng.domain.optimization.engine.layout import Connection, midnight, open_trace
from yunheng.domain.optimization.engine.measuring import Cut, peaks
from yunheng.law.ch2_use.art10_season import Busy, Peak
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.verdict import Verdict

ZONE, ON = ZoneInfo("Asia/Shanghai"), date(2026, 3, 2)
P = Parameters(date(2026, 3, 2))
CUT = Cut(ON, midnight(datetime.combine(ON, time()), ZONE), ZONE.key)
BIG, SMALL = Size(4, 8, "4c8g", Decimal(240)), Size(2, 8, "2c8g", Decimal(150))
LOADS = {
    "idle": 1,
    "large": 15,
    "busy": 60,
    "first": 1,
    "second": 60,
    "unknown": 1,
    "annual": 1,
    "winter": 1,
    "mild": 1,
}
WINTER = (Busy("年初", date(2026, 1, 3), date(2026, 1, 10)),)  # measured once; the load of "winter" is 60 in it


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """Sixty even days of each machine; the load is its CPU in %, its traffic 10 bytes a second for each %."""
    folder, made = tmp_path_factory.mktemp("city"), duckdb.connect()
    (folder / "hourly").mkdir()
    rows = ", ".join(f"('{name}', {load})" for name, load in LOADS.items())
    made.execute(
        f"""COPY (SELECT name AS resource, metric, hour, load * factor AS mean, load * factor AS p95, load * factor AS max,
                  12 AS n FROM (VALUES {rows}) m(name, load), (VALUES ('cpu.utilization', 1.0), ('network.bytes', 1000.0),
                  ('memory.used', 0.5)) k(metric, factor),
                  generate_series(TIMESTAMP '2025-12-31 16:00', TIMESTAMP '2026-03-31 15:00', INTERVAL 1 HOUR) t(hour)
                  WHERE name != 'winter' OR hour < TIMESTAMP '2026-01-02 16:00' OR hour >= TIMESTAMP '2026-01-10 16:00'
                  UNION ALL SELECT 'winter', 'cpu.utilization', hour, 60, 60, 60, 12 FROM generate_series(
                  TIMESTAMP '2026-01-02 16:00', TIMESTAMP '2026-01-10 15:00', INTERVAL 1 HOUR) t(hour))
            TO '{folder}/hourly/a.parquet' (FORMAT parquet)"""
    )
    made.execute(
        f"""COPY (SELECT name AS resource, 4 AS vcpu, 8 AS memory, TIMESTAMP '2025-12-31 16:00' AS since,
                  NULL::TIMESTAMP AS until FROM (VALUES {rows}) m(name, load))
            TO '{folder}/capacity.parquet' (FORMAT parquet)"""
    )
    return open_trace(Path(folder), zone=ZONE)


def known(**more: object) -> Known:
    return Known(**({"system": "JY-001", "now": BIG, "ladder": (BIG, SMALL), "months": 24} | more))  # type: ignore[arg-type]


CITY = {name: known() for name in ("idle", "large", "busy")} | {
    "first": known(role="app"),
    "second": known(role="app"),
    "annual": known(declared=(Busy("年报", date(2026, 5, 1), date(2026, 5, 31)),)),
    "winter": known(declared=WINTER),
    "mild": known(declared=WINTER),
    "absent": known(),
}


@pytest.fixture(scope="module")
def found(db: Connection) -> dict[str, Judged]:
    return {judged.machine.resource: judged for judged in detect(db, CITY, CUT, P)}


def said(judged: Judged) -> dict[str, tuple[str, str]]:
    return {advice.kind: (advice.result, advice.verdict.rule) for advice in judged.advice}


def test_only_what_is_measured_and_in_the_ledger_is_judged(found: dict[str, Judged]) -> None:
    assert set(found) == set(LOADS) - {"unknown"}


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("idle", "idle", ("advise", "machine_idle")),
        ("large", "idle", ("quiet", "machine_idle")),
        ("large", "cpu", ("advise", "cpu_oversized")),
        ("busy", "cpu", ("quiet", "cpu_oversized")),
        ("first", "idle", ("quiet", "sibling_idle")),
        ("first", "cpu", ("quiet", "cpu_oversized")),  # it may have to bear the load of the second
        ("annual", "idle", ("undetermined", "season_measured")),
        ("busy", "memory", ("quiet", "memory_oversized")),
        ("winter", "idle", ("quiet", "quiet_in_season")),
        ("winter", "cpu", ("quiet", "cpu_oversized")),
        ("mild", "idle", ("advise", "machine_idle")),
    ],
)
def test_each_is_told_what_the_rules_say(
    found: dict[str, Judged], name: str, kind: str, answer: tuple[str, str]
) -> None:
    assert said(found[name])[kind] == answer


def test_what_the_last_busy_period_used_is_measured_in_the_size_of_its_days(db: Connection) -> None:
    days = Period(date(2026, 1, 3), date(2026, 1, 11))
    spans = [("winter", days), ("busy", days), ("winter", Period(date(2025, 1, 3), date(2025, 1, 11)))]
    found = peaks(db, spans, CUT)
    assert found["winter"] == Peak(cores=Decimal("2.4"))
    assert found["busy"] == Peak(Decimal("2.4"), Decimal("2.4"), Decimal(60000))
    assert peaks(db, [("winter", Period(date(2026, 1, 11), ON))], CUT)["winter"].cores == Decimal("0.04")


def test_a_suggestion_names_the_next_real_item_and_what_it_saves(found: dict[str, Judged]) -> None:
    advice = {one.kind: one for one in found["large"].advice}["cpu"]
    assert (advice.to, advice.saving) == (SMALL, Decimal(90))


def test_the_evidence_is_plain_and_shows_window_coverage_percentiles_rule_and_figures(found: dict[str, Judged]) -> None:
    judged = found["large"]
    advice = {one.kind: one for one in judged.advice}["cpu"]
    stored = json.loads(json.dumps(evidence(judged, advice, CUT, P)))
    assert stored["windows"]["cpu.utilization/60"]["hours"] == "1440"
    assert stored["windows"]["cpu.utilization/60"]["p995"] == "15.0"
    assert (stored["rule_set"], stored["parameters"]) == ("10.2-3", "2025-01")
    assert stored["to"] == {"sku": "2c8g", "vcpu": 2, "memory": 8}
    assert Verdict.from_dict(stored["verdict"]) == advice.verdict
    assert {"oversized_target", "oversized_target_peak", "oversized_share"} <= dict(
        stored["verdict"]["parameters"]
    ).keys()


def test_the_same_city_gives_the_same_answers(db: Connection, found: dict[str, Judged]) -> None:
    assert list(detect(db, CITY, CUT, P)) == list(found.values())
