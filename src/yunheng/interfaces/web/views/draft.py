"""Prepare an application: choose the system, fill in the particulars, the list and the papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.catalog.queries import items_on
from yunheng.domain.services import applications, sizing
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.change.fees import as_of
from yunheng.domain.services.change.sheets import write_list as write_changes
from yunheng.domain.services.models import Application, Change, Paper, ResourceLine
from yunheng.domain.services.sheets import read_list, write_list
from yunheng.domain.systems.queries import system_of, systems
from yunheng.foundation.documents import letters
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import read as read_attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem, Refusal
from yunheng.foundation.workflow.operations import GONE
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms import read
from yunheng.interfaces.web.forms.sizing import SizingForm
from yunheng.interfaces.web.views import procedures
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.law.ch2_use.art06_application import OTHER_PAPERS, PAPERS

EMPTY_ROWS = 3


@page
def new(request: Asked) -> HttpResponse:
    """Choose one of the unit's systems; that opens a draft."""
    own = systems(actor=request.actor)
    if request.method == "POST":
        system = system_of(request.POST.get("system", ""), actor=request.actor)
        case = applications.create(system=system, actor=request.actor, at=timezone.now())
        return redirect("draft", number=case.number)
    values = {
        "systems": own,
        "chosen": request.GET.get("system", ""),
        "unit": request.actor.kind == "user_unit",
        "openings": procedures.openings(request),
        "crumbs": [Crumb("办件", reverse("cases")), Crumb("新建办件")],
    }
    return render(request, "pages/new.html", values)


@page
def draft(request: Asked, number: str) -> HttpResponse:
    """The working page of a draft; each part is saved by itself, and nothing of another part is lost."""
    case = _application(request, number)
    refusal = None
    if request.method == "POST":
        try:
            _save(case, request)
        except Refusal as error:
            refusal = error
        else:
            if request.POST.get("do") != "compute":
                messages.success(request, "已保存")
                return redirect("draft", number=number)
        case.refresh_from_db()
    values = _values(case, request) | {"refusal": refusal} | _sizing_values(case, request, refusal)
    values["problems"] = refusal.problems if isinstance(refusal, BadInput) else ()
    return render(request, "pages/draft.html", values, status=refusal.status if refusal else 200)


def _application(request: Asked, number: str) -> Application:
    case = find_case(actor=request.actor, number=number)
    if not isinstance(case, Application):
        raise NotFound(GONE)
    return case


def _values(case: Application, request: Asked) -> dict[str, Any]:
    items = items_on(jurisdiction_id=case.jurisdiction_id, on=timezone.localdate())
    rows: list[dict[str, Any]] = [
        {
            "no": n,
            "sku": line.sku,
            "quantity": f"{line.quantity.normalize():f}",
            "spec": line.spec,
            "purpose": line.purpose,
            "trial": line.trial,
        }
        for n, line in enumerate(case.lines.all(), 1)
    ]
    if request.method == "POST" and request.POST.get("part") == "lines":
        rows = _typed(request.POST)
    rows += [{"no": len(rows) + n, "sku": "", "quantity": ""} for n in range(1, EMPTY_ROWS + 1)]
    held = {paper.kind: paper for paper in case.papers.select_related("attachment")}
    return {
        "case": case,
        "crumbs": [
            Crumb("办件", reverse("cases")),
            Crumb(case.number, reverse("case", args=[case.number])),
            Crumb("修改内容"),
        ],
        "items": sorted(items.values(), key=lambda item: item.code),
        "rows": rows,
        "papers": [
            {"kind": kind, "zh": zh, "held": held.get(kind), "typed": _reason(request, kind)}
            for kind, zh in PAPERS + OTHER_PAPERS
        ],
        "typed": _particulars(case, request),
        "filled": {"list": bool(len(rows) > EMPTY_ROWS), "sizing": bool(case.sizing)},
    }


def _particulars(case: Application, request: Asked) -> Any:
    """The particulars as typed, or as stored."""
    if request.POST.get("part") == "particulars":
        return request.POST
    return {
        "purpose": case.purpose,
        "expected_on": case.expected_on.isoformat() if case.expected_on else "",
        "wants_coverage": "yes" if case.wants_coverage else "no",
        "money_source": case.money_source,
    }


def _reason(request: Asked, kind: str) -> str:
    """Why a paper does not apply, as typed just now."""
    posted = request.POST
    return str(posted.get("reason", "")) if (posted.get("part"), posted.get("kind")) == ("paper", kind) else ""


def _typed(posted: Any) -> list[dict[str, Any]]:
    fields = ("sku", "quantity", "spec", "purpose")
    columns = [posted.getlist(field) for field in fields]
    rows: list[dict[str, Any]] = [
        dict(zip(fields, values, strict=True)) for values in zip_longest(*columns, fillvalue="")
    ]
    ticked = set(posted.getlist("trial"))  # a box that is not ticked is not sent: its value is its row
    for n, row in enumerate(rows, 1):
        row["trial"] = f"{n}" in ticked
    return [{"no": n, **row} for n, row in enumerate((r for r in rows if r["sku"] or r["quantity"]), 1)]


def _save(case: Application, request: Asked) -> None:
    """Save the part that was posted: particulars, lines, workbook, paper, sizing."""
    part, posted, actor = request.POST.get("part", ""), request.POST, request.actor
    today = timezone.localdate()
    if part == "particulars":
        expected = posted.get("expected_on", "")
        applications.describe(
            case,
            actor=actor,
            purpose=posted.get("purpose", "").strip(),
            expected_on=_day(posted) if expected else None,
            wants_coverage=posted.get("wants_coverage") == "yes",
            money_source=posted.get("money_source", "").strip()[:100],
        )
    elif part == "lines":
        problems: list[Problem] = []
        held = {line.no: line for line in case.lines.all()}
        lines = [_line(row, problems, held.get(row["no"])) for row in _typed(posted)]
        if problems:
            raise BadInput(problems)
        applications.set_lines(case, lines=lines, actor=actor, on=today)
    elif part == "workbook":
        file = request.FILES.get("file")
        if file is None:
            raise BadInput([Problem("文件", "选择要导入的 xlsx 文件")])
        applications.set_lines(case, lines=read_list(file.read()), actor=actor, on=today)
    elif part == "paper":
        _save_paper(case, request)
    elif part == "sizing":
        form = SizingForm(posted)
        if posted.get("do") == "compute":
            given = {name: text for name, text in form.figures.items() if text}
            sizing.demands(given, jurisdiction_id=case.jurisdiction_id, on=today)
        else:
            sizing.set_sizing(case, figures=form.figures, basis=form.basis, actor=actor, on=today)


def _day(posted: Any) -> date:
    problems: list[Problem] = []
    day = read.day(posted, "expected_on", "期望开通日", problems)
    if problems:
        raise BadInput(problems)
    return day


def _line(row: dict[str, Any], problems: list[Problem], held: ResourceLine | None) -> LineInput:
    """A typed line; what the page does not show is kept where the product is still the same."""
    where = f"第 {row['no']} 行"
    quantity = read.number(row, "quantity", where, problems)
    line = LineInput(
        where, row["sku"], quantity, spec=row.get("spec", "")[:200], purpose=row.get("purpose", "")[:120],
        trial=row["trial"],
    )  # fmt: skip
    if held is None or held.sku != line.sku:
        return line
    return replace(line, zone=held.zone, environment=held.environment, note=held.note)


def _sizing_values(case: Application, request: Asked, refusal: Refusal | None) -> dict[str, Any]:
    """The worksheet as it was typed, or as it is stored, with what it gives."""
    typed = request.POST.get("part") == "sizing"
    form = SizingForm(request.POST) if typed else SizingForm(initial=case.sizing)
    figures = form.figures if typed else sizing.figures_of(case)
    if typed and isinstance(refusal, BadInput):
        form.take(refusal)
        return {"sizing_form": form, "sizing_rows": []}
    given = {name: text for name, text in figures.items() if text}
    rows = sizing.compare(given, case.lines.all(), jurisdiction_id=case.jurisdiction_id, on=timezone.localdate())
    return {"sizing_form": form, "sizing_rows": rows, "sizing_typed": typed}


def _save_paper(case: Application, request: Asked) -> None:
    kind, file = request.POST.get("kind", ""), request.FILES.get("file")
    attachment = None
    if file is not None:
        attachment = store(
            content=file.read(), filename=file.name or "", kind=kind, jurisdiction_id=case.jurisdiction_id,
            person_id=request.actor.person_id, at=timezone.now(), case_id=case.pk,
        )  # fmt: skip
    applications.set_paper(
        case, kind=kind, actor=request.actor, attachment=attachment, reason=request.POST.get("reason", "")
    )


@page
def export_lines(request: Asked, number: str) -> HttpResponse:
    """The resource list as a workbook that can be imported again."""
    case = find_case(actor=request.actor, number=number)
    if isinstance(case, Change):
        return download(write_changes(case, on=as_of(case, timezone.localdate())), f"{case.number}.xlsx", XLSX)
    return download(write_list(_application(request, number)), f"{case.number}.xlsx", XLSX)


@page
def attachment(request: Asked, number: str, paper: int) -> HttpResponse:
    """A paper as it was handed in; never shown inline."""
    case = find_case(actor=request.actor, number=number)
    held: Attachment | None = next((p.attachment for p in Paper.objects.filter(case=case.pk, pk=paper)), None)
    if held is None:
        raise NotFound("没有这份材料，或你无权查看")
    return download(read_attachment(held), held.filename, held.media_type)


@page
def letter(request: Asked, number: str, pk: int, form: str) -> HttpResponse:
    """A letter as PDF, or as an editable DOCX."""
    case = find_case(actor=request.actor, number=number)
    found = next((held for held in letters.readable(case, request.actor) if held.pk == pk), None)
    if found is None or form not in ("pdf", "docx"):
        raise NotFound("没有这份文书，或你无权查看")
    if form == "pdf":
        return download(letters.sealed(found), f"{found.number}.pdf", "application/pdf")
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return download(letters.docx(found), f"{found.number}.docx", media)
