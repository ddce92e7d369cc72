"""The registration of what ran before the platform: opened by the bureau, listed by the provider, a case per unit (26)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories.connected import configured
from yunheng.domain.services.inventories.reading import from_sheet
from yunheng.domain.services.models import Intake, InventoryRun, Registration
from yunheng.domain.services.registrations import intakes, queries
from yunheng.domain.services.registrations.sheets import write_review
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem, Refusal
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.reconciliation import hands_in
from yunheng.interfaces.web.views.systems import ledger_tabs
from yunheng.law.kernel.citation import art

GONE = "没有这次存量登记，或你无权查看"
SHOWN = 50


@page
def registrations(request: Asked) -> HttpResponse:
    """The intakes, and a case per unit, whose turn it is and since when; the bureau's approver opens one for a provider."""
    actor, today = request.actor, timezone.localdate()
    problems: tuple[Problem, ...] = ()
    refusal = None
    if request.method == "POST":
        try:
            made = _opened(request)
        except BadInput as error:
            problems = error.problems
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已开始{made.provider.short_name}的存量登记，由其报送 {made.day} 的清单")
            return redirect("registrations")
    known = queries.registrations(actor=actor)
    asked = request.GET.get("state", "")
    found = known if asked == "all" else known.filter(state=asked) if asked else known.filter(queries.OPEN)
    shown = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    seen = list(queries.intakes(actor=actor))
    values = {
        "rows": [_row(case, today) for case in shown.object_list],
        "total": shown.paginator.count,
        "pages": pages_of(request.GET.copy(), shown),
        "state": asked,
        "known": known.exists(),
        "states": [(one.name, one.zh) for one in Registration.machine.states],
        "intakes": [(one, queries.sums(one), len(queries.unclaimed(one))) for one in seen],
        "may_hand_in": hands_in(actor) and any(one.closed_at is None for one in seen),
        "may_open": _opens(actor),
        "problems": problems,
        "refusal": refusal,
        "providers": Organisation.objects.filter(jurisdiction_id=actor.jurisdiction_id, kind="provider", intakes=None),
        "today": today.isoformat(),
        "tabs": ledger_tabs("registrations"),
    }
    return render(request, "pages/registrations.html", values, status=422 if problems or refusal else 200)


def _opens(actor: Actor) -> bool:
    return actor.kind == "bureau" and actor.has("approver")


def _row(case: Any, today: date) -> dict[str, Any]:
    """A case with who holds it, what is owed and for how many days."""
    turns = [
        (owed.holder.short_name, owed.row.label, (today - timezone.localdate(owed.since)).days) for owed in case.owed
    ]
    return {"case": case, "state": case.procedure.state(case.state), "turns": turns}


def _opened(request: Asked) -> Intake:
    asked = request.POST.get("provider", "")
    known = Organisation.objects.filter(jurisdiction_id=request.actor.jurisdiction_id, credit_code=asked).first()
    problems = [] if known else [Problem("云服务商", "从列出的云服务商中选择")]
    day = None
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        problems.append(Problem("存量日期", "须为 2026-01-31 这样的日期"))
    if known is None or day is None:
        raise BadInput(problems, cite=art(26))
    return intakes.open_intake(provider=known, day=day, actor=request.actor, at=timezone.now())


def _one(request: Asked, pk: int) -> Intake:
    found = queries.intakes(actor=request.actor).filter(pk=min(pk, 2**31)).first()
    if found is None:
        raise NotFound(GONE, cite=art(26))
    return found


@page
def close(request: Asked, pk: int) -> HttpResponse:
    """Nothing more is listed."""
    intake = _one(request, pk)
    if request.method == "POST":
        intakes.close_intake(intake, actor=request.actor, at=timezone.now())
        messages.success(request, f"已结束{intake.provider.short_name}的存量报送")
    return redirect("intake", pk=pk)


@page
def intake(request: Asked, pk: int) -> HttpResponse:
    """One intake: what was handed in, what is nobody's yet; the provider hands in what ran on the day."""
    known = _one(request, pk)
    may_hand_in = hands_in(request.actor) and known.closed_at is None
    problems: tuple[Problem, ...] = ()
    refusal = None
    if request.method == "POST":
        try:
            taken = _taken(request, known)
        except BadInput as error:
            problems = error.problems
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _words(taken))
            return redirect("intake", pk=pk)
    loose = queries.unclaimed(known)
    if request.GET.get("as") == "xlsx":
        return download(queries.unclaimed_sheet(loose), f"待认领-{known.provider.short_name}.xlsx", XLSX)
    today, sums = timezone.localdate(), queries.sums(known)
    values: dict[str, Any] = {
        "intake": known, "problems": problems, "refusal": refusal, "may_hand_in": may_hand_in,
        "wrong": f"没有收下任何一行，共 {len(problems)} 处需要修改", "may_close": _opens(request.actor) and known.closed_at is None, "most": settings.UPLOAD_MAX_BYTES // 1048576,
        "connector": may_hand_in and known.provider.credit_code in configured(),
        "facts": _facts(known, sums, len(loose)), "loose": [(one, one.age(today)) for one in loose[:SHOWN]],
        "loose_total": len(loose), "runs": InventoryRun.objects.filter(provider=known.provider, purpose="golive"),
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb("存量登记", reverse("registrations")), Crumb(known.provider.short_name)],
    }  # fmt: skip
    return render(request, "pages/intake.html", values, status=422 if problems or refusal else 200)


def _facts(known: Intake, sums: dict[str, int], loose: int) -> list[tuple[str, object]]:
    return [
        ("云服务商", known.provider.name),
        ("存量日期", known.day),
        ("状况", "已结束报送" if known.closed_at else "报送中"),
        ("待单位确认", f"{sums['listed']:,} 行"),
        ("待决定入账", f"{sums['confirmed']:,} 行"),
        ("待认领", f"{loose:,} 行"),
        ("已入账", f"{sums['entered']:,} 行"),
        ("不入账", f"{sums['left']:,} 行"),
    ]


def _words(taken: intakes.Taken) -> str:
    words = f"{taken.run.number}：{taken.listed:,} 行已交 {taken.units} 个单位确认，{taken.known:,} 行此前已有"
    return f"{words}，{taken.unclaimed:,} 行待认领" if taken.unclaimed else words


def _taken(request: Asked, known: Intake) -> intakes.Taken:
    actor, at = request.actor, timezone.now()
    if request.POST.get("way") == "connector":
        return intakes.take_in_connected(intake=known, actor=actor, at=at)
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1048576
        raise BadInput([Problem("文件", f"选择清单文件，不超过 {most} MB")], cite=art(26))
    raws = from_sheet(file.read(), file.name or "")
    return intakes.take_in(intake=known, raws=raws, source="sheet", actor=actor, at=at)


@page
def template(request: Asked) -> HttpResponse:
    """An empty sheet with the columns of what ran before."""
    return download(queries.template(), "存量清单模板.xlsx", XLSX)


@page
def sheet(request: Asked, number: str) -> HttpResponse:
    """The rows of a registration, to be gone through and handed in again."""
    case = find_case(actor=request.actor, number=number)
    if not isinstance(case, Registration):
        raise NotFound(GONE, cite=art(26))
    return download(write_review(case), f"{number}-存量清单.xlsx", XLSX)
