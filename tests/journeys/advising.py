"""How a suggestion comes to each of its states: short acts of the cast, shared by the tests of article 10."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from tests.cast import Cast, moment
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Price
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import AT_HAND, Suggestion
from yunheng.domain.optimization.timing import keep_time
from yunheng.domain.services import ledger
from yunheng.domain.services.exit import operations as exits
from yunheng.domain.services.models import Service
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.queries import concrete
from yunheng.law.kernel.citation import art

AT = moment("2026-05-20 10:00")  # a Wednesday; five working days end on Wednesday the 27th
HOST, HALF = "C-ECS-4C16G", "C-ECS-2C16G"
BY = {
    "issue": "sun", "dismiss": "sun", "reopen": "wu", "plan_adjustment": "luo", "adjusted": "sun", "object": "luo",
    "uphold": "zhou", "refuse": "zhou", "excuse": "zhou", "note": "wu", "end_coverage": "zhou",
}  # fmt: skip
LOADS = {"idle": 1.0, "cpu": 15.0, "busy": 60.0}


def host(cast: Cast, *, lane: str = "covered", load: str = "idle", n: int = 1, instances: int = 2) -> Service:
    """Hosts of the education bureau since 1 February, each with an id that tells how it is used."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    if not Item.objects.filter(code=HALF).exists():
        Item.objects.create(jurisdiction=cast.city, code=HALF, category="compute", product="ECS", name="云主机 2核16G",
                            unit="台", valid_from=date(2025, 1, 1))  # fmt: skip
        for contract in (cast.contract, cast.own_contract):
            Price.objects.create(contract=contract, sku=HALF, unit="台", per="month", unit_price=Decimal(200),
                                 valid_from=date(2026, 1, 1))  # fmt: skip
    return Service.objects.create(
        jurisdiction=cast.city, number=f"S-2026-{n:04d}", unit=cast.education, system=cast.system,
        contract=cast.contract if lane == "covered" else cast.own_contract, sku=HOST, name="云主机 4核16G", measure="台",
        quantity=Decimal(instances), lane=lane, opened_on=date(2026, 2, 1),
        instances="\n".join(f"i-{load}-{n}-{k} 10.0.{n}.{k}" for k in range(instances)),
    )  # fmt: skip


def measured(*, at: datetime = AT, silent: tuple[str, ...] = ()) -> duckdb.DuckDBPyConnection:
    """Ninety days of hours of every instance, by the load that its id names; those in ``silent`` were not heard."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute(
        "CREATE TABLE hourly (resource VARCHAR, metric VARCHAR, hour TIMESTAMP, mean DOUBLE, p95 DOUBLE, max DOUBLE, n INTEGER)"
    )
    db.execute("CREATE TABLE daily (resource VARCHAR, metric VARCHAR, day DATE, p95 DOUBLE, max DOUBLE)")
    end = at.replace(tzinfo=None, minute=0)
    for service in Service.objects.select_related("jurisdiction"):
        for line in service.instances.splitlines():
            name = line.split()[0]
            load = next((value for word, value in LOADS.items() if word in name), None)
            if load is None or name in silent:
                continue
            db.execute(
                """INSERT INTO hourly SELECT ?, metric, hour, ? * factor, ? * factor, ? * factor, 12
                   FROM (VALUES ('cpu.utilization', 1.0), ('network.bytes', 1000.0)) k(metric, factor),
                        generate_series(?::TIMESTAMP, ?::TIMESTAMP, INTERVAL 1 HOUR) t(hour)""",
                [
                    f"{service.jurisdiction.code}/{service.number}/{name}",
                    load,
                    load,
                    load,
                    end - timedelta(days=90),
                    end,
                ],
            )
    db.execute(
        "INSERT INTO daily SELECT resource, metric, hour::DATE, quantile_cont(p95, 0.95), max(max) FROM hourly GROUP BY ALL"
    )
    return db


def detected(cast: Cast, *, load: str = "idle", lane: str = "covered", at: datetime = AT) -> Suggestion:
    """A suggestion found by the rules on two alike hosts."""
    if not Service.objects.exists():
        host(cast, load=load, lane=lane)
    detect_place(jurisdiction_id=cast.city.pk, db=measured(at=at), at=at)
    return Suggestion.objects.get()


def step(cast: Cast, case: Suggestion, name: str, at: datetime = AT, **more: Any) -> Suggestion:
    """The step by whom its row names."""
    sent = {"opinion": "理由", **({} if "linked" in more else carried(cast, case, name)), **more}
    doors.take(case, name, sent=sent, actor=cast.actor(BY[name], at), at=at)
    return case


def carried(cast: Cast, case: Any, name: str) -> dict[str, Any]:
    """What each step carries."""
    if name == "plan_adjustment":
        return {"linked": filed_exit(cast, case).number if case.state in AT_HAND else "TC-2026-9999"}
    return {"dismiss": {"dismissal": "reserve"}, "end_coverage": {"day": "2026-05-20"}}.get(name, {})


def filed_exit(cast: Cast, case: Suggestion, *, at: datetime = AT) -> Case:
    """The unit's exit of the suggested line, filed by its head; drawn up in the suggestion the first time."""
    known = Case.objects.filter(kind="exit", unit=case.unit).exclude(state="withdrawn").first()
    if known is not None:
        return known
    made = doors.edit(case, "adjustment", sent={"way": "exit"}, actor=cast.actor("chen", at), at=at)
    sent = {"services": [case.service.number], "wants_backup": "no", "backup_to": "", "reason": "不再使用"}
    doors.edit(made, "request", sent=sent, actor=cast.actor("chen", at), at=at)
    exits.pass_to_head(made, actor=cast.actor("chen", at), at=at)
    exits.submit(made, actor=cast.actor("luo", at), at=at)
    return concrete(made)


def taken(cast: Cast, *names: str, lane: str = "covered") -> Suggestion:
    """A detected suggestion taken through steps, all on the day of these tests."""
    case = detected(cast, lane=lane)
    for name in names:
        step(cast, case, name)
    return case


def lapsed(cast: Cast, *, lane: str = "covered", at: datetime = AT) -> Suggestion:
    """Issued so long before that the term is over on the day of these tests."""
    before = at - timedelta(days=9)
    case = detected(cast, lane=lane, at=before)
    step(cast, case, "issue", before)
    keep_time(at=at)
    case.refresh_from_db()
    return case


def issued_before(cast: Cast, *, at: datetime = AT) -> Suggestion:
    """Issued nine days ago; nobody has looked since."""
    before = at - timedelta(days=9)
    return step(cast, detected(cast, at=before), "issue", before)


def idly_adjusting(cast: Cast, *, at: datetime = AT) -> Suggestion:
    """An exit filed in time nine days ago and withdrawn the same day: the unit has it in hand and does nothing."""
    before = at - timedelta(days=9)
    case = issued_before(cast, at=at)
    made = filed_exit(cast, case, at=before)
    step(cast, case, "plan_adjustment", before, linked=made.number)
    advance(made, "withdraw", actor=cast.actor("luo", before), at=before)
    return case


def ended(case: Suggestion) -> Suggestion:
    """Its service is gone from the ledger, by nobody's case."""
    ledger.close(case.service, on=AT.date(), cite=art(11))
    return case


def optimised(cast: Cast) -> Suggestion:
    """Found, and the unit filed an exit of the same hosts by itself (10.1)."""
    case = detected(cast)
    filed_exit(cast, case)
    return case


def closed(cast: Cast) -> Suggestion:
    case = ended(detected(cast))
    keep_time(at=AT)
    case.refresh_from_db()
    return case


def released(cast: Cast, case: Suggestion, *, at: datetime = AT) -> Suggestion:
    """The exit carried out by the provider: the ledger shows it."""
    exit_case = concrete(filed_exit(cast, case, at=at))
    exits.release(exit_case, actor=cast.actor("sun", at), at=at, day=at.date())
    return case
