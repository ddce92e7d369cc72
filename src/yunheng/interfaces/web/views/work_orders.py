"""The provider's work orders on a page: taken up, reported step by step, or as a workbook out and in again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Conflict, NotFound, Problem
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.operations import may_take
from yunheng.foundation.workflow.orders import queries, reports
from yunheng.foundation.workflow.orders.returns import Result, take_in
from yunheng.foundation.workflow.orders.sheets import write_orders
from yunheng.foundation.workflow.queries import SOONEST, concrete
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Tab
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.turns import clock_of, href_of
from yunheng.law.kernel.machine import MACHINES

ROWS = 50
LARGEST = 20 * 1024 * 1024  # bytes of a workbook that is handed in
LOOKS = {"offered": "run", "accepted": "ok", "done": "ok", "withdrawn": "grey"}


@page
def work_orders(request: Asked) -> HttpResponse:
    """The orders of the reader's organisation with their clocks; there is no such page for anybody but a provider."""
    if request.actor.kind != "provider":
        raise NotFound("没有这个页面")
    if request.POST.get("do") == "accept":
        return _accept(request)
    problems: tuple[Problem, ...] = ()
    results: list[Result] = []
    if request.method == "POST":
        try:
            results = _import(request)
        except BadInput as refusal:
            problems = refusal.problems
    if request.GET.get("as") == "xlsx":
        today = timezone.localdate()
        content = write_orders(_found(request, "open"), actor=request.actor, on=today)
        return download(content, f"工单{today:%Y%m%d}.xlsx", XLSX)
    values = {"problems": problems, "results": [(one, reports.WORDS[one.act]) for one in results]}
    return render(request, "pages/work_orders.html", values | _list(request), status=422 if problems else 200)


def _accept(request: Asked) -> HttpResponse:
    number, seen = request.POST.get("order", ""), request.POST.get("revision", "")
    revision = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1
    try:
        reports.accept(number=number, revision=revision, actor=request.actor, at=timezone.now())
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"已接单：{number}。时限照常计算")
    return redirect("work_orders")


def _import(request: Asked) -> list[Result]:
    file = request.FILES.get("file")
    if file is None:
        raise BadInput([Problem("文件", "选择要导入的 xlsx 文件")])
    if (file.size or 0) > LARGEST:
        raise BadInput([Problem("文件", "文件过大，分几次导入")])
    return take_in(file.read(), actor=request.actor, at=timezone.now())


def _found(request: Asked, state: str) -> QuerySet[Obligation]:
    wanted = request.GET.get("state", "")
    state = wanted if wanted in ("offered", "accepted") and state == "open" else state
    return queries.orders(actor=request.actor, state=state, kind=request.GET.get("kind", "")).order_by(*SOONEST, "pk")


def _list(request: Asked) -> dict[str, Any]:
    today, closed = timezone.localdate(), bool(request.GET.get("closed"))
    found = _found(request, "closed" if closed else "open")
    paged = Paginator(found.order_by("-closed_at", "-pk") if closed else found, ROWS)
    shown, query = paged.get_page(request.GET.get("page")), request.GET.copy()
    query["as"] = "xlsx"
    query.pop("page", None)
    mine = queries.orders(actor=request.actor).order_by().values_list("case__kind", flat=True).distinct()
    return {
        "rows": [_row(owed, request.actor, today) for owed in shown.object_list],
        "words": f"共 {paged.count} 件",
        "pages": pages_of(request.GET.copy(), shown),
        "tabs": [Tab("未办结", "?", not closed), Tab("已办结", "?closed=on", closed)],
        "closed": closed,
        "kind": request.GET.get("kind", ""),
        "state": request.GET.get("state", ""),
        "kinds": [(kind, machine.zh) for kind, machine in MACHINES.items() if kind in set(mine)],
        "states": [(name, queries.STATES[name]) for name in ("offered", "accepted")],
        "export": f"?{query.urlencode()}",
        "filtered": bool(request.GET.get("kind") or request.GET.get("state")),
    }


def _row(owed: Any, actor: Actor, today: date) -> dict[str, Any]:
    """An order as the table shows it, with what the reader can do."""
    case, step, state = concrete(owed.case), owed.row, queries.state_of(owed)
    is_open, name = not owed.closed_at, queries.OBSTACLE_STEP
    obstacle = is_open and queries.may_report_obstacle(case, actor)
    return {
        "owed": owed,
        "step": step,
        "state": (queries.STATES[state], LOOKS[state]),
        "href": reverse("case", args=[case.number]),
        "clock": clock_of(owed, today) if state != "withdrawn" else None,
        "accept": state == "offered" and actor.has(owed.role, case.kind),
        "take": href_of(case, step) if is_open and may_take(case, step, actor) else "",
        "obstacle": reverse("step", args=[case.number, name]) if obstacle else "",
    }
