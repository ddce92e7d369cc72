"""Inventories beside the ledger: the runs, what is open and how old, and the sheet that a provider hands in (9.1, 22)."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from typing import Any

import xlsxwriter
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories import runs as taking
from yunheng.domain.services.inventories.connected import compare_connected, configured
from yunheng.domain.services.inventories.queries import OPEN, age, discrepancies, inventories
from yunheng.domain.services.inventories.reading import from_sheet, template
from yunheng.domain.services.models import Discrepancy, InventoryRun
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.systems import ledger_tabs
from yunheng.law.ch2_use.art09_difference_kinds import KINDS, OWNERS
from yunheng.law.kernel.citation import Cite, art
from yunheng.law.kernel.verdict import Verdict

SHOWN = 50
HEAD = ("编号", "差异", "事项", "用户单位", "云服务商", "系统", "由谁说明", "涉及条款", "发现日", "已发现（自然日）", "状态")  # fmt: skip


def hands_in(actor: Actor) -> bool:
    """Whether the reader may hand in an inventory."""
    return actor.kind == "provider" and (actor.has("delivery") or actor.has("monitor"))


@page
def runs(request: Asked) -> HttpResponse:
    """What is open, filtered and by age, and the inventories that it was found in."""
    actor, today = request.actor, timezone.localdate()
    known = discrepancies(actor=actor).filter(OPEN)
    found = _filtered(known, request.GET)
    if request.GET.get("as") == "xlsx":
        return download(_book(found, today), f"清单差异-{today}.xlsx", XLSX)
    shown = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query["as"] = "xlsx"
    values = {
        "rows": [_row(case, today) for case in shown.object_list],
        "total": shown.paginator.count,
        "sums": _sums(known),
        "export": f"?{query.urlencode()}",
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "kinds": [(kind, one.zh) for kind, one in KINDS.items()],
        "owners": OWNERS.items(),
        "units": Organisation.objects.filter(unit_cases__in=known.order_by().values("pk")).distinct(),
        "providers": Organisation.objects.filter(provider_cases__in=known.order_by().values("pk")).distinct(),
        "inventories": [(run, _counts(run)) for run in inventories(actor=actor)[:SHOWN]],
        "tabs": ledger_tabs("reconciliation"),
        "may_hand_in": hands_in(actor),
    }
    return render(request, "pages/reconciliation.html", values)


def _filtered(found: QuerySet[Discrepancy], asked: Any) -> QuerySet[Discrepancy]:
    if asked.get("kind") in KINDS:
        found = found.filter(difference=asked["kind"])
    if asked.get("owner") in OWNERS:
        found = found.filter(owner=asked["owner"])
    for name in ("unit", "provider"):
        if str(asked.get(name, "")).isdecimal():
            found = found.filter(**{f"{name}_id": min(int(asked[name]), 2**31)})
    return found


def _row(case: Discrepancy, today: date) -> dict[str, Any]:
    state = case.procedure.state(case.state)
    return {
        "case": case,
        "age": age(case, today),
        "cite": Cite.parse(case.article),
        "badge": state.zh,
        "look": state.look,
    }


def _sums(known: QuerySet[Discrepancy]) -> list[tuple[str, int]]:
    """How many of each kind are open."""
    counts = Counter(known.order_by().values_list("difference", flat=True))
    return [(one.zh, counts[kind]) for kind, one in KINDS.items()]


def _counts(run: InventoryRun) -> str:
    found = run.found
    words = [f"{zh} {found.get(key, 0)}" for key, zh in (("new", "新增"), ("continuing", "持续"), ("gone", "消除"))]
    return "，".join(words)


def _book(found: QuerySet[Discrepancy], today: date) -> bytes:
    """The differences as a workbook; texts are written as texts."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet("清单差异")
        for column, head in enumerate(HEAD):
            sheet.write_string(0, column, head)
        for number, case in enumerate(found.iterator(chunk_size=2000), 1):
            texts = (
                case.number, case.known.zh, case.title, case.unit.name, case.provider.name if case.provider else "",
                case.system.name if case.system else "", case.get_owner_display(), Cite.parse(case.article).zh,
                f"{case.found_on}", f"{age(case, today)}", case.state_zh,
            )  # fmt: skip
            for column, text in enumerate(texts):
                sheet.write_string(number, column, text)
        sheet.set_column(0, len(HEAD) - 1, 18)
    return buffer.getvalue()


@page
def one(request: Asked, number: str) -> HttpResponse:
    """One inventory: what was compared, and every difference that was first found in it."""
    run = inventories(actor=request.actor).filter(number=number).first()
    if run is None:
        raise NotFound("没有这份清单，或你无权查看", cite=art(9, 1))
    today = timezone.localdate()
    found = discrepancies(actor=request.actor).filter(found_in=run)
    shown = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    values = {
        "run": run,
        "facts": _facts(run),
        "verdict": Verdict.from_dict(run.verdict) if run.verdict else None,
        "rows": [_row(case, today) for case in shown.object_list],
        "total": shown.paginator.count,
        "pages": pages_of(request.GET.copy(), shown),
        "crumbs": [
            Crumb("资源台账", reverse("services")),
            Crumb("清单核对", reverse("reconciliation")),
            Crumb(run.number),
        ],
    }
    return render(request, "pages/inventory.html", values)


def _facts(run: InventoryRun) -> list[tuple[str, object]]:
    ways, found = run.found.get("ways", {}), run.found
    return [
        ("云服务商", run.provider.name),
        ("清单日期", run.as_of),
        ("来源", run.get_source_display()),
        ("报送", run.person.name if run.person else "系统"),
        ("行数", f"{run.rows_count:,}"),
        ("重复行（计一次）", f"{run.repeated:,}"),
        ("按服务编号对上", f"{ways.get('tag', 0):,}"),
        ("按实例对上", f"{ways.get('instance', 0):,}"),
        ("按系统和目录编码对上", f"{ways.get('place', 0):,}"),
        ("正在办理，暂不列差异", f"{found.get('under_way', 0):,}"),
        ("按量未报用量，未作判断", f"{found.get('unevaluated', 0):,}"),
        ("SM3", run.digest[:16]),
    ]


@page
def hand_in(request: Asked) -> HttpResponse:
    """Hand in a sheet; with a wrong row it is refused as a whole."""
    if not hands_in(request.actor):
        raise NotYours("资源清单由云服务商的交付或监测人员报送", cite=art(23), todo="交云服务商办理")
    problems: tuple[Problem, ...] = ()
    refusal = None
    if request.method == "POST":
        try:
            run = _taken(request)
        except BadInput as error:
            problems = error.problems
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已核对{run.number}，共{run.rows_count:,}行：{_counts(run)}")
            return redirect("inventory", number=run.number)
    values = {
        "problems": problems, "refusal": refusal, "today": request.POST.get("as_of") or timezone.localdate().isoformat(),
        "connector": Organisation.objects.get(pk=request.actor.organisation_id).credit_code in configured(),
        "most": settings.UPLOAD_MAX_BYTES // 1048576,
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb("清单核对", reverse("reconciliation")), Crumb("报送清单")],
    }  # fmt: skip
    return render(request, "pages/inventory_new.html", values, status=422 if problems or refusal else 200)


def _taken(request: Asked) -> InventoryRun:
    file, text = request.FILES.get("file"), request.POST.get("as_of", "")
    if file is None or (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1048576
        raise BadInput([Problem("文件", f"选择清单文件，不超过 {most} MB")], cite=art(23))
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput([Problem("清单日期", "须为 2026-01-31 这样的日期")], cite=art(23)) from error
    provider = Organisation.objects.get(pk=request.actor.organisation_id)
    return taking.compare(
        provider=provider, raws=from_sheet(file.read(), file.name or ""), as_of=day, source="sheet",
        actor=request.actor, at=timezone.now(),
    )  # fmt: skip


@page
def connected(request: Asked) -> HttpResponse:
    """Read the inventory from the provider's cloud and compare it."""
    if request.method != "POST":
        return redirect("inventory_new")
    if not hands_in(request.actor):
        raise NotYours("资源清单由云服务商的交付或监测人员报送", cite=art(23), todo="交云服务商办理")
    provider = Organisation.objects.get(pk=request.actor.organisation_id)
    run = compare_connected(provider=provider, actor=request.actor, at=timezone.now())
    messages.success(request, f"已核对{run.number}，共{run.rows_count:,}行：{_counts(run)}")
    return redirect("inventory", number=run.number)


@page
def sheet(request: Asked) -> HttpResponse:
    """An empty sheet with the columns."""
    return download(template(), "资源清单模板.xlsx", XLSX)
