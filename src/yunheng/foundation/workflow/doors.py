"""The three ways into a case for whoever comes through a door, page or machine: begin it, fill it in, take a step.

Each reads what was sent by the fields of the act and calls its operation, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import OPINION, Act, Field, read
from yunheng.foundation.workflow.errors import NotFound, NotOpen, NotYours
from yunheng.foundation.workflow.models import Case, Event
from yunheng.foundation.workflow.operations import GONE, advance, begin, party_zh
from yunheng.law.kernel.machine import By, Machine, Step

Sent = Mapping[str, Any]
REASON = Field("opinion", "理由", "area", most=1000)


def fields_of(case: Case, step: Step) -> tuple[Field, ...]:
    """What a step of a case carries; the words come last."""
    act = case.acts.get(step.name)
    own = tuple(field for field in act.fields if field.asked is None or field.asked(case)) if act else ()
    if any(field.name == "opinion" for field in own):
        return own
    return (*own, REASON if step.needs_opinion else OPINION)


@transaction.atomic
def take(case: Case, name: str, *, sent: Sent, actor: Actor, at: datetime, version: int | None = None) -> Event:
    """Take a step with what was sent. Whose step it is comes before what it carries. Raises a Refusal."""
    locked, step = begin(case, name, actor=actor, version=version)
    values = read(fields_of(locked, step), sent, case=locked, actor=actor)
    act = case.acts.get(name)
    if act is None:
        return advance(case, name, actor=actor, at=at, version=version, **values)
    event: Event = act.run(case, actor=actor, at=at, version=version, **values)
    return event


@transaction.atomic
def edit(case: Case, name: str, *, sent: Sent, actor: Actor, at: datetime) -> Any:
    """Fill in a part of a case before a step is taken. Raises a Refusal; then nothing has changed."""
    act = case.edits.get(name)
    if act is None:
        raise NotFound(GONE)
    locked = type(case).objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not locked.editable_by(actor):
        raise NotOpen(f"{locked.state_zh}的{locked.procedure.zh}不能修改", cite=locked.procedure.cite)
    return act.run(locked, actor=actor, at=at, **read(act.fields, sent, case=locked, actor=actor))


def may_open(machine: Machine, actor: Actor) -> bool:
    """Whether the actor may begin a case of this kind by hand."""
    return any(by.kind == actor.kind and actor.has(by.role, machine.kind) for by in machine.opened_by)


@transaction.atomic
def begin_case(kind: type[Case], *, sent: Sent, actor: Actor, at: datetime) -> Case:
    """Begin a case of a kind with what was sent. Raises a Refusal."""
    act: Act | None = kind.opening
    if act is None:
        raise NotFound(GONE)
    if not may_open(kind.machine, actor):
        who = "、".join(dict.fromkeys(party_zh(By(by.kind, by.role)) for by in kind.machine.opened_by))
        raise NotYours(f"{kind.machine.zh}由{who}提出", cite=kind.machine.cite, todo=f"交{who}办理")
    made: Case = act.run(actor=actor, at=at, **read(act.fields, sent, actor=actor))
    return made
