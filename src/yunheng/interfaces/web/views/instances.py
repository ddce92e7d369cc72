"""The pages on the instances of a service: rebuilt under other ids (9.1), and what each of them is for (10.2)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.services import ledger
from yunheng.domain.services.instances import CITE, MOST, replace_instances
from yunheng.domain.services.roles import CITE as ROLE_CITE
from yunheng.domain.services.roles import HINT, may_say_roles, role_words, say_roles
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


class RolesForm(ActForm):
    """What the instances behind the service are for."""

    roles = Text("用途", most=MOST, rows=8, required=False, help_text=HINT)


@page
def roles(request: Asked, number: str) -> HttpResponse:
    """Show what is recorded, or put other roles in its place."""
    service = ledger.services(actor=request.actor).select_related("contract").filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    if not may_say_roles(service, request.actor):
        raise NotYours("用途由用户单位经办人、负责人或云服务商交付填写", cite=ROLE_CITE, todo="交上述人员办理")
    shown = "\n".join(f"{name} {word}" for name, word in role_words(service))
    form = RolesForm(request.POST or None, initial={"roles": shown})
    if request.method == "POST" and form.is_valid():
        try:
            say_roles(service, **form.cleaned_data, actor=request.actor, at=timezone.now())
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, "已填写用途，下次判断时使用")
            return redirect("why", number=number)
    values = {
        "form": form, "label": "填写实例用途", "button": "保存", "lead": f"{service.number} {service.name}",
        "cite": ROLE_CITE, "consequence": "下一次闲置判断按此办理；计费不变", "back": reverse("why", args=[number]),
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb(number, reverse("why", args=[number])), Crumb("填写实例用途")],
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)
