"""Article 10 over the interface: what the rules say of every instance, and the busy periods that units declare."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from yunheng.domain.optimization.queries import answers
from yunheng.domain.optimization.seasons import FIELDS, busy_periods, declare
from yunheng.foundation.workflow.acts import read
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["资源优化"])


class AnswerOut(Schema):
    """What was said last of an instance, of one kind: advise, inform, quiet or undetermined, with the reason."""

    id: int
    service: str
    instance: str
    kind: str
    result: str
    rule: str
    sentence: str
    on: date


class BusyIn(Schema):
    """A busy period; ``recurs`` is yearly, quarterly, monthly or once."""

    name: s.Short
    first: date
    last: date
    recurs: s.Short


class BusyOut(BusyIn):
    """With the code of its system."""

    system: str


@router.get("/advice", response={200: list[AnswerOut], 401: s.Problem})
def list_answers(
    request: HttpRequest,
    result: s.Short = "",
    service: s.Short = "",
    after: int = Query(0, ge=0, le=2**62),
    limit: int = Query(50, ge=1, le=MOST),
) -> list[Any]:
    """The latest answers, ``limit`` after the id ``after``; of one ``result`` or one ``service`` (by number) if asked."""
    found = answers(actor=who(request)).filter(pk__gt=after)
    if result:
        found = found.filter(result=result)
    if service:
        found = found.filter(service__number=service)
    return [
        AnswerOut(
            id=row.pk, service=row.service.number, instance=row.instance, kind=row.kind, result=row.result, rule=row.rule,
            sentence=row.sentence, on=row.on,
        )
        for row in found.order_by("pk")[:limit]
    ]  # fmt: skip


@router.get("/seasons", response={200: list[BusyOut], 401: s.Problem})
def list_seasons(request: HttpRequest) -> list[BusyOut]:
    """The busy periods of the systems that the caller may see."""
    return [_busy(row) for row in busy_periods(actor=who(request)).order_by("system__code", "first", "name")]


@router.put("/systems/{code}/seasons", response={200: BusyOut, **MISSES})
def declare_season(request: HttpRequest, code: s.Short, body: BusyIn) -> BusyOut:
    """Declare a busy period; the same name again replaces it."""
    actor = who(request)
    sent = {**body.dict(), "first": body.first.isoformat(), "last": body.last.isoformat()}
    return _busy(declare(system=code, actor=actor, at=timezone.now(), **read(FIELDS, sent, actor=actor)))


def _busy(row: Any) -> BusyOut:
    return BusyOut(system=row.system.code, name=row.name, first=row.first, last=row.last, recurs=row.recurs)
