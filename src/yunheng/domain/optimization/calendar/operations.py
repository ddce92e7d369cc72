"""The steps of a business calendar (10.2) that write more than the state."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.optimization.calendar import letters
from yunheng.domain.optimization.calendar.facts import confirmed
from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Paper
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
PAPERS = {"ground": "业务依据材料"}


@transaction.atomic
def create(
    *, system: str, name: str, first: date, last: date, recurs: str, actor: Actor, at: datetime,
    factor: Decimal | None = None, ground: str = "", paper: Attachment | None = None,
) -> BusyCalendar:  # fmt: skip
    """A draft for a system of the unit (by code). ``factor`` is the peak expected, as a multiple of usual days.

    Raises NotYours, NotFound, BadInput.
    """
    if actor.kind != "user_unit" or not (actor.has("handler", "busy_calendar") or actor.has("head", "busy_calendar")):
        raise NotYours("业务高峰期由用户单位的经办人或负责人起草", cite=CITE, todo="交该单位经办人或负责人办理")
    held = system_of(system, actor=actor, cite=CITE)
    _sound(first, last, factor)
    case = BusyCalendar(
        kind="busy_calendar", unit=held.unit, system=held, title=_title(held.name, name), name=name, first=first,
        last=last, recurs=recurs, factor=factor, ground=ground,
    )  # fmt: skip
    open_case(case, actor=actor, at=at)
    _keep(case, paper)
    return case


@transaction.atomic
def describe(
    case: BusyCalendar, *, name: str, first: date, last: date, recurs: str, actor: Actor, at: datetime,
    factor: Decimal | None = None, ground: str = "", paper: Attachment | None = None,
) -> BusyCalendar:  # fmt: skip
    """Fill in a draft, or one that was returned; a new paper takes the place of the last one."""
    assert case.system is not None
    _sound(first, last, factor)
    case.name, case.first, case.last, case.recurs = name, first, last, recurs
    case.factor, case.ground, case.title = factor, ground, _title(case.system.name, name)
    case.save(update_fields=["name", "first", "last", "recurs", "factor", "ground", "title"])
    _keep(case, paper)
    return case


def _title(system: str, name: str) -> str:
    return f"{system}：{name}"[:120]


def _sound(first: date, last: date, factor: Decimal | None) -> None:
    problems = [] if first <= last else [Problem("末日", "不能早于首日")]
    if factor is not None and not 1 <= factor < 1000:  # what the column holds; below 1 it would be no peak
        problems.append(Problem("预计峰值倍数", "须为1至999.9"))
    if problems:
        raise BadInput(problems, cite=CITE)


def _keep(case: BusyCalendar, paper: Attachment | None) -> None:
    if paper is not None:
        Paper.objects.filter(case_id=case.pk).delete()
        Paper.objects.create(case_id=case.pk, kind="ground", attachment=paper)


@transaction.atomic
def pass_to_head(
    case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The handler hands the draft to the head, who alone can declare (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def declare(case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Declared to the centre: from today it protects for the time being, against advice that is not issued (R-027)."""
    event = advance(case, "declare", actor=actor, at=at, opinion=opinion, data=said(case), version=version)
    case.declared_on = localdate(at)
    case.save(update_fields=["declared_on"])
    return event


def redeclare(
    case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """Declared again after it was returned; its days run from the first declaration."""
    return advance(case, "redeclare", actor=actor, at=at, opinion=opinion, data=said(case), version=version)


def said(case: BusyCalendar) -> dict[str, str]:
    """What was declared, kept with the event: a returned case is changed afterwards."""
    return {"name": case.name, "first": f"{case.first}", "last": f"{case.last}", "recurs": case.recurs}


@transaction.atomic
def confirm(case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The bureau confirms it (R-026): a letter to the unit, a word to the providers; one of the same name gives way."""
    event = advance(case, "confirm", actor=actor, at=at, opinion=opinion, version=version)
    case.confirmed_on = localdate(at)
    case.save(update_fields=["confirmed_on"])
    for old in confirmed(case).filter(name=case.name).order_by("pk"):
        advance(old, "replace", actor=CLOCK, at=at, data={"by": case.number})
    letters.decision(case, event=event, at=at)
    _tell_providers(case, at, f"{letters.when(case)}高峰期内及其之前不提缩容、回收的建议。")
    return event


@transaction.atomic
def refuse(case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau does not confirm it, with reasons by letter; from now on it protects nothing."""
    event = advance(case, "refuse", actor=actor, at=at, opinion=opinion, version=version)
    letters.decision(case, event=event, at=at)
    return event


@transaction.atomic
def end(case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau ends a confirmed one, with reasons by letter; the providers are told."""
    event = advance(case, "end", actor=actor, at=at, opinion=opinion, version=version)
    letters.decision(case, event=event, at=at)
    _tell_providers(case, at, f"{letters.when(case)}自即日起不再保护。")
    return event


@transaction.atomic
def withdraw(case: BusyCalendar, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The unit takes it back; of a confirmed one the providers are told."""
    event = advance(case, "withdraw", actor=actor, at=at, opinion=opinion, version=version)
    if event.from_state == "confirmed":
        _tell_providers(case, at, f"{letters.when(case)}已由用户单位撤回，自即日起不再保护。")
    return event


def _tell_providers(case: BusyCalendar, at: datetime, text: str) -> None:
    """Those who serve the system and would issue advice: they see no case, and learn what it comes to."""
    assert case.system is not None
    serving = {service.contract.provider_id for service in ledger.running_of(case.system, localdate(at))}
    notices.tell(
        organisation_ids=sorted(serving), subject=f"业务日历{case.state_zh}：{case.title}", text=text, at=at,
        cite=CITE.key,
    )  # fmt: skip
