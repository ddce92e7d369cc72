"""``advance``: the only writer of a case's state. One transaction: lock, check, judge, move, record, owe, inform."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate, localtime

from yunheng.foundation.audit import operations as audit
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow import obligations, outward
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import GONE as GONE
from yunheng.foundation.workflow.errors import Conflict, NotFound, NotOpen, NotYours, Refusal, Refused
from yunheng.foundation.workflow.models import Case, Event, Numbering, parameters_on
from yunheng.law.ch1_general.art04_parties import KINDS, ROLES
from yunheng.law.kernel.machine import MACHINES, By, Step
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import RULES, Verdict

C = TypeVar("C", bound=Case)


def number_next(*, jurisdiction_id: int, prefix: str, year: int) -> str:
    """The next number of a series, as in SQ-2026-0391. Gaps appear only when a transaction is rolled back."""
    return numbers_next(jurisdiction_id=jurisdiction_id, prefix=prefix, year=year, count=1)[0]


@transaction.atomic
def numbers_next(*, jurisdiction_id: int, prefix: str, year: int, count: int) -> list[str]:
    """The next numbers of a series, one after the other."""
    Numbering.objects.get_or_create(jurisdiction_id=jurisdiction_id, prefix=prefix, year=year)
    row = Numbering.objects.select_for_update().get(jurisdiction_id=jurisdiction_id, prefix=prefix, year=year)
    first, row.last = row.last + 1, row.last + count
    row.save(update_fields=["last"])
    return [f"{prefix}-{year}-{n:04d}" for n in range(first, row.last + 1)]


@transaction.atomic
def open_case(case: C, *, actor: Actor, at: datetime) -> C:
    """Give a new case its number and first state, store it, and owe what the first state awaits."""
    machine = MACHINES[case.kind]
    case.jurisdiction_id = case.unit.jurisdiction_id
    case.number = number_next(jurisdiction_id=case.jurisdiction_id, prefix=machine.prefix, year=localdate(at).year)
    case.state, case.created_at, case.moved_at = machine.initial, at, at
    case.created_by_id = actor.person_id or None
    case.save()
    obligations.settle(case, None, at=at, actor=actor, parameters=parameters_on(localdate(at), case.jurisdiction_id))
    return case


def begin(case: C, name: str, *, actor: Actor, version: int | None = None) -> tuple[C, Step]:
    """Lock a case and check that ``actor`` may take the step now; called inside the transaction of an act.

    Returns the locked row and the step. Raises Conflict, NotOpen, NotYours, NotFound.
    """
    locked = type(case).objects.select_for_update(of=("self",)).get(pk=case.pk)
    if version is not None and version != locked.version:
        raise _overtaken(locked, name)
    step = locked.procedure.find(locked.state, name)
    if step is None:
        raise _not_open(locked, name)
    _check_actor(locked, step, actor)
    return locked, step


@transaction.atomic
def advance(
    case: Case,
    name: str,
    *,
    actor: Actor,
    at: datetime,
    opinion: str = "",
    waiver: str = "",
    data: dict[str, Any] | None = None,
    version: int | None = None,
) -> Event:
    """Take one step.

    ``data`` is what the step carries, plain JSON, kept with the event and handed to the guards. ``waiver`` is the
    reason for departing from a rule that binds in principle. ``version`` is the version that the actor saw. Raises a
    ``Refusal``; then nothing was written.
    """
    locked, step = begin(case, name, actor=actor, version=version)
    if step.needs_opinion and not opinion.strip():
        raise Refusal(f"{step.label}须写明理由", cite=step.under, todo="写明理由后再办理")
    parameters = parameters_on(localdate(at), locked.jurisdiction_id)
    verdicts = judge(locked, step, at=at, parameters=parameters, data=data or {}, waiver=waiver, actor=actor)
    source = locked.state
    if step.target and (not step.joint or locked.arrived(step)):
        locked.state = locked.lands(step)
    locked.version, locked.moved_at = locked.version + 1, at
    locked.save(update_fields=["state", "version", "moved_at"])
    event = _record(locked, step, source, actor, at, opinion, waiver, verdicts, parameters, data or {})
    obligations.settle(locked, step, at=at, actor=actor, parameters=parameters)
    _inform(locked, step, event, at)
    case.refresh_from_db()
    return event


def judge(
    case: Case,
    step: Step,
    *,
    at: datetime,
    parameters: Parameters,
    data: dict[str, Any],
    waiver: str = "",
    actor: Actor | None = None,
) -> list[Verdict]:
    """Evaluate the guards of a step; raises Refused with every verdict when one does not hold and is not waived."""
    verdicts = []
    for guard in step.guards:
        verdict = RULES[guard].function(case.facts(guard, on=localdate(at), data=data), parameters)
        may_waive = actor is not None and actor.kind == "bureau" and actor.has("approver", case.kind)
        if verdict.waivable and waiver.strip() and actor is not None and may_waive:
            verdict = verdict.waived(
                by=actor.named("approver", case.kind), reason=waiver, when=f"{localtime(at):%Y-%m-%d %H:%M}"
            )
        verdicts.append(verdict)
    if not all(v.holds for v in verdicts):
        raise Refused(verdicts)
    return verdicts


def may_take(case: Case, step: Step, actor: Actor) -> bool:
    """Whether the step is open to this actor, by kind, role and part in the case."""
    return any(_is(case, by, actor) for by in step.by) and not case.barred(step, actor)


def _is(case: Case, by: By, actor: Actor) -> bool:
    if by.kind != actor.kind or not actor.has(by.role, case.kind):
        return False
    return by.kind == "clock" or stands_for(case, by, actor)


def stands_for(case: Case, by: By, actor: Actor) -> bool:
    """Whether the actor's organisation is that party in the case; a second-level unit only in its own systems (4.2)."""
    if actor.using_unit_id and (case.system is None or case.system.using_unit_id != actor.using_unit_id):
        return False
    return actor.organisation_id in set(case.holders(by))


def _check_actor(case: Case, step: Step, actor: Actor) -> None:
    if may_take(case, step, actor):
        _check_separation(case, step, actor)
        return
    same_kind = [by for by in step.by if by.kind == actor.kind]
    if same_kind and not any(stands_for(case, by, actor) for by in same_kind):
        raise NotFound(GONE)
    barred = case.barred(step, actor) if any(_is(case, by, actor) for by in step.by) else ""
    if barred:
        raise NotYours(barred, cite=step.under)
    who = "、".join(dict.fromkeys(party_zh(by) for by in step.by))
    raise NotYours(f"只有{who}可以{step.label}", cite=step.under, todo=f"交{who}办理")


def _acted_as(case: Case, step: Step, actor: Actor) -> str:
    """The role in which a step is taken; one's own before one that is held for somebody else."""
    roles = [by.role for by in step.by if _is(case, by, actor)]
    return next((role for role in roles if actor.mandate(role, case.kind) is None), next(iter(roles), ""))


def _check_separation(case: Case, step: Step, actor: Actor) -> None:
    """Nobody recommends and approves in one case, neither oneself nor through a deputy."""
    apart = set(case.procedure.separated)
    if step.name not in apart:
        return
    behind = actor.mandate(_acted_as(case, step, actor), case.kind)
    people = {actor.person_id, *([behind.person_id] if behind else [])}
    taken = Event.objects.filter(case_id=case.pk, step__in=apart - {step.name})
    earlier = taken.filter(Q(person_id__in=people) | Q(on_behalf_of_id__in=people)).first()
    if earlier:
        own = earlier.person_id == actor.person_id
        raise NotYours(
            f"{earlier.label}由{'你' if own else earlier.actor_name}办理，{step.label}须由另一人办理",
            cite=step.under,
            todo="交本单位其他有权限的人办理",
        )


def party_zh(by: By) -> str:
    """用户单位负责人, 服务中心受理人 …"""
    if by.kind == "clock":
        return "系统"
    return dict(KINDS)[by.kind] + dict(ROLES).get(by.role, "")


def _overtaken(case: Case, name: str) -> Conflict:
    """Somebody was first: who took this step, or else who acted last."""
    events = Event.objects.filter(case_id=case.pk).order_by("-sequence")
    last = events.filter(step=name).first() or events.first()
    if last is None:
        return Conflict("页面已更新，再看一遍后办理")
    when = localtime(last.at)
    return Conflict(
        f"{when.month}月{when.day}日 {when:%H:%M} 已由{last.actor_name}{last.label}，页面已更新",
        cite=last.article,
        todo="看过最新情况后再办理",
    )


def _not_open(case: Case, name: str) -> NotOpen:
    if Event.objects.filter(case_id=case.pk, step=name).exists():
        return _overtaken(case, name)
    rows = case.procedure.named(name)
    label = rows[0].label if rows else name
    return NotOpen(
        f"{case.state_zh}状态下不能{label}", cite=rows[0].under if rows else None, todo="按页面上的下一步办理"
    )


def _record(
    case: Case,
    step: Step,
    source: str,
    actor: Actor,
    at: datetime,
    opinion: str,
    waiver: str,
    verdicts: list[Verdict],
    parameters: Parameters,
    data: dict[str, Any],
) -> Event:
    acted_as = _acted_as(case, step, actor)
    behind, name = actor.mandate(acted_as, case.kind), actor.named(acted_as, case.kind)
    content: dict[str, Any] = {
        "case": case.number,
        "sequence": case.version,
        "step": step.name,
        "from": source,
        "to": case.state,
        "person": actor.person_id,
        "name": name,
        **({"on_behalf_of": behind.person_id} if behind else {}),
        "organisation": actor.organisation_id,
        "cite": case.under(step, data).key,
        "opinion": opinion.strip(),
        "waiver": waiver.strip(),
        "verdicts": [v.to_dict() for v in verdicts],
        "parameters": parameters.version,
        "data": data,
    }
    record = audit.write(kind=f"{case.kind}.{step.name}", subject=case.number, at=at, body=content)
    return Event.objects.create(
        case_id=case.pk,
        sequence=case.version,
        step=step.name,
        from_state=source,
        to_state=case.state,
        at=at,
        person_id=actor.person_id or None,
        organisation_id=actor.organisation_id or None,
        on_behalf_of_id=behind.person_id if behind else None,
        actor_name=name,
        actor_organisation=actor.organisation_name,
        actor_role=acted_as,
        cite=content["cite"],
        opinion=opinion.strip(),
        waiver=waiver.strip(),
        verdicts=content["verdicts"],
        parameters=parameters.version,
        data=data,
        record=record,
    )


def _inform(case: Case, step: Step, event: Event, at: datetime) -> None:
    """Tell the parties that the table names, and whoever now has the turn, but not the one who acted.

    The first half of what two do together is news to the other half alone.
    """
    halves = {by.kind for by in step.by} if step.joint and event.from_state == event.to_state else set()
    kinds = [kind for kind in step.informs if len(halves) < 2 or kind in halves]
    told = [holder for kind in kinds for holder in case.holders(By(kind))]
    turn = list(case.obligations.filter(closed_at=None, since=at).values_list("holder_id", flat=True))
    hidden = {one.pk for one in outward.organisations(told) if not case.shows(event, to=one)}
    others = [*turn, *(holder for holder in told if holder not in hidden)]
    others = [holder for holder in others if holder != event.organisation_id]
    notices.tell(
        organisation_ids=others,
        subject=f"{step.label}：{case.title}",
        text=f"{case.number} 已由{event.actor_organisation}{event.actor_name}{step.label}。{step.follows}",
        at=at,
        case_id=case.pk,
        cite=event.cite,
    )
    outward.publish(case, step, event, told={*turn, *told})
