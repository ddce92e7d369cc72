"""Deputies and hand-over (4): who acts for whom, named and ended here; the work of one person to another."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.parties.delegation import (
    CITE,
    end_delegation,
    manages,
    own_roles,
    require_manager,
    require_principal,
)
from yunheng.domain.parties.delegation_acts import DELEGATE, HAND_OVER
from yunheng.domain.parties.models import RoleGrant
from yunheng.domain.parties.queries import delegations as known
from yunheng.domain.parties.queries import in_force
from yunheng.foundation.workflow.acts import Act, read
from yunheng.foundation.workflow.errors import Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.acts import FieldsForm
from yunheng.law.ch1_general.art04_parties import DELEGABLE
from yunheng.law.kernel.machine import MACHINES

SHOWN = 100


@page
def delegations(request: Asked) -> HttpResponse:
    """Every mandate of the organisation; one that runs is ended here."""
    if request.method == "POST":
        number = request.POST.get("delegation", "")
        ended = end_delegation(
            delegation=int(number) if number.isdecimal() else 0, actor=request.actor, at=timezone.now()
        )
        messages.success(request, f"已终止对{ended.person.name}的授权，即时生效")
        return redirect("delegations")
    actor, today = request.actor, timezone.localdate()
    rows = list(known(actor=actor)[:SHOWN])
    running = set(in_force(today).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    values = {
        "rows": [(row, _where(row), *_state(row, today, running), _may_end(request, row)) for row in rows],
        "may_delegate": bool(set(own_roles(actor)) & set(DELEGABLE)),
        "may_move": manages(actor),
    }
    return render(request, "pages/delegations.html", values)


def _where(row: RoleGrant) -> str:
    return "、".join(MACHINES[kind].zh for kind in row.kinds if kind in MACHINES) or "全部程序"


def _state(row: RoleGrant, today: date, running: set[int]) -> tuple[str, str]:
    if row.revoked_at is not None:
        return "已撤销", "grey"
    if row.valid_from > today:
        return "未开始", "run"
    if row.valid_to is not None and row.valid_to <= today:
        return "已到期", "grey"
    return ("有效", "ok") if row.pk in running else ("已失效", "grey")  # its principal no longer holds the role


def _may_end(request: Asked, row: RoleGrant) -> bool:
    over = row.revoked_at is not None or (row.valid_to is not None and row.valid_to <= timezone.localdate())
    actor = request.actor
    return not over and (actor.person_id in (row.on_behalf_of_id, row.person_id) or manages(actor))


@page
def new(request: Asked) -> HttpResponse:
    """Name a deputy."""
    require_principal(request.actor)
    return _form(request, DELEGATE, "授权")


@page
def move(request: Asked) -> HttpResponse:
    """Hand the work of one person over to another."""
    require_manager(request.actor)
    return _form(request, HAND_OVER, "移交")


def _form(request: Asked, act: Act, button: str) -> HttpResponse:
    posted = request.method == "POST"
    form = FieldsForm(
        act.fields, case=None, actor=request.actor, today=timezone.localdate(), data=request.POST if posted else None,
        files=request.FILES if posted else None,
    )  # fmt: skip
    if posted:
        at = timezone.now()
        try:
            act.run(actor=request.actor, at=at, **read(act.fields, form.sent(at=at), actor=request.actor))
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, f"已{act.label}")
            return redirect("delegations")
    back = reverse("delegations")
    values = {
        "form": form, "label": act.label, "button": button, "lead": "", "note": act.note, "cite": CITE, "back": back,
        "crumbs": [Crumb("授权与移交", back), Crumb(act.label)],
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)
