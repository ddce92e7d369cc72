"""The steps of a temporary service (12) that write more than the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.services import applications, ledger, openings
from yunheng.domain.services import operations as opening
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.models import Paper, ResourceLine, Temporary
from yunheng.domain.services.temporary.facts import opens_by
from yunheng.domain.services.temporary.letters import coverage_letter, extension_notice, opening_notice, refusal
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotOpen, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.kernel.citation import art

CITE = art(12, 1)


@transaction.atomic
def create(*, system: str, actor: Actor, at: datetime) -> Temporary:
    """A draft for one of the unit's systems (by code)."""
    if actor.kind != "user_unit" or not (actor.has("handler", "temporary") or actor.has("head", "temporary")):
        raise NotYours("临时服务由用户单位的经办人或负责人起草", cite=CITE, todo="交该单位经办人办理")
    held = system_of(system, actor=actor, cite=CITE)
    draft = Temporary(kind="temporary", unit_id=held.unit_id, system=held, title=held.name, lane="covered")
    return open_case(draft, actor=actor, at=at)


@transaction.atomic
def describe(
    case: Temporary, *, actor: Actor, at: datetime, paper: Attachment | None, from_on: date | None, until: date | None,
    **said: Any,
) -> Temporary:  # fmt: skip
    """Fill in a draft: the work, the period, the consent. ``said`` are the fields of the case by name."""
    if from_on and until and until < from_on:
        raise BadInput([Problem("期间", f"最后一日{until}早于起始日{from_on}")], cite=CITE)
    case.from_on, case.until = from_on, until
    for name, value in said.items():
        setattr(case, name, value)
    case.save(update_fields=["from_on", "until", *said])
    _hand_in(case, "consent", paper)
    return case


def _hand_in(case: Temporary, kind: str, paper: Attachment | None) -> None:
    """A paper takes the place of the one before; without a new one that stays."""
    if paper is not None:
        Paper.objects.filter(case_id=case.pk, kind=kind).delete()
        Paper.objects.create(case=case, kind=kind, attachment=paper)


@transaction.atomic
def set_lines(case: Temporary, *, lines: Sequence[LineInput], actor: Actor, at: datetime) -> list[ResourceLine]:
    """Replace the list; nothing of a temporary service is a free trial. Raises BadInput with every wrong line."""
    return applications.put_lines(case, lines=[replace(line, trial=False) for line in lines], on=localdate(at))


@transaction.atomic
def pass_to_head(
    case: Temporary, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The handler hands the draft to the head, who alone can submit (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at, opinion=opinion)


# ---- verify, refuse --------------------------------------------------------------------------------------------------


@transaction.atomic
def verify(
    case: Temporary, *, contract: Contract, hours: int | None, oral_by: str = "", oral_on: date | None = None,
    oral_time: str = "", oral_line: str = "", actor: Actor, at: datetime, opinion: str = "", version: int | None = None,
) -> Event:  # fmt: skip
    """The bureau finds the consent, or its duty officer records an oral one; the provider is notified at once (12.1).

    ``hours`` is what the notice sets; without it the term of Article 7 holds. The whole list is what was consented to.
    """
    locked, _ = begin(case, "verify", actor=actor, version=version)
    problems = _contract_wrong(locked, contract)
    if problems:
        raise BadInput(problems, cite=CITE)
    if locked.consent == "oral":
        locked.oral_by, locked.oral_on = oral_by, oral_on
        locked.oral_time, locked.oral_line = oral_time, oral_line
    locked.contract, locked.provider, locked.lane = contract, contract.provider, "covered"
    locked.hours, locked.open_by, locked.notified_on = hours, opens_by(hours, at), localdate(at)
    locked.save()
    for line in locked.lines.all():
        line.approved = line.quantity
        line.save(update_fields=["approved"])
    term = parameters_on(localdate(at), locked.jurisdiction_id)["open_service_term"].n
    data = {"contract": contract.number, "hours": hours, "term": term, "consent": locked.consent}
    data |= {"open_by": locked.open_by.isoformat() if locked.open_by else ""}
    event = advance(case, "verify", actor=actor, at=at, opinion=opinion, data=data)
    opening_notice(case, event=event, at=at)
    return event


def _contract_wrong(case: Temporary, contract: Contract) -> list[Problem]:
    """A covered contract that lasts as long as the period, with a price for every line."""
    if contract.jurisdiction_id != case.jurisdiction_id or contract.lane != "covered":
        return [Problem("计价合同", "选择市级统筹的合同")]
    assert case.from_on is not None
    assert case.until is not None
    if not contract.starts_on <= case.from_on <= case.until < contract.ends_on:
        return [Problem("计价合同", f"期间{case.from_on}至{case.until}不在{contract.number}的服务期内")]
    prices = prices_on(contract=contract, on=case.from_on)
    return [
        Problem(f"第 {line.no} 行 {line.name}", f"合同 {contract.number} 没有 {line.sku} 的价格")
        for line in case.lines.all()
        if line.sku not in prices
    ]


@transaction.atomic
def reject(case: Temporary, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Not dealt with, for reasons that go into a letter."""
    event = advance(case, "reject", actor=actor, at=at, opinion=opinion, version=version)
    refusal(case, event=event, at=at)
    return event


# ---- open ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_opening(
    case: Temporary, *, day: date, line_nos: Sequence[int], actor: Actor, at: datetime, reason: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """One side names the opening day; where both name the same, the service runs, with the end of its period (7.1, 12.1)."""
    event, lines = opening.name_day(
        case, day=day, line_nos=line_nos, actor=actor, at=at, reason=reason, version=version
    )
    for line in lines:
        openings.open_for_period(case=case, line=line)
    return event


@transaction.atomic
def dispute_resources(
    case: Temporary, *, line_nos: Sequence[int], opinion: str, actor: Actor, at: datetime, version: int | None = None
) -> Event:
    """What was opened differs: it is opened again, and the hours of the notice begin anew (7.1)."""
    locked, _ = begin(case, "dispute_resources", actor=actor, version=version)
    locked.open_by = opens_by(locked.hours, at)
    locked.save(update_fields=["open_by"])
    return opening.dispute_resources(case, line_nos=line_nos, opinion=opinion, actor=actor, at=at)


# ---- the consent of an emergency -------------------------------------------------------------------------------------


@transaction.atomic
def supply_consent(
    case: Temporary, *, number: str, on: date, paper: Attachment, actor: Actor, at: datetime, opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The paper of an oral consent; a late one counts until the bureau has decided (R-019)."""
    locked, _ = begin(case, "supply_consent", actor=actor, version=version)
    if locked.consent_settled:
        raise Refusal("市政府的同意已有书面材料，或已决定由单位自付，不能补交", cite=CITE, todo="查看办理经过")
    locked.consent_number, locked.consent_on = number, on
    locked.save(update_fields=["consent_number", "consent_on"])
    _hand_in(locked, "consent", paper)
    return advance(case, "supply_consent", actor=actor, at=at, opinion=opinion, data={"number": number, "on": f"{on}"})


@transaction.atomic
def mark_overdue(case: Temporary, *, at: datetime) -> Event:
    """The last day for the paper has passed: the bureau has to decide (R-019)."""
    locked, _ = begin(case, "mark_overdue", actor=CLOCK)
    if locked.overdue_at is not None or locked.consent_settled:
        raise NotOpen("书面同意是否逾期已有结果", cite=CITE)
    locked.overdue_at = at
    locked.save(update_fields=["overdue_at"])
    return advance(case, "mark_overdue", actor=CLOCK, at=at)


@transaction.atomic
def end_coverage(case: Temporary, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau decides that the unit pays from the first day of every line, since the paper did not come (R-019)."""
    locked, _ = begin(case, "end_coverage", actor=actor, version=version)
    if locked.unproven_at is not None:
        raise Refusal("已决定自首日起由单位自付", cite=CITE, todo="查看办理经过")
    locked.unproven_at, locked.lane = at, "own"
    locked.save(update_fields=["unproven_at", "lane"])
    event = advance(case, "end_coverage", actor=actor, at=at, opinion=opinion)
    for service in case.services:
        openings.unprove(service, case=case)
    coverage_letter(case, event=event, at=at)
    return event


# ---- longer, for good, over ------------------------------------------------------------------------------------------


@transaction.atomic
def ask_extension(
    case: Temporary, *, until: date, number: str, on: date, paper: Attachment, actor: Actor, at: datetime,
    opinion: str = "", version: int | None = None,
) -> Event:  # fmt: skip
    """The unit brings a new consent for a longer period, to ``until`` (the last day); the bureau verifies it."""
    locked, _ = begin(case, "ask_extension", actor=actor, version=version)
    locked.asked_until, locked.asked_number, locked.asked_on = until, number, on
    locked.save(update_fields=["asked_until", "asked_number", "asked_on"])
    _hand_in(locked, "extension", paper)
    data = {"until": f"{until}", "number": number, "on": f"{on}", "attached": True, "before": f"{locked.until}"}
    return advance(case, "ask_extension", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def extend(
    case: Temporary, *, until: date, number: str, on: date, paper: Attachment | None, actor: Actor, at: datetime,
    opinion: str = "", version: int | None = None,
) -> Event:  # fmt: skip
    """With the new consent the period lasts to ``until``; the fund pays to that day (12.1)."""
    locked, _ = begin(case, "extend", actor=actor, version=version)
    _check_asked(locked)
    _hand_in(locked, "extension", paper)
    attached = locked.papers.filter(kind="extension").exclude(attachment=None).exists()  # type: ignore[attr-defined]
    data = {"until": f"{until}", "number": number, "on": f"{on}", "attached": attached, "before": f"{locked.until}"}
    locked.until = until
    _answered(locked, "until")
    event = advance(case, "extend", actor=actor, at=at, opinion=opinion, data=data)
    for service in case.services:
        openings.end_period(service, case=case)
    extension_notice(case, event=event, at=at)
    return event


@transaction.atomic
def decline_extension(
    case: Temporary, *, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """The bureau does not find the new consent; the period ends as it would have."""
    locked, _ = begin(case, "decline_extension", actor=actor, version=version)
    _check_asked(locked)
    _answered(locked)
    return advance(case, "decline_extension", actor=actor, at=at, opinion=opinion)


def _check_asked(case: Temporary) -> None:
    if case.asked_until is None:
        raise Refusal("没有待核实的延期", cite=CITE, todo="由用户单位负责人提出延期，附新的同意")


def _answered(case: Temporary, *changed: str) -> None:
    """What was asked for is answered; its paper stays in the record and speaks for no other extension."""
    case.asked_until, case.asked_number, case.asked_on = None, "", None
    case.save(update_fields=["asked_until", "asked_number", "asked_on", *changed])
    Paper.objects.filter(case_id=case.pk, kind="extension").update(kind="extended")


@transaction.atomic
def convert(case: Temporary, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """A draft of an application with the same list, to be handed in as every application is (6.1)."""
    locked, _ = begin(case, "convert", actor=actor, version=version)
    event = advance(case, "convert", actor=actor, at=at, opinion=opinion)
    assert locked.system is not None
    drafted = applications.create(
        system=locked.system, actor=actor, at=at, purpose=f"临时服务{case.number}转为正式使用：{case.purpose}"
    )
    applications.put_lines(
        drafted, lines=[_again(line) for line in locked.lines.all() if line.status == "confirmed"], on=localdate(at)
    )
    case.formal = drafted
    case.save(update_fields=["formal"])
    return event


def _again(line: ResourceLine) -> LineInput:
    return LineInput(
        f"第 {line.no} 行", line.sku, line.granted, spec=line.spec, purpose=line.purpose, zone=line.zone,
        environment=line.environment,
    )  # fmt: skip


@transaction.atomic
def end(case: Temporary, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The unit needs it no longer, or the clock finds the period over; the day is that of the end, however late (12.2)."""
    locked, _ = begin(case, "end", actor=actor, version=version)
    assert locked.ends_on is not None
    locked.ended_on = min(localdate(at), locked.ends_on)
    locked.save(update_fields=["ended_on"])
    if locked.asked_until is not None:
        _answered(locked)
    return advance(case, "end", actor=actor, at=at, opinion=opinion, data={"day": locked.ended_on.isoformat()})


@transaction.atomic
def release(
    case: Temporary, *, day: date, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The provider has released everything: ``day`` is the first that is not charged (R-005)."""
    locked, _ = begin(case, "release", actor=actor, version=version)
    if locked.released_on is not None:
        raise Refusal(f"已于{locked.released_on}报告释放", cite=art(12, 2), todo="查看办理经过")
    locked.released_on = day
    locked.save(update_fields=["released_on"])
    event = advance(case, "release", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    for service in case.services:
        if service.closed_on is None or service.closed_on > day:
            ledger.close(service, on=day, cite=art(12, 2))
    return event
