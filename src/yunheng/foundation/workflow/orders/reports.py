"""What a provider says of a work order: accepted, done, in the way. Idempotent by order and revision.

The same content for the same revision gets the same answer again; other content, or an older revision, is a conflict
that says what was reported, or which revision is the present one. What is refused leaves nothing behind, so that it
can be corrected and sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.timezone import localdate, localtime

from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field
from yunheng.foundation.workflow.errors import Conflict, NotFound, NotYours
from yunheng.foundation.workflow.models import Case, Obligation, WorkOrderReport
from yunheng.foundation.workflow.operations import begin, party_zh
from yunheng.foundation.workflow.orders.queries import OBSTACLE_STEP, STATES, order, state_of, whole
from yunheng.foundation.workflow.queries import concrete
from yunheng.law.kernel.machine import By

ACCEPT, RESULTS, OBSTACLE = "accept", "results", "obstacle"
WORDS = {ACCEPT: "接单", RESULTS: "回报", OBSTACLE: "报告困难"}
Prepare = Callable[[Sequence[Field], Mapping[str, Any], Case], Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """How the order stood after a report; ``replayed`` when it had been given before, at ``at``."""

    body: dict[str, Any]
    at: datetime
    replayed: bool = False


class Overtaken(Conflict):
    """The order is not what the report was about any more; ``facts`` says what it is now or what was reported."""

    def __init__(self, message: str, *, todo: str, **facts: Any) -> None:
        super().__init__(message, todo=todo)
        self.facts = facts


@transaction.atomic
def accept(*, number: str, revision: int, actor: Actor, at: datetime, seen: int | None = None) -> Answer:
    """Say that the order has been taken up. No clock depends on it: receipt is delivery (R-014). Raises a Refusal."""
    owed, case = _locked(number, actor)
    content: dict[str, Any] = {"act": ACCEPT}
    kept = owed.reports.filter(revision=revision, act=ACCEPT).first()
    if kept:
        return _again(kept)
    _check(owed, revision if seen is None else seen)
    if not actor.has(owed.role, case.kind):
        who = party_zh(By("provider", owed.role))
        raise NotYours(f"工单由{who}接单", cite=owed.article, todo=f"交{who}办理")
    body = {"order": number, "revision": revision, "person": actor.person_id, "organisation": actor.organisation_id}
    audit.write(kind="work_order.accept", subject=case.number, at=at, body=body)
    return _keep(owed, revision, content, actor=actor, at=at)


@transaction.atomic
def report(
    *,
    number: str,
    revision: int,
    data: Mapping[str, Any],
    opinion: str = "",
    actor: Actor,
    at: datetime,
    act: str = RESULTS,
    seen: int | None = None,
    prepare: Prepare | None = None,
) -> Answer:
    """Take the step that the order is about (``results``), or say what is in its way (``obstacle``).

    ``prepare`` turns what was sent into what the step's fields read (a file by its id). ``seen`` is the version on
    which the report rests, where the caller itself has moved the case since ``revision``. Raises a Refusal.
    """
    owed, case = _locked(number, actor)
    content = canonical({"act": act, "data": data, "opinion": opinion})
    kept = owed.reports.filter(revision=revision).exclude(act=ACCEPT).first()
    if kept:
        if kept.digest == digest_of(content):
            return _again(kept)
        raise _reported(kept)
    _check(owed, revision if seen is None else seen)
    name = OBSTACLE_STEP if act == OBSTACLE else owed.step
    if act == OBSTACLE and case.procedure.find(case.state, name) is None:
        raise NotFound("这种工单没有报告困难这一步", todo="按期办理，或与用户单位和服务中心联系")
    locked, step = begin(case, name, actor=actor)
    sent: Mapping[str, Any] = {**data, "opinion": opinion} if opinion else data
    if prepare:
        sent = prepare(doors.fields_of(locked, step), sent, locked)
    doors.take(case, name, sent=sent, actor=actor, at=at, version=locked.version)
    return _keep(owed, revision, content, actor=actor, at=at)


def lock(cases: Iterable[Case]) -> None:
    """Take hold of several cases, always in the same order, before anything is written."""
    for case in sorted(cases, key=lambda one: one.pk):
        type(case).objects.select_for_update(of=("self",)).get(pk=case.pk)


def _locked(number: str, actor: Actor) -> tuple[Any, Case]:
    """The order and its case as they are once the case is held: read again, for they may have changed while waiting."""
    lock([concrete(order(actor=actor, number=number).case)])
    owed = order(actor=actor, number=number)
    return owed, concrete(owed.case)


def _check(owed: Any, seen: int) -> None:
    """The order is open, and as the sender saw it."""
    if owed.closed_at:
        words = STATES[state_of(owed)]
        raise Overtaken(
            f"工单 {owed.order} {words}（{_when(owed.closed_at)}）",
            todo="查看办件的最新情况",
            revision=owed.revision,
            state=state_of(owed),
        )
    if seen != owed.revision:
        last = owed.case.events.order_by("-sequence").first()
        moved = f"，{_when(last.at)} {last.actor_name}{last.label}" if last else ""
        raise Overtaken(
            f"工单 {owed.order} 现在是第 {owed.revision} 版{moved}；回报依据的是第 {seen} 版",
            todo="看过最新的工单后，按现在的版本回报",
            revision=owed.revision,
            state=state_of(owed),
        )


def _reported(kept: WorkOrderReport) -> Overtaken:
    """Other content for a revision of which something was reported already."""
    return Overtaken(
        f"第 {kept.revision} 版已由{kept.person_name}于{_when(kept.at)}{WORDS[kept.act]}，内容与这次不同，没有变动",
        todo="核对已报的内容；要补充或更正的，按工单现在的版本回报",
        reported={"act": kept.act, "at": kept.at, "by": kept.person_name, "content": kept.content},
    )


def _keep(owed: Obligation, revision: int, content: dict[str, Any], *, actor: Actor, at: datetime) -> Answer:
    name = actor.named(owed.role, owed.case.kind)
    kept = WorkOrderReport(
        obligation_id=owed.pk, revision=revision, act=content["act"], digest=digest_of(content), content=content,
        person_id=actor.person_id, person_name=name, at=at, body={},
    )  # fmt: skip
    now = order(actor=actor, number=owed.order)
    now.was_accepted = now.was_accepted or kept.act == ACCEPT  # type: ignore[attr-defined]
    body = {**whole(now, actor=actor, on=localdate(at))}
    body["reports"] = [*body["reports"], {"revision": revision, "act": kept.act, "at": at, "by": name}]
    kept.body = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    kept.save()
    return Answer(kept.body, at)


def _again(kept: WorkOrderReport) -> Answer:
    return Answer(kept.body, kept.at, replayed=True)


def canonical(value: Any) -> Any:
    """The same content in one form: texts trimmed, numbers as texts, nothing that is empty, keyed rows by their keys."""
    if isinstance(value, Mapping):
        made = {str(name): canonical(one) for name, one in sorted(value.items(), key=lambda item: str(item[0]))}
        return {name: one for name, one in made.items() if one not in ("", [], {})}
    if isinstance(value, list | tuple):
        rows = [canonical(one) for one in value]
        if rows and all(isinstance(row, dict) for row in rows):
            rows.sort(key=lambda row: str(row.get("key", "")))
        return rows
    if value is None or value is False:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value).strip()


def digest_of(content: dict[str, Any]) -> str:
    """The SM3 of canonical content."""
    return sm3(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())


def _when(at: datetime) -> str:
    local = localtime(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
