"""The steps of coverage (13): asked for by the unit, evaluated by the centre, decided by the bureau from a day.

What ends it and what brings it back: ``ending``. The ledger follows the day of the decision, never the click.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import CoverageDecision
from yunheng.domain.services.coverage import queries
from yunheng.domain.services.coverage.lanes import cover, introduce
from yunheng.domain.services.coverage.letters import decision_letter
from yunheng.domain.services.models import Coverage, Paper
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch3_funding import art13_coverage as table
from yunheng.law.ch3_funding.art13_machine import CITE
from yunheng.law.kernel.verdict import Verdict


@transaction.atomic
def create(*, system: str, actor: Actor, at: datetime) -> Coverage:
    """A draft for one of the unit's systems, by its code; raises BadInput where one is under way already."""
    if actor.kind != "user_unit" or not (actor.has("handler", "coverage") or actor.has("head", "coverage")):
        raise NotYours("纳入统筹由用户单位申请", cite=CITE, todo="交该单位经办人办理")
    held = system_of(system, actor=actor, cite=CITE)
    return draft(held, actor=actor, at=at)


def draft(system: InformationSystem, *, actor: Actor, at: datetime, prefilled: bool = False) -> Coverage:
    """A draft with what the register says of the phase and of the owner filled in."""
    on = localdate(at)
    made = Coverage(
        kind="coverage", unit_id=system.unit_id, system=system, title=system.name, lane="own", prefilled=prefilled,
        wished_on=on, phase_evidence=_said(system, on), reason="所处阶段或资产归属发生变化" if prefilled else "",
    )  # fmt: skip
    _alone(made)
    return open_case(made, actor=actor, at=at)


def _said(system: InformationSystem, on: date) -> str:
    """The phase as the register has it; the unit adds the paper that shows it."""
    if system.operated_from and system.operated_from <= on:
        return f"系统登记：{system.operated_from}转入运维"
    return f"系统登记：{system.accepted_on}技术验收" if system.accepted_on and system.accepted_on <= on else ""


def _alone(case: Coverage) -> None:
    """One request of a system at a time."""
    open_ones = Coverage.objects.filter(system=case.system, state__in=queries.OPEN).exclude(pk=case.pk)
    found = open_ones.values_list("number", flat=True).first()
    if found:
        raise BadInput([Problem("系统", f"已有在办的统筹保障申请 {found}")], cite=CITE, todo="待该件办结后再申请")


@transaction.atomic
def describe(
    case: Coverage, *, actor: Actor, at: datetime, reason: str, wished_on: date | None, phase_evidence: str,
    owner_evidence: str, remaining_money: Decimal | None = None, money_evidence: str = "",
    evidence: Attachment | None = None,
) -> Coverage:  # fmt: skip
    """Fill in a request. ``remaining_money``: the project's cloud money left at technical acceptance, in yuan (13.3)."""
    if remaining_money is not None and not money_evidence.strip():
        raise BadInput([Problem("剩余云服务费的依据", "写明合同条款或支付凭证")], cite=CITE)
    case.reason, case.wished_on = reason, wished_on
    case.phase_evidence, case.owner_evidence = phase_evidence, owner_evidence
    case.remaining_money, case.money_evidence = remaining_money, money_evidence
    case.save(update_fields=[
        "reason", "wished_on", "phase_evidence", "owner_evidence", "remaining_money", "money_evidence",
    ])  # fmt: skip
    if evidence is not None:
        Paper.objects.update_or_create(case=case, kind="evidence", defaults={"attachment": evidence})
    return case


@transaction.atomic
def pass_to_head(case: Coverage, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The handler hands the draft to the head, who alone can ask (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def request(case: Coverage, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The head asks for coverage: not before today, whatever is decided later, but for 13.3."""
    locked, _ = begin(case, "request", actor=actor, version=version)
    _alone(locked)
    event = advance(case, "request", actor=actor, at=at, opinion=opinion)
    case.requested_on = localdate(at)
    case.save(update_fields=["requested_on"])
    return event


@transaction.atomic
def evaluate(case: Coverage, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The decision table over the facts with their evidence, and the centre's opinion; both are kept (4.3, 13)."""
    locked, _ = begin(case, "evaluate", actor=actor, version=version)
    on = localdate(at)
    facts, _ = queries.standing_of(locked, on=on)
    possible = table.decide(facts, parameters_on(on, locked.jurisdiction_id)).covered
    data = {"annual_fee": f"{queries.annual_fee(locked, on=on):f}", "possible": possible}
    return advance(case, "evaluate", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def decide(
    case: Coverage, *, day: date, actor: Actor, at: datetime, source: str = "", opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """Covered from ``day``; without head-room by the ``source`` that is recorded. The ledger follows (13.2, 13.3)."""
    locked, _ = begin(case, "decide", actor=actor, version=version)
    on = localdate(at)
    rows = queries.concerned(locked, on=day)
    _, project = queries.standing_of(locked, on=max(on, day))
    fee = queries.annual_fee(locked, on=day)
    data = {
        "day": day.isoformat(), "source": source, "annual_fee": f"{fee:f}", "services": [row.number for row in rows],
    }  # fmt: skip
    event = advance(case, "decide", actor=actor, at=at, opinion=opinion, data=data)
    introduce(case, rows)
    case.from_on, case.source, case.lane = day, source, "covered"
    case.save(update_fields=["from_on", "source", "lane"])
    cover(case, rows, day=day, today=on, project=project)
    keep(case, event, covered=True, day=day, at=at)
    decision_letter(case, event=event, at=at)
    return event


@transaction.atomic
def decline(case: Coverage, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Not covered, with the reason; nothing changes in the ledger (13.4)."""
    event = advance(case, "decline", actor=actor, at=at, opinion=opinion, version=version)
    keep(case, event, covered=False, day=localdate(at), at=at)
    decision_letter(case, event=event, at=at)
    return event


def keep(case: Coverage, event: Event, *, covered: bool, day: date, at: datetime) -> None:
    """The decision beside those of applications, with the verdict that led to it."""
    assert case.system is not None
    CoverageDecision.objects.create(
        system=case.system, covered=covered, from_on=day, verdict=_verdict(case, event).to_dict(), case=case,
        decided_at=at, reason=(event.opinion or case.source)[:300],
    )  # fmt: skip


def _verdict(case: Coverage, event: Event) -> Verdict:
    """The first one of the decision; a refusal rests on the table as it was evaluated."""
    if event.found:
        return event.found[0]
    evaluated = case.events.filter(step="evaluate").order_by("sequence").last()
    if evaluated is not None and evaluated.found:
        return evaluated.found[0]
    on = localdate(event.at)
    return table.coverage(queries.standing_of(case, on=on)[0], parameters_on(on, case.jurisdiction_id))
