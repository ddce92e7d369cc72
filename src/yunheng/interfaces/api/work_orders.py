"""Work orders over the interface: what a provider owes, taken up and reported by its own system; idempotent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.operations import may_take
from yunheng.foundation.workflow.orders import queries, reports
from yunheng.foundation.workflow.queries import concrete
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.acts import described, with_files
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["工单"])
REPLAY = "Idempotent-Replay"
Revision = Annotated[int, Field(ge=0, le=2**31 - 1)]


class OrderOut(Schema):
    """A work order: what a provider owes in a case. ``revision`` is the version of the case that a report must name."""

    id: str
    revision: int
    state: Literal["offered", "accepted", "done", "withdrawn"]
    case: str
    kind: str
    kind_zh: str
    title: str
    unit: str
    system: str
    system_name: str
    step: str
    label: str
    role: str
    article: str
    since: datetime
    received_on: date
    due_on: date | None
    provisional: bool
    working_days_left: int | None
    closed_at: datetime | None


class SaidOut(Schema):
    """What was said of an order: accept, results or obstacle."""

    revision: int
    act: str
    at: datetime
    by: str


class WholeOrderOut(OrderOut):
    """``lines`` are what is to be carried out, as approved; ``obstacle``: whether what is in the way may be reported."""

    follows: str
    lapse: str
    obstacle: bool
    lines: list[dict[str, Any]]
    letters: list[str]
    reports: list[SaidOut]


class OrderDetail(WholeOrderOut):
    """The same with the ``fields`` of its results; none where the caller may not report."""

    fields: list[s.FieldOut]


class RevisionIn(Schema):
    """The revision that is meant."""

    revision: Revision


class ResultsIn(RevisionIn):
    """What was done, by the fields of the order."""

    data: dict[str, Any] = {}
    opinion: s.Text = ""


class ObstacleIn(RevisionIn):
    """What is in the way, and until when."""

    opinion: s.Text


class Wanted(Schema):
    """``open`` is offered and accepted; ``after`` the id of the last order seen."""

    state: Literal["", "open", "offered", "accepted", "done", "withdrawn"] = ""
    kind: s.Short = ""
    after: s.Short = ""
    limit: int = Query(50, ge=1, le=MOST)


@router.get("/work-orders", response={200: list[OrderOut], **MISSES})
def list_orders(request: HttpRequest, wanted: Query[Wanted]) -> list[OrderOut]:
    """The caller's orders in the order in which they arose, ``limit`` after ``after``."""
    found = queries.orders(actor=who(request), state=wanted.state, kind=wanted.kind)
    if wanted.after:
        last = queries.number_of(wanted.after)
        if not last:
            raise BadInput([Problem("after", "不是工单编号")], todo="填上一页最后一个工单的编号")
        found = found.filter(pk__gt=last)
    today = timezone.localdate()
    return [OrderOut(**queries.head(owed, on=today)) for owed in found[: wanted.limit]]


@router.get("/work-orders/{number}", response={200: OrderDetail, **MISSES})
def get_order(request: HttpRequest, number: s.Short) -> OrderDetail:
    """One order with its lines, and what its results carry."""
    actor = who(request)
    owed = queries.order(actor=actor, number=number)
    case, step = concrete(owed.case), owed.row
    may = not owed.closed_at and may_take(case, step, actor)
    fields = described(doors.fields_of(case, step), case, actor) if may else []
    return OrderDetail(**queries.whole(owed, actor=actor, on=timezone.localdate()), fields=fields)


@router.post("/work-orders/{number}/accept", response={200: WholeOrderOut, **MISSES})
def accept(request: HttpRequest, response: HttpResponse, number: s.Short, body: RevisionIn) -> WholeOrderOut:
    """Say that the order has been taken up; no clock depends on it."""
    answer = reports.accept(number=number, revision=body.revision, actor=who(request), at=timezone.now())
    return _answer(response, answer)


@router.post("/work-orders/{number}/results", response={200: WholeOrderOut, **MISSES})
def results(request: HttpRequest, response: HttpResponse, number: s.Short, body: ResultsIn) -> WholeOrderOut:
    """Report what was done: the step of the order is taken. Once for each revision; the same again changes nothing."""
    actor = who(request)
    answer = reports.report(
        number=number, revision=body.revision, data=body.data, opinion=body.opinion, actor=actor, at=timezone.now(),
        prepare=lambda fields, sent, case: with_files(fields, sent, case=case, actor=actor),
    )  # fmt: skip
    return _answer(response, answer)


@router.post("/work-orders/{number}/obstacle", response={200: WholeOrderOut, **MISSES})
def obstacle(request: HttpRequest, response: HttpResponse, number: s.Short, body: ObstacleIn) -> WholeOrderOut:
    """Report what is in the way, where the procedure has a step for it; the clock runs on."""
    answer = reports.report(
        number=number, revision=body.revision, data={}, opinion=body.opinion, act=reports.OBSTACLE,
        actor=who(request), at=timezone.now(),
    )  # fmt: skip
    return _answer(response, answer)


def _answer(response: HttpResponse, answer: reports.Answer) -> WholeOrderOut:
    if answer.replayed:
        response[REPLAY] = "true"
    return WholeOrderOut(**answer.body)
