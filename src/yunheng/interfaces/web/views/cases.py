"""The list of cases and the page of one."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.paginator import Paginator
from django.db.models import F, Min, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing.models import Settlement
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.services import sizing
from yunheng.domain.services.models import Application
from yunheng.foundation.notices.operations import opened
from yunheng.foundation.workflow.models import Case, Obligation
from yunheng.foundation.workflow.queries import SOONEST, cases, history
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.badges import badge
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views import casework, procedures, settlement
from yunheng.interfaces.web.views.files import XLSX
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.turns import clock_of, steps_for, turn_words
from yunheng.law.ch1_general.art03_scope import ASSET_OWNERS, BUILT_BY, CLASSES, PHASES, ZONES
from yunheng.law.ch2_use.art06_application import OTHER_PAPERS, PAPERS
from yunheng.law.kernel.machine import MACHINES, Machine

OPEN = Prefetch(
    "obligations", Obligation.objects.filter(closed_at=None).select_related("holder").order_by(*SOONEST), "open_duties"
)
SORTS: dict[str, tuple[Any, ...]] = {"moved": ("-moved_at", "-id"), "due": (F("due").asc(nulls_last=True), "-id")}


@page
def case_list(request: Asked) -> HttpResponse:
    """The cases that the reader may see, filtered, sorted, paged, or as a workbook."""
    found = _filtered(cases(actor=request.actor), request.GET)
    if request.GET.get("as") == "xlsx":
        return _workbook(found)
    pages = Paginator(found.prefetch_related(OPEN), 50)
    shown = pages.get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = [_list_row(case, today) for case in shown.object_list]
    query = request.GET.copy()
    values = {
        "rows": rows,
        "total": pages.count,
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "kinds": sorted(MACHINES.values(), key=lambda machine: (machine.cite.article, machine.zh)),
        "states": sorted({(s.name, s.zh) for machine in _asked_about(request.GET) for s in machine.states}),
        "export": f"?{query.urlencode()}&as=xlsx",
    }
    return render(request, "pages/case_list.html", values)


def _asked_about(asked: Any) -> list[Machine]:
    """The procedure that is asked for; all of them where none is."""
    chosen = MACHINES.get(asked.get("kind", ""))
    return [chosen] if chosen else list(MACHINES.values())


def _filtered(found: QuerySet[Case], asked: Any) -> QuerySet[Case]:
    words, state = asked.get("q", "").strip(), asked.get("state", "")
    if words:
        found = found.filter(
            Q(number__icontains=words) | Q(title__icontains=words) | Q(unit__short_name__icontains=words)
        )
    if asked.get("kind", "") in MACHINES:
        found = found.filter(kind=asked["kind"])
    if state:
        found = found.filter(state=state)
    if asked.get("late"):
        found = found.filter(obligations__closed_at=None, obligations__due_on__lt=timezone.localdate())
    open_now = Q(obligations__closed_at=None)
    found = found.annotate(due=Min("obligations__due_on", filter=open_now))
    return found.order_by(*SORTS.get(asked.get("sort", ""), SORTS["moved"]))


def _list_row(case: Case, today: date) -> dict[str, Any]:
    state = case.procedure.state(case.state)
    owed = next(iter(getattr(case, "open_duties", ())), None)
    if owed:
        owed.case = case
    return {
        "case": case,
        "badge": state.zh,
        "look": state.look,
        "turn": turn_words(owed) if owed else "—",
        "clock": clock_of(owed, today) if owed else None,
    }


def _workbook(found: QuerySet[Case]) -> HttpResponse:
    """Texts are written as texts: nothing that somebody typed becomes a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet("办件")
        sheet.set_column(0, 6, 20)
        for column, head in enumerate(("编号", "事项", "程序", "用户单位", "状态", "保障方式", "最近办理")):
            sheet.write_string(0, column, head)
        for row, case in enumerate(found.iterator(chunk_size=2000), 1):
            moved = timezone.localtime(case.moved_at)
            texts = (
                case.number,
                case.title,
                case.procedure.zh,
                case.unit.name,
                case.state_zh,
                case.lane,
                f"{moved:%F %R}",
            )
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
    answer = HttpResponse(buffer.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="cases.xlsx"'
    return answer


@page
def case_page(request: Asked, number: str) -> HttpResponse:
    """One case: where it stands, the facts, the list, the verdicts, the record, and what the reader can do."""
    case = find_case(actor=request.actor, number=number)
    opened(actor=request.actor, at=timezone.now(), case_id=case.pk)
    if isinstance(case, Settlement):
        return settlement.show(request, case)
    if not isinstance(case, Application):
        return procedures.show(request, case)
    today = timezone.localdate()
    events = list(history(case=case))
    steps = steps_for(case, request.actor)
    owed = list(case.obligations.filter(closed_at=None).select_related("holder", "case").order_by(*SOONEST))
    state = case.procedure.state(case.state)
    mine = any(o.holder_id == request.actor.organisation_id and request.actor.has(o.role, case.kind) for o in owed)
    values = {
        "case": case,
        "crumbs": [Crumb("办件", reverse("cases")), Crumb(case.procedure.zh), Crumb(case.number)],
        "badge": badge(state.zh, look=state.look, mine=mine),
        "steps": casework.bar(case, events, owed),
        "facts": _facts(case, today),
        "list": lines_of(case, today),
        "sizing_rows": sizing.compare(
            sizing.figures_of(case), case.lines.all(), jurisdiction_id=case.jurisdiction_id, on=today
        ),
        "verdicts": casework.latest_verdicts(events),
        "record": casework.record(events, owed),
        "papers": casework.papers_of(case, dict(PAPERS + OTHER_PAPERS)),
        "letters": casework.letters_of(case, request.actor),
        "clocks": [(turn_words(o), clock_of(o, today), o.article) for o in owed],
        "editable": case.state in ("draft", "returned") and request.actor.kind == "user_unit",
        "action_bar": casework.actions(case, request.actor, owed, steps),
        "other_steps": casework.others(case, steps),
    }
    return render(request, "pages/case.html", values)


def _facts(case: Application, today: date) -> list[tuple[str, object]]:
    system = case.system
    assert system is not None
    level = "一级预算单位" if case.unit.budget_level == 1 else "二级预算单位"
    return [
        ("用户单位", f"{case.unit.name}（{level}）"),
        ("系统等级与类别", f"等保{'零一二三四五'[system.mlps_level]}级 · {dict(CLASSES)[system.category]}"),
        ("网络区域", dict(ZONES)[system.network_zone]),
        ("所处阶段", dict(PHASES)[system.phase_on(today)]),
        ("资产归属／建设方式", f"{dict(ASSET_OWNERS)[system.asset_owner]}／{dict(BUILT_BY)[system.built_by]}"),
        ("期望开通", case.expected_on or "—"),
        ("申请事由", case.purpose or "—"),
        ("合同", case.contract.number if case.contract else "—"),
        ("云服务商", case.provider.short_name if case.provider else "—"),
    ]


def lines_of(case: Application, on: date) -> dict[str, Any]:
    """The resource list with yearly fees at the contract's prices of the day; totals are sums of the rows shown."""
    contract = case.contract
    prices = prices_on(contract=contract, on=on) if contract else {}
    rows: list[dict[str, Any]] = []
    for line in case.lines.all():
        price = prices.get(line.sku)
        rows.append(
            {
                "line": line,
                "applied_fee": annual_fee(price=price, quantity=line.quantity),
                "fee": annual_fee(price=price, quantity=line.granted),
                "cut": line.approved is not None and line.approved < line.quantity,
            }
        )
    applied, granted = annual_total(r["applied_fee"] for r in rows), annual_total(r["fee"] for r in rows)
    cut = applied - granted
    share = cut / applied if applied else Decimal(0)
    return {"rows": rows, "applied": applied, "granted": granted, "cut": cut, "share": share, "priced": bool(contract)}
