"""What a decision on coverage is about: its services, the facts of the system, the money of a project, the year's money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q

from yunheng.domain.funding.queries import fund_of_year
from yunheng.domain.services import annual
from yunheng.domain.services.accounts import accounts
from yunheng.domain.services.models import Condition, Coverage, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art12_period import ENDED
from yunheng.law.ch3_funding import art13_coverage as table
from yunheng.law.ch3_funding.art13_decision import Room
from yunheng.law.ch3_funding.art13_ending import rule_of
from yunheng.law.ch3_funding.art13_shortfall import covered_from, spent
from yunheng.law.ch3_funding.art15_charging import MissingPrice
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period, year_of

OPEN = ("requested", "returned", "evaluated")


# ---- services ------------------------------------------------------------------------------------------------------


def concerned(case: Coverage, *, on: date) -> list[Service]:
    """What a decision from ``on`` is about: not ended by then, no trial, nothing that is covered for a period only.

    Of a whole system without those that another decision moved out and nobody has restored; of a case that has ended
    what it moved out, so that nothing is restored that was not covered.
    """
    if case.whole:
        assert case.system is not None
        found = Service.objects.filter(system=case.system)
    else:
        found = Service.objects.filter(pk__in=[heir.pk for row in case.resources.all() for heir in _heirs(row)])
    found = found.filter(Q(closed_on=None) | Q(closed_on__gt=on), trial=False)
    found = found.exclude(pk__in=Condition.objects.filter(rule=ENDED).values("service"))
    rows = list(
        found.select_related("contract__provider", "unit", "system").prefetch_related("conditions").order_by("number")
    )
    if case.state == "ended":
        out = _moved_out(case)
        return [row for row in rows if row.pk in out]
    gone = _ended_apart(case) if case.whole else set()
    return [row for row in rows if row.pk not in gone]


def _moved_out(case: Coverage) -> set[int]:
    """What the case moved out, with what entered later and stayed out for it; each as it is followed today."""
    of_case = {"conditions__case": case.pk, "conditions__value": "own", "conditions__rule": rule_of(case.ground)}
    return {heir.pk for row in Service.objects.filter(**of_case).distinct() for heir in _heirs(row)}


def leaving(rows: Iterable[Service], day: date) -> list[Service]:
    """Those that the fund pays for from a day, or would pay for from a later one."""
    found = []
    for row in rows:
        first = max(day, row.opened_on)
        later = any(c.kind == "lane" and c.on > first and c.value == "covered" for c in row.conditions.all())
        if later or row.at("lane", first) == "covered":
            found.append(row)
    return found


def _heirs(row: Service) -> Iterable[Service]:
    """The service, or what follows it today (R-023)."""
    followed = list(row.successors.all())
    return [heir for next_one in followed for heir in _heirs(next_one)] if followed else [row]


def _ended_apart(case: Coverage) -> set[int]:
    ended = Coverage.objects.filter(system=case.system, state="ended", whole=False).exclude(pk=case.pk)
    return {heir.pk for other in ended for row in other.resources.all() for heir in _heirs(row)}


def in_lane(rows: Iterable[Service], lane: str, on: date) -> list[Service]:
    """Those that are in a lane on a day; of one that opens later, the lane in which it opens."""
    return [row for row in rows if row.at("lane", max(on, row.opened_on)) == lane]


def ended_by(system: InformationSystem, *, but: int | None = None) -> str:
    """The number of the case by which the whole system was moved out, while nobody has restored it."""
    found = Coverage.objects.filter(system=system, state="ended", whole=True).exclude(pk=but or 0)
    return found.order_by("-ended_from").values_list("number", flat=True).first() or ""


# ---- facts of the system -------------------------------------------------------------------------------------------


def standing(
    system: InformationSystem, *, on: date, needed: Decimal, asked: bool = True, money: Decimal | None = None,
    evidence: Mapping[str, str] | None = None, but: int | None = None,
) -> table.Standing:  # fmt: skip
    """The facts of the register on a day, for the decision table. ``money`` replaces what the register says of it."""
    return table.Standing(
        asked=asked, level=system.unit.level, phase=system.phase_on(on), asset_owner=system.asset_owner,
        built_by=system.built_by, started_on=system.started_on, accepted_on=system.accepted_on,
        cloud_money=system.cloud_money if money is None else money, needed=needed, ended=ended_by(system, but=but),
        evidence=evidence or {},
    )  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A running project's cloud money: since when, how much, and the first day that it does not pay (13.3)."""

    start: date
    money: Decimal
    needed: Decimal  # to the end of the next year
    used_up: date | None  # None: it lasts until then
    unpriced: str = ""  # why the day cannot be worked out


def standing_of(case: Coverage, *, on: date) -> tuple[table.Standing, Project | None]:
    """The facts of a case on a day; with the project's money where the third paragraph may apply."""
    assert case.system is not None
    system, p = case.system, parameters_on(on, case.jurisdiction_id)
    shown = {"phase": case.phase_evidence, "asset_owner": case.owner_evidence, "built_by": case.owner_evidence}
    fee = annual_fee(case, on=on)
    facts = standing(system, on=on, needed=fee, money=case.remaining_money, evidence=shown, but=case.pk)
    plain = replace(facts, cloud_money=None)  # without money row 4 is the one that asks for it
    if table.decide(plain, p).row != 4 or facts.cloud_money is None:
        return facts, None
    assert system.accepted_on is not None  # row 4 knows the acceptance
    project = _project(case, start=system.accepted_on, money=facts.cloud_money, on=on)
    return (facts if project.unpriced else replace(facts, needed=project.needed)), project


def _project(case: Coverage, *, start: date, money: Decimal, on: date) -> Project:
    """Every line of the system counts, also of what has ended since."""
    rows = Service.objects.filter(system=case.system, trial=False).select_related(
        "contract__provider", "unit", "system"
    )
    known = list(
        accounts(
            rows.prefetch_related("conditions", "contract__prices", "moves_out", "moves_in", "use_records").order_by(
                "number"
            )
        )
    )
    terms, until = Terms.of(parameters_on(on, case.jurisdiction_id)), year_of(on.year + 1).end
    try:
        needed = spent(known, Period(start, until), terms)
        return Project(start, money, needed, covered_from(known, start=start, money=money, until=until, terms=terms))
    except MissingPrice as missing:
        gap = missing.gaps[0]
        return Project(start, money, Decimal(0), None, f"{gap.service_id}自{gap.period.start}起没有单价")


def annual_fee(case: Coverage, *, on: date) -> Decimal:
    """What the services of a case cost in a whole year as they stand on a day (R-003)."""
    known: dict[int, dict[str, object]] = {}
    fees = (annual.annual_fee_of(row, max(on, row.opened_on), known) for row in concerned(case, on=on))
    return sum((fee for fee in fees if fee is not None), Decimal("0.00"))


# ---- the day and the money -----------------------------------------------------------------------------------------


def bounds(case: Coverage, *, on: date) -> list[tuple[str, date]]:
    """What the first day of coverage may not come before, each with its words."""
    assert case.system is not None
    _, project = standing_of(case, on=on)
    if project is not None:
        return [("项目云服务费用完的次日", project.used_up) if project.used_up else ("技术验收之日", project.start)]
    found = [("提出申请之日", case.requested_on), ("转入运维之日", case.system.operated_from)]
    return [(words, day) for words, day in found if day is not None]


def first_day(case: Coverage, *, on: date) -> date:
    """The day to propose: the one that was wished for, or the first one possible."""
    days = [day for _, day in bounds(case, on=on)]
    return max([*days, *([case.wished_on] if case.wished_on else [])], default=on)


def room(case: Coverage, *, day: date, on: date, source: str = "") -> Room:
    """The year's money for the fund, what is committed already, and what this case adds from ``day``."""
    return Room(
        day=day, today=on, source=source, annual_fee=annual_fee(case, on=day),
        available=fund_of_year(jurisdiction_id=case.jurisdiction_id, on=day),
        committed=annual.annual_fee_of_covered(jurisdiction_id=case.jurisdiction_id, on=day),
    )  # fmt: skip
