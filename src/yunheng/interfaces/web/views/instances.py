"""The page on which a provider records that instances were rebuilt under other ids (9.1)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.services import ledger
from yunheng.domain.services.instances import CITE, MOST, replace_instances
from yunheng.foundation.workflow.errors import NotFound, NotYours, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.base import ActForm, Text


class InstancesForm(ActForm):
    """All instances behind the service as they are now."""

    instances = Text("实例与地址", most=MOST, rows=8, help_text="每行一个：实例编号 地址。数量、规格和计费不变")


@page
def instances(request: Asked, number: str) -> HttpResponse:
    """Show what is recorded, or put other instances in its place."""
    service = ledger.services(actor=request.actor).filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    if request.actor.kind != "provider":
        raise NotYours("实例更换由云服务商登记", cite=CITE, todo="交云服务商办理")
    form = InstancesForm(request.POST or None, initial={"instances": service.instances})
    if request.method == "POST" and form.is_valid():
        try:
            replace_instances(service, **form.cleaned_data, actor=request.actor, at=timezone.now())
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, "已登记实例更换，计费不变")
            return redirect("why", number=number)
    values = {
        "form": form, "label": "登记实例更换", "button": "登记", "lead": f"{service.number} {service.name}", "cite": CITE,
        "consequence": "原实例留在审计记录中；这不是服务变更，计费不变", "back": reverse("why", args=[number]),
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb(number, reverse("why", args=[number])), Crumb("登记实例更换")],
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)
