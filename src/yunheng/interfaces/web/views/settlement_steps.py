"""One page and one act per step of a settlement."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing.models import Settlement
from yunheng.foundation.workflow.errors import Conflict, NotFound, NotYours, Refusal
from yunheng.foundation.workflow.operations import GONE, may_take
from yunheng.interfaces.web.access import Asked
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.settlement import FORMS, Words
from yunheng.interfaces.web.views.turns import who_can


def show(request: Asked, case: Settlement, name: str) -> HttpResponse:
    """Show the step, or take it."""
    row = case.procedure.find(case.state, name)
    if row is None and not case.procedure.named(name):
        raise NotFound(GONE)
    if row is None:
        messages.warning(request, f"{case.state_zh}状态下不能{case.procedure.named(name)[0].label}，页面已更新")
        return redirect("settlement", number=case.number)
    if not may_take(case, row, request.actor):
        raise NotYours(f"只有{who_can(row)}可以{row.label}", cite=row.under, todo=f"交{who_can(row)}办理")
    form = FORMS.get(name, Words)(request.POST or None, case=case, step=row)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("version", "")
        try:
            form.act(actor=request.actor, at=timezone.now(), version=int(seen) if seen.isdecimal() else None)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return redirect("settlement", number=case.number)
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, f"已{row.label}。{row.follows}")
            return redirect("settlement", number=case.number)
    crumbs = [
        Crumb("年度结算", reverse("settlements")),
        Crumb(f"账单 {case.number}", reverse("settlement", args=[case.number])),
        Crumb(row.label),
    ]
    values = {"case": case, "step": row, "form": form, "crumbs": crumbs}
    return render(request, "pages/settlement_step.html", values, status=422 if form.errors else 200)
