"""One settlement: statement beside recomputation, the units' word, the package, and what the reader can do (16)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing import use_missing
from yunheng.domain.billing.models import Settlement, UnitPart
from yunheng.domain.billing.settlement import comparing, facts, queries
from yunheng.domain.billing.settlement import workbook as books
from yunheng.domain.billing.settlement.late_release import LateRelease, late_releases
from yunheng.foundation.notices.operations import opened
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.operations import GONE
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.badges import badge
from yunheng.interfaces.web.components.dates import long_day
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Crumb, Fact, Pages
from yunheng.interfaces.web.views import casework
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.turns import steps_for
from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.period import Period

ZERO, PER_PAGE, MOST_DIFFERENCES = Decimal("0.00"), 100, 200
STATUS = {
    "confirmed": ("已确认", "ok"),
    "queried": ("待答复", "soon"),
    "answered": ("已答复", "run"),
    "waiting": ("未答复", "grey"),
}


def settlement_of(request: Asked, number: str) -> Settlement:
    """The settlement of that number. Raises NotFound."""
    case = find_case(actor=request.actor, number=number)
    if not isinstance(case, Settlement):
        raise NotFound(GONE)
    return case


@page
def page_of(request: Asked, number: str) -> HttpResponse:
    """The page by its own address."""
    case = settlement_of(request, number)
    opened(actor=request.actor, at=timezone.now(), case_id=case.pk)
    return _shown(request, case)


def show(request: Asked, case: Settlement) -> HttpResponse:
    """From the list of cases to the page below 资金结算."""
    return redirect("settlement", number=case.number)


def _shown(request: Asked, case: Settlement) -> HttpResponse:
    actor = request.actor
    events, owed = queries.events_for(case, actor=actor), queries.owed_for(case, actor=actor)
    state, steps = case.procedure.state(case.state), steps_now(case, actor, owed)
    found, parts = queries.differences_for(case, actor=actor), list(queries.parts_for(case, actor=actor))
    late = late_releases(case, actor=actor)
    mine = any(o.holder_id == actor.organisation_id and actor.has(o.role, case.kind) for o in owed)
    last = case.period_to - timedelta(days=1)
    values = {
        "case": case,
        "whole": actor.kind in queries.WHOLE,
        "crumbs": [Crumb("资金结算", reverse("bill")), Crumb("年度结算", reverse("settlements")), Crumb(f"账单 {case.number}")],
        "badge": badge(state.zh, look=state.look, mine=mine),
        "lead": f"{case.contract.provider.name}，{long_day(case.period_from)}至{long_day(last)}",
        "steps": casework.bar(case, events, owed),
        "sums": _sums(case, found, parts, whole=actor.kind in queries.WHOLE),
        "differences": [(d, Cite.parse(d.cite)) for d in found[:MOST_DIFFERENCES]],
        "beyond": max(0, len(found) - MOST_DIFFERENCES),
        "stated": sum((d.stated for d in found), ZERO),
        "due": sum((d.due for d in found), ZERO),
        "reconciled": _reconciled(found, late),
        "late_releases": late,
        "unrecorded": _unrecorded(case) if actor.kind in queries.WHOLE else "",
        "parts": [(part, *STATUS[part.status]) for part in parts],
        "answered": _answered(parts),
        "adjustments": list(queries.lines_for(case, actor=actor).filter(adjustment=True)[:MOST_DIFFERENCES]),
        "account": _account(case) if actor.kind in queries.WHOLE else [],
        "verdicts": casework.latest_verdicts(events) if actor.kind in queries.WHOLE else [],
        "record": casework.record(events, owed),
        "letters": casework.letters_of(case, actor),
        "action_bar": casework.actions(case, actor, owed, steps),
        "other_steps": casework.others(case, steps),
    }  # fmt: skip
    return render(request, "pages/settlement.html", values)


def steps_now(case: Settlement, actor: Actor, owed: list[Obligation]) -> list[Step]:
    """What the reader may do now; what is not asked of the reader is left out."""
    waiting = {o.step for o in owed if o.holder_id == actor.organisation_id}
    idle = {"answer", "unit_confirm"} - waiting
    if not case.differences.exists():
        idle.add("adjust")
    if case.parts.filter(unit_id=actor.organisation_id, queried_at__isnull=False, answered_at=None).exists():
        idle.add("unit_query")
    return [step for step in steps_for(case, actor) if step.name not in idle]


def _sums(case: Settlement, found: list[Any], parts: list[UnitPart], *, whole: bool) -> dict[str, Any]:
    """Stated, recomputed and the difference, for the whole statement or for the reader's part."""
    stated = sum((part.fund + part.own for part in parts), ZERO)
    if whole and case.compared:
        stated = Decimal(case.compared["stated_fund"]) + Decimal(case.compared["stated_unit"])
    over = sum((d.stated - d.due for d in found), ZERO)
    kinds = {kind: sum(d.kind == kind for d in found) for kind in ("amount", "payer", "missing", "absent")}
    return {
        "stated": stated,
        "due": stated - over,
        "over": abs(over),
        "delta": -over,
        "word": "多计" if over > 0 else "少计" if over < 0 else "相差",
        "rows": [
            Fact("逐行一致", f"{case.compared.get('same', 0):,} 行") if whole else Fact("差异", f"{len(found)} 行"),
            Fact("金额不一致", f"{kinds['amount'] + kinds['missing'] + kinds['absent']:,} 行"),
            Fact("金额一致、承担方不一致", f"{kinds['payer']:,} 行"),
        ],
    }  # fmt: skip


def _reconciled(found: list[Any], late: list[LateRelease]) -> list[Fact]:
    """Both ways: what runs and is not billed, what is billed and is not there; what was released too late (R-007)."""
    missing = {d.service_number for d in found if d.kind == "missing"}
    absent = {d.service_number for d in found if d.kind == "absent"}
    rows = [Fact("在运行、未入账", f"{len(missing)} 项"), Fact("已入账、查无或不应计", f"{len(absent)} 项")]
    words = f"{len(late)} 项，{yuan(sum((row.amount for row in late), ZERO))} 元" if late else "0 项"
    return [*rows, Fact("退出逾期释放，可争议", words)]


def _unrecorded(case: Settlement) -> str:
    """What is charged by use and has months without a record, in words; they are not charged (15.1)."""
    period = Period(case.period_from, case.period_to)
    return use_missing.words(use_missing.missing(contracts=[case.contract], period=period, today=timezone.localdate()))


def _answered(parts: list[UnitPart]) -> dict[str, Any]:
    count = {status: sum(part.status == status for part in parts) for status in STATUS}
    rows = [Fact("已确认", f"{count['confirmed']} 家"), Fact("提出疑问", f"{count['queried'] + count['answered']} 家"),
            Fact("未答复", f"{count['waiting']} 家")]  # fmt: skip
    return {"rows": rows, "confirmed": count["confirmed"], "of": max(1, len(parts))}


def _account(case: Settlement) -> list[Fact]:
    if case.accounted is None:
        return []
    asked = facts.submitted(case)
    rows = [
        Fact("送审", f"{yuan(asked)} 元"),
        Fact("核减", f"{yuan(asked - case.accounted)} 元"),
        Fact("审定", f"{yuan(case.accounted)} 元"),
    ]
    if case.payable is not None:
        rows.append(Fact("应付", f"{yuan(case.payable)} 元"))
    return rows


@page
def lines(request: Asked, number: str) -> HttpResponse:
    """The statement line by line, a hundred at a time after the number ``after``; the number of lines does not matter."""
    case = settlement_of(request, number)
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    found = queries.lines_for(case, actor=request.actor).filter(no__gt=after)
    shown = list(found.prefetch_related("unit__former_names")[: PER_PAGE + 1])
    following = f"?after={shown[PER_PAGE - 1].no}" if len(shown) > PER_PAGE else ""
    values = {
        "case": case,
        "lines": shown[:PER_PAGE],
        "pages": Pages("?" if after else "", following, f"第 {shown[0].no} 行起" if shown else ""),
        "crumbs": [
            Crumb("年度结算", reverse("settlements")),
            Crumb(f"账单 {case.number}", reverse("settlement", args=[case.number])),
            Crumb("账单明细"),
        ],
    }
    return render(request, "pages/settlement_lines.html", values)


@page
def workbook(request: Asked, number: str) -> HttpResponse:
    """The eight sheets."""
    case = settlement_of(request, number)
    return download(books.settlement_book(case, actor=request.actor), f"{case.number}-结算.xlsx", XLSX)


@page
def package(request: Asked, number: str) -> HttpResponse:
    """The settlement package, for whoever sees the statement as a whole."""
    case = settlement_of(request, number)
    if request.actor.kind not in queries.WHOLE:
        raise NotFound("结算包含有其他单位的数据，不向单个单位提供", todo="本单位的明细可导出 xlsx")
    return download(comparing.package_of(case), f"{case.number}.zip", "application/zip")
