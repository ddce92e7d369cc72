"""One page and one act per step: the form says the consequence, the post calls the operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing.models import Settlement
from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import contracts
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import GONE, begin, may_take
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms import read
from yunheng.interfaces.web.views import procedures, settlement_steps
from yunheng.interfaces.web.views.turns import who_can
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.terms import WorkingDays, due_on

PER_LINE = {"recommend", "report_opened", "confirm_opening", "dispute_resources", "drop_lines"}


@page
def step(request: Asked, number: str, name: str) -> HttpResponse:
    """Show the step, or take it."""
    case = find_case(actor=request.actor, number=number)
    if isinstance(case, Settlement):
        return settlement_steps.show(request, case, name)
    if not isinstance(case, Application):
        return procedures.step(request, case, name)
    row = case.procedure.find(case.state, name)
    if row is None and not case.procedure.named(name):
        raise NotFound(GONE)
    refusal = None
    if request.method == "POST":
        try:
            take(case, name, request.POST, request.actor, timezone.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已{(row or case.procedure.named(name)[0]).label}。{_due_words(case)}")
            return redirect("case", number=number)
        case.refresh_from_db()
        row = case.procedure.find(case.state, name)
    if row is None:
        messages.warning(request, str(refusal.message) if refusal else f"{case.state_zh}状态下不能办理这一步")
        return redirect("case", number=number)
    if not may_take(case, row, request.actor):
        raise NotYours(f"只有{who_can(row)}可以{row.label}", cite=row.under, todo=f"交{who_can(row)}办理")
    values = _values(request, case, row) | {"refusal": refusal, "posted": request.POST}
    return render(request, "pages/step.html", values, status=refusal.status if refusal else 200)


def _values(request: Asked, case: Application, row: Step) -> dict[str, Any]:
    today = timezone.localdate()
    statuses = {"confirm_opening": {"reported"}, "report_opened": {"pending"}, "dispute_resources": {"reported"}}
    wanted = statuses.get(row.name, {"pending", "reported"})
    lines = [line for line in case.lines.all() if row.name == "recommend" or line.status in wanted]
    return {
        "case": case,
        "step": row,
        "crumbs": [
            Crumb("办件", reverse("cases")),
            Crumb(case.number, reverse("case", args=[case.number])),
            Crumb(row.label),
        ],
        "lines": lines if row.name in PER_LINE else [],
        "contracts": contracts_for(case, request.actor) if row.name == "recommend" else [],
        "today": today,
        "consequence": _consequence(case, row),
        "waivable": row.name == "approve",
    }


def contracts_for(case: Application, actor: Actor) -> list[Contract]:
    """The contracts that may serve a case: the covered ones and the unit's own, in force today, the newest first."""
    today = timezone.localdate()
    found = contracts(actor=actor).filter(starts_on__lte=today, ends_on__gt=today).order_by("-starts_on", "number")
    return [c for c in found if c.lane == "covered" or c.buyer_id == case.unit_id]


def _consequence(case: Application, row: Step) -> str:
    """What follows, with the day worked out where the step starts a term."""
    if row.name not in ("approve", "notify", "dispute_resources"):
        return row.follows
    today = timezone.localdate()
    term: WorkingDays = parameters_on(today, case.jurisdiction_id)["open_service_term"]
    due = due_on(today, term, calendar_for(case.jurisdiction_id))
    provider = case.provider.name if case.provider else "云服务商"
    return f"{row.follows}。今天办理，{provider}须在 {day_with_weekday(due)}24:00 前开通"


def _due_words(case: Application) -> str:
    owed = case.obligations.filter(closed_at=None).exclude(due_on=None).select_related("holder").first()
    return f"{owed.holder.name}须在 {day_with_weekday(owed.due_on)}24:00 前办理" if owed and owed.due_on else ""


def take(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    """Call the operation of a step with what was posted. Raises a Refusal."""
    version = posted.get("version", "")
    seen = int(version) if version.isdecimal() else None
    with transaction.atomic():
        begin(case, name, actor=actor, version=seen)  # whose step it is comes before what it carries
        SPECIAL.get(name, _plain)(case, name, posted, actor, at)


def _recommend(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    problems: list[Problem] = []
    grants = {
        line.no: operations.Cut(
            read.number(posted, f"approved-{line.no}", f"第 {line.no} 行 {line.name}", problems),
            posted.get(f"reason-{line.no}", ""),
        )
        for line in case.lines.all()
    }
    contract = next((c for c in contracts_for(case, actor) if str(c.pk) == posted.get("contract")), None)
    if contract is None:
        problems.append(Problem("合同", "选择计价的合同"))
    if problems or contract is None:
        raise BadInput(problems)
    operations.recommend(case, grants=grants, contract=contract, actor=actor, at=at, opinion=posted.get("opinion", ""))


def _report(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    problems: list[Problem] = []
    names = {line.no: line.name for line in case.lines.all()}
    reports = [
        operations.Report(
            no,
            read.number(posted, f"quantity-{no}", f"第 {no} 行 {names.get(no, '')}", problems),
            read.day(posted, f"actual-{no}", f"第 {no} 行 {names.get(no, '')}", problems),
            instances=posted.get(f"instances-{no}", ""),
            plugin=posted.get(f"plugin-{no}", ""),
        )
        for no in read.chosen(posted)
    ]
    if problems:
        raise BadInput(problems)
    operations.report_opened(case, reports=reports, actor=actor, at=at)


def _confirm(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    problems: list[Problem] = []
    day = read.day(posted, "day", "正式开通日期", problems)
    if problems:
        raise BadInput(problems)
    operations.confirm_opening(
        case,
        day=day,
        line_nos=read.chosen(posted),
        actor=actor,
        at=at,
        reason=posted.get("opinion", ""),
    )


def _mediate(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    problems: list[Problem] = []
    day = read.day(posted, "day", "调解日期", problems)
    if problems:
        raise BadInput(problems)
    operations.mediate(case, day=day, actor=actor, at=at, opinion=posted.get("opinion", ""), step=name)


def _plain(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
    words = {"opinion": posted.get("opinion", ""), "waiver": posted.get("waiver", "")}
    operations.take(case, name, actor=actor, at=at, **words)


def _lines(operation: Callable[..., Any]) -> Callable[..., None]:
    def act(case: Application, name: str, posted: Any, actor: Actor, at: datetime) -> None:
        operation(case, line_nos=read.chosen(posted), opinion=posted.get("opinion", ""), actor=actor, at=at)

    return act


SPECIAL: dict[str, Callable[..., None]] = {
    "recommend": _recommend,
    "report_opened": _report,
    "confirm_opening": _confirm,
    "mediate": _mediate,
    "mediate_at_bureau": _mediate,
    "dispute_resources": _lines(operations.dispute_resources),
    "drop_lines": _lines(operations.drop_lines),
}
