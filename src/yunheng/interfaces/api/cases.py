"""Cases and their steps over the interface; each call is one operation of the domain."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement import queries as settling
from yunheng.domain.catalog.queries import items_on
from yunheng.domain.services import applications, sizing
from yunheng.domain.services.models import Application
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.ledger import days_left
from yunheng.foundation.workflow.models import Case, Event, Obligation
from yunheng.foundation.workflow.operations import GONE, begin, may_take
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.foundation.workflow.queries import cases, history
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.acts import edits_of, open_to, with_files

router = Router(tags=["办件"])
MISSES: dict[int, Any] = {401: s.Problem, 403: s.Problem, 404: s.Problem, 409: s.Problem, 422: s.Problem}
MOST = 200


def who(request: HttpRequest) -> Actor:
    """As whom the call acts."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


@router.get("/me", response={200: s.Me, 401: s.Problem})
def me(request: HttpRequest) -> s.Me:
    """As whom the token acts, with the roles of today."""
    actor = who(request)
    return s.Me(
        person=actor.person_name, organisation=actor.organisation_name, kind=actor.kind, roles=sorted(actor.roles)
    )


@router.get("/catalogue", response={200: list[s.ItemOut], 401: s.Problem})
def catalogue(request: HttpRequest) -> list[Any]:
    """What can be ordered today (Article 2)."""
    return list(items_on(jurisdiction_id=who(request).jurisdiction_id, on=timezone.localdate()).values())


@router.get("/cases", response={200: list[s.CaseOut], **MISSES})
def list_cases(
    request: HttpRequest, kind: s.Short = "", state: s.Short = "", after: s.Short = "",
    limit: int = Query(50, ge=1, le=MOST),
) -> list[s.CaseOut]:  # fmt: skip
    """Cases by number, ``limit`` after the number ``after``, of a procedure (``kind``) and state where one is given."""
    found = cases(actor=who(request)).order_by("number")
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if after:
        found = found.filter(number__gt=after)
    return [_case(case) for case in found[:limit]]


@router.get("/cases/{number}", response={200: s.CaseDetail, **MISSES})
def get_case(request: HttpRequest, number: s.Short) -> s.CaseDetail:
    """One case with its lines, obligations, events, and the steps open to the caller."""
    return detail(find_case(actor=who(request), number=number), who(request))


@router.post("/applications", response={200: s.CaseDetail, **MISSES})
def create(request: HttpRequest, body: s.ApplicationIn) -> s.CaseDetail:
    """Open a draft (6.1)."""
    actor = who(request)
    system = system_of(body.system, actor=actor)
    fields = body.dict(exclude={"system"})
    return detail(applications.create(system=system, actor=actor, at=timezone.now(), **fields), actor)


def _application(request: HttpRequest, number: str) -> Application:
    case = find_case(actor=who(request), number=number)
    if not isinstance(case, Application):
        raise NotFound(GONE)
    return case


@router.put("/applications/{number}/lines", response={200: s.CaseDetail, **MISSES})
def put_lines(request: HttpRequest, number: s.Short, body: list[s.LineIn]) -> s.CaseDetail:
    """Replace the resource list; every wrong line is named (6.2)."""
    case = _application(request, number)
    lines = [applications.LineInput(f"第 {n} 行", **line.dict()) for n, line in enumerate(body, 1)]
    applications.set_lines(case, lines=lines, actor=who(request), on=timezone.localdate())
    return detail(case, who(request))


@router.put("/applications/{number}/papers/{kind}", response={200: s.CaseDetail, **MISSES})
def put_paper(request: HttpRequest, number: s.Short, kind: s.Short, body: s.PaperIn) -> s.CaseDetail:
    """Say why a paper does not apply (6.2); files are handed in on the page."""
    case = _application(request, number)
    applications.set_paper(case, kind=kind, actor=who(request), reason=body.reason)
    return detail(case, who(request))


@router.put("/applications/{number}/sizing", response={200: s.CaseDetail, **MISSES})
def put_sizing(request: HttpRequest, number: s.Short, body: s.SizingIn) -> s.CaseDetail:
    """The basis of the demand (6.1)."""
    case = sizing.set_sizing(
        _application(request, number),
        figures=body.figures,
        basis=body.basis,
        actor=who(request),
        on=timezone.localdate(),
    )
    return detail(case, who(request))


@router.post("/cases/{number}/steps/{step}", response={200: s.CaseDetail, **MISSES})
def take_step(request: HttpRequest, number: s.Short, step: s.Short, body: s.StepIn) -> s.CaseDetail:
    """Take a step; a stale ``version`` is answered with 409. What it carries stands in ``data``, see ``open`` of a case."""
    actor = who(request)
    case = find_case(actor=actor, number=number)
    if isinstance(case, Settlement):
        raise NotFound(GONE)
    words = {"opinion": body.opinion} if body.opinion else {}
    words |= {"waiver": body.waiver} if body.waiver else {}
    with transaction.atomic():  # whose step it is comes before what it carries
        locked, row = begin(case, step, actor=actor, version=body.version)
        sent = with_files(doors.fields_of(locked, row), {**body.data, **words}, case=locked, actor=actor)
        doors.take(case, step, sent=sent, actor=actor, at=timezone.now())
    case.refresh_from_db()
    return detail(case, actor)


def _head(case: Case) -> dict[str, Any]:
    return {
        "number": case.number, "kind": case.kind, "title": case.title, "state": case.state, "state_zh": case.state_zh,
        "lane": case.lane, "unit": case.unit.name, "version": case.version, "moved_at": case.moved_at,
    }  # fmt: skip


def _case(case: Case) -> s.CaseOut:
    return s.CaseOut(**_head(case))


def detail(case: Case, actor: Actor) -> s.CaseDetail:
    """A case as the caller may see it."""
    return s.CaseDetail(**detail_of(case, actor))


def detail_of(case: Case, actor: Actor) -> dict[str, Any]:
    """What every case shows: its head, its lines, what is owed, what was done, the steps open to the caller."""
    if isinstance(case, Settlement):
        events, owed = settling.events_for(case, actor=actor), settling.owed_for(case, actor=actor)
    else:
        events = list(history(case=case))
        owed = list(case.obligations.filter(closed_at=None).select_related("holder", "case"))
    return {
        **_head(case),
        "lines": [s.LineOut.from_orm(line) for line in case.lines.all()] if isinstance(case, Application) else [],
        "obligations": [owed_out(o) for o in owed],
        "events": [_event(event) for event in events],
        "steps": [step.name for step in case.procedure.leaving(case.state) if may_take(case, step, actor)],
        "open": [] if isinstance(case, Settlement) else open_to(case, actor),
        "edits": edits_of(case, actor),
        "content": case.content(on=timezone.localdate()),
    }


def owed_out(owed: Obligation) -> s.ObligationOut:
    """A duty with what it brings about and how many working days are left."""
    step, receipt = owed.row, ("told_at", "opened_at")
    return s.ObligationOut(
        id=owed.pk, case=owed.case.number, title=owed.case.title, holder=owed.holder.name, role=owed.role,
        step=owed.step, label=step.duty, article=owed.article.zh, since=owed.since, received_on=owed.received_on,
        due_on=owed.due_on, working_days_left=days_left(owed, on=timezone.localdate()), provisional=owed.provisional,
        first_due_on=owed.first_due_on, follows=step.follows, lapse=step.lapse,
        closed_at=owed.closed_at, outcome=owed.outcome, **{name: getattr(owed, name, None) for name in receipt},
    )  # fmt: skip


def _event(event: Event) -> s.EventOut:
    return s.EventOut(
        sequence=event.sequence, step=event.step, at=event.at, organisation=event.actor_organisation,
        person=event.actor_name, article=event.article.zh, opinion=event.opinion, verdicts=event.verdicts,
    )  # fmt: skip
