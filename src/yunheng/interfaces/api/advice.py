"""Article 10 over the interface: what the rules say of every instance, and the busy periods that units declare."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from yunheng.domain.optimization.calendar.facts import calendars, protects
from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.optimization.queries import answers
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MOST, who

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


class BusyOut(Schema):
    """A declared busy period; ``recurs`` is yearly, quarterly, monthly or once; whether it protects today, and why."""

    case: str
    system: str
    name: str
    first: date
    last: date
    recurs: str
    state: str
    protects: bool
    because: str


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
def list_seasons(request: HttpRequest) -> list[Any]:
    """The busy periods of the systems that the caller may see; one is declared as a case of kind busy_calendar."""
    return [_busy(row, timezone.localdate()) for row in calendars(actor=who(request))]


def _busy(row: BusyCalendar, today: date) -> BusyOut:
    verdict = protects(row, on=today)
    return BusyOut(
        case=row.number, system=row.system.code if row.system else "", name=row.name, first=row.first, last=row.last,
        recurs=row.recurs, state=row.state, protects=verdict.holds, because=verdict.sentence,
    )  # fmt: skip
