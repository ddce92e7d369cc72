"""Article 10 in pictures: what a suggestion was found in stays as it was; a system summed up, a fleet by bands, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.api.test_api import Caller
from tests.cast import Cast
from tests.journeys.advising import AT, HALF, host, measured, taken
from yunheng.domain.metering.operations import store
from yunheng.domain.metering.usage import hours_of_service
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.fleet import Destinations, destinations_of, fleet_of
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.series import series_of
from yunheng.domain.optimization.system_use import of_system
from yunheng.domain.services.models import Condition
from yunheng.foundation.workflow.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db
ON = AT.date()
ONE = timedelta(days=1)


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    """A store of its own."""
    settings.METERING = tmp_path
    return tmp_path


def keep(rows: Sequence[tuple[str, str, date, float, float, float]], kind: str = "daily") -> None:
    """Resource, metric, day (or the hour, UTC), mean, P95, maximum into the store, as it writes them."""
    day, hour = ("moment::DATE", "") if kind == "daily" else ("(moment + INTERVAL 8 HOUR)::DATE", "moment AS hour, ")
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE r (resource VARCHAR, metric VARCHAR, moment TIMESTAMP, mean DOUBLE, p95 DOUBLE, max DOUBLE)"
        )
        db.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?, ?)", rows)
        for (one,) in db.execute(f"SELECT DISTINCT {day} FROM r").fetchall():
            place = store().folder(kind, one)
            place.mkdir(parents=True)
            db.execute(
                f"COPY (SELECT resource, metric, {hour}mean, p95, max, "
                f"12 AS n, false AS provided FROM r WHERE {day} = DATE '{one}') "
                f"TO '{place / 'all.parquet'}' (FORMAT parquet)"
            )


def days_of(names: dict[str, tuple[float, float]], *, back: int = 30, until: date = ON) -> list[Any]:
    """Every instance on every day before ``until``: its P95 and its maximum in %."""
    return [
        (f"520100/{name}", "cpu.utilization", until - n * ONE, p95 / 2, p95, top)
        for name, (p95, top) in names.items()
        for n in range(back, 0, -1)
    ]


def test_the_days_of_the_window_are_frozen_with_a_suggestion_and_a_day_not_heard_is_no_zero(cast: Cast) -> None:
    host(cast, n=1)
    host(cast, load="cpu", n=2)
    db = measured()
    db.execute("DELETE FROM daily WHERE day = DATE '2026-05-01'")
    db.execute("UPDATE daily SET p95 = 'nan' WHERE day = DATE '2026-05-02'")
    db.execute("UPDATE daily SET max = 16.5 WHERE resource LIKE '%i-cpu-2-1' AND day = DATE '2026-05-19'")
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 2
    for kind, first, count, usual in (("idle", date(2026, 4, 20), 30, 1.0), ("cpu", date(2026, 3, 21), 60, 15.0)):
        case = Suggestion.objects.get(advice=kind)
        series = [series_of(one) for one in case.evidence["instances"]]
        assert [one.metric for one in series if one] == ["cpu.utilization"] * 2
        held = series[1]
        assert held is not None
        assert [day for day, _, _ in held.days] == [date.fromordinal(first.toordinal() + n) for n in range(count)]
        by_day = {day: figures for day, *figures in held.days}
        assert by_day[date(2026, 5, 1)] == [None, None]
        assert by_day[date(2026, 5, 2)] == [None, usual]
        assert by_day[date(2026, 5, 19)] == [usual, 16.5 if kind == "cpu" else usual]
    assert series_of({"instance": "i-1", "windows": {}}) is None  # found before days were kept


def test_a_system_is_the_sum_of_its_instances_in_cores_as_large_as_they_were_that_day(cast: Cast, kept: Path) -> None:
    two, busy = host(cast, n=1, load="cpu"), host(cast, n=2, load="busy", instances=1)
    host(cast, n=3, load="other", instances=1)  # never heard: its cores count, its use does not
    Condition.objects.create(service=busy, kind="sku", on=ON - 2 * ONE, value=HALF)
    keep(days_of({"S-2026-0001/i-cpu-1-0": (10, 20), "S-2026-0001/i-cpu-1-1": (30, 50), "S-2026-0002/i-busy-2-0": (50, 90)},
                 back=4))  # fmt: skip
    detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT)
    assert Suggestion.objects.get().service == two
    found = of_system(code="JY-001", since=ON - 4 * ONE, until=ON, actor=cast.actor("chen", AT))
    before = (1.6 + 2.0, 2.8 + 3.6, 16, 3)  # 4 × (10 + 30) % and 4 × 50 %; of the maxima likewise; 4 hosts of 4 cores
    after = (1.6 + 1.0, 2.8 + 1.8, 14, 3)  # the busy one has half of its cores from the 18th
    assert [(one.p95, one.top, one.capacity, one.heard) for one in found.days] == [
        tuple(map(pytest.approx, row)) for row in (before, before, after, after)
    ] + [(None, None, 14, 0)]
    assert (found.capacity, found.after, len(found.suggestions)) == (14, 10, 1)  # two hosts of 4 become two of 2
    assert [(one.machine.instance, one.machine.vcpu, one.mean, one.p95, one.top, one.days) for one in found.instances] == [
        ("i-cpu-1-0", 4, 5, 10, 20, 4), ("i-cpu-1-1", 4, 15, 30, 50, 4), ("i-busy-2-0", 2, 25, 50, 90, 4),
        ("i-other-3-0", 4, None, None, None, 0),
    ]  # fmt: skip
    sent = Caller(cast, "chen").get(f"/systems/JY-001/usage?since={ON - 4 * ONE}&until={ON}").json()
    assert (sent["capacity"], sent["after"], sent["days"][0]["capacity"], len(sent["instances"])) == (14, 10, 16, 4)
    assert sent["days"][3] == {"day": "2026-05-19", "p95": 2.6, "max": 4.6, "capacity": 14, "heard": 3}
    assert Caller(cast, "he").get(f"/systems/JY-001/usage?since={ON}&until={ON}").status_code == 404
    for who in ("sun", "zhou"):
        assert len(of_system(code="JY-001", since=ON, until=ON, actor=cast.actor(who, AT)).instances) == 4
    with pytest.raises(NotFound):
        of_system(code="JY-001", since=ON, until=ON, actor=cast.actor("he", AT))
    with pytest.raises(BadInput):
        of_system(code="JY-001", since=ON, until=ON - ONE, actor=cast.actor("chen", AT))


def test_the_fleet_is_counted_in_cores_by_band_and_who_was_heard_too_seldom_is_named(
    cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 8):
        host(cast, n=n, load="other", instances=1)
    edges = {1: 9.99, 2: 10, 3: 39.99, 4: 40, 5: 70}
    keep([
        *days_of({f"S-2026-000{n}/i-other-{n}-0": (p95, 99) for n, p95 in edges.items()}),
        *days_of({"S-2026-0006/i-other-6-0": (5, 5)}, back=25),  # 25 of 30 days are less than 85 %
    ])  # fmt: skip
    found = fleet_of(actor=cast.actor("zhou", AT), on=ON)
    assert [(zone.zone, zone.cores, zone.machines) for zone in found.zones] == [("internet", (4, 4, 4, 4, 4), 5)]
    assert (found.machines, found.heard, found.scarce) == (7, 6, 2)
    assert (found.since, found.until) == (ON - 30 * ONE, ON - ONE)
    assert fleet_of(actor=cast.actor("sun", AT), on=ON) == fleet_of(actor=cast.actor("chen", AT), on=ON) == found
    stranger = fleet_of(actor=cast.actor("he", AT), on=ON)
    assert (stranger.zones, stranger.machines) == ((), 0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    sent = Caller(cast, "zhou").get("/advice/fleet").json()
    assert sent["zones"] == [{"zone": "internet", "machines": 5, "cores": [4, 4, 4, 4, 4]}]
    assert (sent["machines"], sent["heard"], sent["scarce"], sent["since"]) == (7, 6, 2, "2026-04-20")


@pytest.mark.parametrize(
    ("steps", "counted"),
    [
        (("issue",), "open"), (("issue", "object"), "open"), (("issue", "object", "uphold"), "upheld"),
        (("issue", "object", "refuse"), "refused"), (("dismiss",), ""),
    ],
)  # fmt: skip
def test_each_suggestion_issued_in_the_year_is_counted_once(cast: Cast, steps: tuple[str, ...], counted: str) -> None:
    taken(cast, *steps)
    found = destinations_of(actor=cast.actor("zhou", AT), year=2026)
    nothing = dict.fromkeys(("adjusted", "upheld", "refused", "open", "uncovered", "other", "by_itself"), 0)
    assert found == Destinations(2026, **{**nothing, **({counted: 1} if counted else {})})
    assert found.issued == bool(counted)
    sent = Caller(cast, "sun").get("/advice/destinations?year=2026").json()
    assert sent == {**vars(found), "issued": found.issued}
    assert destinations_of(actor=cast.actor("he", AT), year=2026).issued == 0
    assert destinations_of(actor=cast.actor("zhou", AT), year=2025).issued == 0


def test_hours_show_today_and_no_more_than_a_week(cast: Cast, kept: Path) -> None:
    host(cast)
    name = "520100/S-2026-0001/i-idle-1-0"
    hours = [datetime(2026, 5, 19, 15), datetime(2026, 5, 19, 16), datetime(2026, 5, 20, 1)]  # noqa: DTZ001 - UTC
    keep([(name, "cpu.utilization", hour, 1.0, 2.0, 3.0) for hour in hours], kind="hourly")  # type: ignore[misc]
    actor = cast.actor("chen", AT)
    found = hours_of_service(number="S-2026-0001", since=ON, until=ON, actor=actor)[1]
    assert [(row.instance, row.hour.isoformat(), row.mean, row.p95, row.max) for row in found] == [
        ("i-idle-1-0", "2026-05-19T16:00:00+00:00", 1, 2, 3), ("i-idle-1-0", "2026-05-20T01:00:00+00:00", 1, 2, 3),
    ]  # fmt: skip
    sent = Caller(cast, "chen").get(f"/services/S-2026-0001/usage/hours?since={ON}&until={ON}").json()
    assert [row["hour"][:16] for row in sent] == ["2026-05-19T16:00", "2026-05-20T01:00"]
    assert len(hours_of_service(number="S-2026-0001", since=ON - 6 * ONE, until=ON, actor=actor)[1]) == 3
    with pytest.raises(BadInput):
        hours_of_service(number="S-2026-0001", since=ON - 7 * ONE, until=ON, actor=actor)
    with pytest.raises(NotFound):
        hours_of_service(number="S-2026-0001", since=ON, until=ON, actor=cast.actor("he", AT))
