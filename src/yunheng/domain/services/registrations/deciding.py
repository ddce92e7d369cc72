"""The bureau's decision on a registration: what enters the ledger, under which contract, in which lane, from which day (26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from yunheng.domain.catalog.queries import items_on
from yunheng.domain.funding.models import Contract, CoverageDecision, Price
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Registration, RegistrationLine, Release, Service
from yunheng.domain.services.registrations.facts import coverage_of
from yunheng.domain.services.registrations.lines import write
from yunheng.domain.services.release.operations import start_amber
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch2_use.art08_machine import OPEN
from yunheng.law.ch6_supplementary.art26_history import Steps, from_day, history_of
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.terms import ONE_DAY

CITE = art(26)
MOST_NAMED = 200
Rows = Sequence[Mapping[str, Any]]


def group_of(line: RegistrationLine) -> str:
    """What is decided together: the rows of a system, those of each contract that the provider names by themselves."""
    return f"{line.system.code if line.system else ''} {line.contract}".strip()


@dataclass(frozen=True)
class Terms:
    """What is decided of a group. Without ``contract`` there is none of that number for it."""

    named: str
    contract: Contract | None
    prices: tuple[Price, ...]
    lane: str
    released: bool

    def priced(self, sku: str, day: date) -> bool:
        """Whether the contract has a price of the product on a day."""
        return any(
            p.sku == sku and p.valid_from <= day and (p.valid_to is None or day < p.valid_to) for p in self.prices
        )

    def wrong(self, case: Registration) -> str:
        """Why the group cannot be entered so."""
        held = self.contract
        if held is None or not held.starts_on <= case.day < held.ends_on:
            return f"合同“{self.named}”在存量日期 {case.day} 不在服务期内"
        if held.lane == "own" and held.buyer_id != case.unit_id:
            return f"合同“{self.named}”不是{case.unit.short_name}的合同"
        if self.lane == "covered" and held.lane != "covered":
            return "纳入市级统筹的，须用市级统筹的合同"
        return ""


@transaction.atomic
def decide(
    case: Registration,
    *,
    systems: Rows,
    disputes: Rows,
    missing: Sequence[str],
    papers_due: date,
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Event:
    """Enter what was confirmed, in one act: per group contract and lane; each row in dispute by itself, with a reason.

    Missing papers are owed by the day named. A system that is out there already begins amber (8). Raises BadInput with
    everything that is wrong; then nothing is entered.
    """
    locked, _ = begin(case, "decide", actor=actor, version=version)
    lines = list(locked.lines.select_related("system__unit"))
    entering = _decided(lines, disputes)
    terms = {row["key"]: _terms(locked, row) for row in systems}
    problems = _wrong(locked, entering, terms)
    if missing and papers_due <= localdate(at):
        problems.append(Problem("补交截止日", "须晚于今天"))
    if problems:
        rest = len(problems) - MOST_NAMED
        more = [Problem("其余", f"还有 {rest:,} 处")] if rest > 0 else []
        raise BadInput([*problems[:MOST_NAMED], *more], cite=CITE, todo="改正后再决定，没有入账任何一行")
    _enter(locked, entering, terms)
    write(lines, "entered", "service", "answer")
    locked.missing, locked.papers_due = list(missing), papers_due if missing else None
    locked.save(update_fields=["missing", "papers_due"])
    data = {"entered": len(entering), "left": len(lines) - len(entering), "missing": locked.missing}
    event = advance(case, "decide", actor=actor, at=at, opinion=opinion, data=data)
    _systems_follow(case, terms, entering, actor, at)
    if not missing:
        advance(case, "complete", actor=CLOCK, at=at)
    return event


def _decided(lines: Sequence[RegistrationLine], disputes: Rows) -> list[RegistrationLine]:
    """What is entered: rows that nobody disputes, and those in dispute that the bureau enters."""
    chosen = {row["key"]: row for row in disputes}
    for line in lines:
        row = chosen.get(f"{line.no}") if line.disputed else None
        line.entered = not line.disputed or bool(row and row["enter"] == "yes")
        if row and row.get("reason"):
            line.answer = f"{line.answer}；{row['reason']}".strip("；")[:200]
    return [line for line in lines if line.entered]


def _terms(case: Registration, row: Mapping[str, Any]) -> Terms:
    held = Contract.objects.filter(jurisdiction_id=case.jurisdiction_id, provider_id=case.provider_id)
    contract = held.filter(number=row["contract"]).first()
    prices = tuple(contract.prices.all()) if contract else ()
    return Terms(row["contract"], contract, prices, row["lane"], row["released"] == "yes")


def _wrong(case: Registration, entering: Sequence[RegistrationLine], terms: Mapping[str, Terms]) -> list[Problem]:
    gaps = {key: one.wrong(case) for key, one in terms.items()}
    problems = [Problem(key, words) for key, words in gaps.items() if words]
    for line in entering:
        where, key = f"序号 {line.no}（{line.instance}）", group_of(line)
        one = terms.get(key)
        if line.system is None:
            problems.append(Problem(where, "没有归入系统，不能入账；退单位重新确认，写明系统后再决定"))
        elif one is None:
            problems.append(Problem(where, f"没有写明“{key}”的合同和保障方式"))
        elif not gaps[key] and one.contract is not None:
            opened = opened_on(line, case.day, one.contract)
            if line.until and line.until <= opened:
                words = (
                    f"{line.until} 已停用，合同“{one.named}”{one.contract.starts_on} 才开始，不能入账；退单位提出异议"
                )
                problems.append(Problem(where, words))
                continue
            days = dict.fromkeys((opened, line.until - ONE_DAY if line.until else case.day))
            problems += [
                Problem(where, f"合同“{one.named}”在 {day} 没有 {line.sku} 的价格，先补录价格再决定")
                for day in days
                if not one.priced(line.sku, day)
            ]
    return problems


def opened_on(line: RegistrationLine, day: date, contract: Contract) -> date:
    """From when a row is in the ledger: as found, but nothing is charged under a contract before it begins."""
    steps = _steps(line, day)
    found = line.since or (steps[0][0] if steps else day)
    return max(min(found, day), contract.starts_on)


def _steps(line: RegistrationLine, day: date) -> Steps:
    return history_of(line.history, since=line.since, now=line.quantity, day=day) if line.history else ()


def _enter(case: Registration, entering: Sequence[RegistrationLine], terms: Mapping[str, Terms]) -> None:
    """The lines of the ledger as they were found, with how their quantity went since the contract began."""
    items = items_on(jurisdiction_id=case.jurisdiction_id, on=case.day)
    services, later = [], []
    for line in entering:
        one = terms[group_of(line)]
        assert one.contract is not None
        assert line.system is not None
        item, opened = items.get(line.sku), opened_on(line, case.day, one.contract)
        first, *later_steps = from_day(_steps(line, case.day) or ((opened, line.quantity),), opened)
        services.append(
            Service(
                system=line.system, contract=one.contract, sku=line.sku, lane=one.lane, spec=line.spec, quantity=first[1],
                name=(line.name or (item.name if item else line.sku))[:80], measure=item.unit if item else "",
                opened_on=opened, closed_on=line.until, instances=f"{line.instance} {line.addresses}".strip(),
            )
        )  # fmt: skip
        later.append([(on, quantity) for on, quantity in later_steps if line.until is None or on < line.until])
    for line, made in zip(entering, ledger.enter_many(case=case, services=services, later=later), strict=True):
        line.service = made


def _systems_follow(
    case: Registration, terms: Mapping[str, Terms], entering: Sequence[RegistrationLine], actor: Actor, at: datetime
) -> None:
    """Each system's coverage as decided, with what the table says; the release of what is out there already."""
    by_system: dict[InformationSystem, list[Terms]] = {}
    for line in entering:
        assert line.system is not None
        found = by_system.setdefault(line.system, [])
        if (one := terms[group_of(line)]) not in found:
            found.append(one)
    for system in sorted(by_system, key=lambda one: one.code):
        _cover(case, system, covered=any(one.lane == "covered" for one in by_system[system]), at=at)
        open_already = Release.objects.filter(system=system, state__in=OPEN).exists()
        if any(one.released for one in by_system[system]) and not open_already:
            start_amber(system, actor=actor, at=at)


def _cover(case: Registration, system: InformationSystem, *, covered: bool, at: datetime) -> None:
    """A decision of its own, but where one in force says the same or more: two providers may serve a system."""
    in_force = system.coverage.filter(Q(from_on__lte=case.day)).order_by("from_on", "decided_at").last()
    if in_force is not None and (in_force.covered or not covered):
        return
    verdict = coverage_of(system, on=case.day)
    CoverageDecision.objects.create(
        system=system, covered=covered, from_on=case.day, verdict=verdict.to_dict(), case=case, decided_at=at,
        reason=f"存量登记；按条件表：{verdict.sentence}"[:300],
    )  # fmt: skip
