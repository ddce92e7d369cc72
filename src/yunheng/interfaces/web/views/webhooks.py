"""Addresses to which an organisation's events are sent: registered here, the secret shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yunheng.domain.parties import webhooks as events
from yunheng.domain.parties.operations import KEEPERS
from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint
from yunheng.foundation.workflow.errors import Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.forms.base import ActForm, Text
from yunheng.law.kernel.machine import MACHINES

SHOWN = 30  # the last deliveries on the page; the interface gives them all
LOOKS = {"delivered": ("已送达", "ok"), "failed": ("没有送达", "bad"), "waiting": ("等待推送", "run")}


class EndpointForm(ActForm):
    """Where to send, what for, and the events of which procedures."""

    label = Text("用途", most=60, help_text="例如：工单系统接收开通通知")
    url = Text("推送地址", most=500, help_text="https://域名/路径，须在平台允许的目标地址之内")
    kinds = forms.MultipleChoiceField(
        label="事件",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选的，推送全部程序的事件",
        error_messages={"invalid_choice": "从列出的各项中选择"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind, machine.zh) for kind, machine in MACHINES.items()]  # type: ignore[attr-defined]


@page
def webhooks(request: Asked) -> HttpResponse:
    """The organisation's addresses and what was last sent to them."""
    act = request.POST.get("do", "")
    form = EndpointForm(request.POST if act == "register" else None)
    given, secret = request.POST.get("id", ""), ""
    number = int(given) if given.isdecimal() and len(given) < 10 else 0
    if act in ACTS:
        messages.success(request, ACTS[act](request, number))
        return redirect("webhooks")
    if act == "rotate":
        secret = events.rotate(endpoint_id=number, actor=request.actor, at=timezone.now())
    if form.is_bound and form.is_valid():
        try:
            secret = events.register(actor=request.actor, at=timezone.now(), **form.cleaned_data)[1]
            form = EndpointForm()
        except Refusal as refusal:
            form.take(refusal)
    may_keep = any(request.actor.has(role) for role in KEEPERS)
    sent = events.deliveries(actor=request.actor)[:SHOWN]
    values = {
        "endpoints": [(one, _state(one), _kinds(one)) for one in events.endpoints(actor=request.actor)],
        "deliveries": [(one, LOOKS[one.status], _words(one), may_keep and events.may_redeliver(one)) for one in sent],
        "form": form,
        "secret": secret,
        "may_keep": may_keep,
    }
    answer = render(request, "pages/webhooks.html", values, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _pause(request: Asked, number: int) -> str:
    events.pause(endpoint_id=number, actor=request.actor, at=timezone.now())
    return "已暂停，暂停期间的事件不推送"


def _resume(request: Asked, number: int) -> str:
    events.resume(endpoint_id=number, actor=request.actor, at=timezone.now())
    return "已恢复推送"


def _remove(request: Asked, number: int) -> str:
    events.remove(endpoint_id=number, actor=request.actor, at=timezone.now())
    return "已删除，不再向该地址推送"


def _redeliver(request: Asked, number: int) -> str:
    delivery = events.redeliver(delivery_id=number, actor=request.actor, at=timezone.now())
    return f"{delivery.subject} 的事件将重新发送"


ACTS = {"pause": _pause, "resume": _resume, "remove": _remove, "redeliver": _redeliver}


def _state(one: WebhookEndpoint) -> tuple[str, str]:
    if one.paused_at:
        return "已暂停", "grey"
    rotating = one.previous_until is not None and timezone.now() < one.previous_until
    return ("更换密钥中", "run") if rotating else ("推送中", "ok")


def _kinds(one: WebhookEndpoint) -> str:
    """服务申请、结算: the chosen procedures, and steps with their labels."""
    return "、".join(_label(kind) for kind in one.kinds) or "全部"


def _words(one: WebhookDelivery) -> str:
    """服务申请：通知开通."""
    return _label(one.type.partition(".")[2])


def _label(kind: str) -> str:
    """The words for application or application.notify; a step that the procedure no longer has keeps its name."""
    procedure, _, step = kind.partition(".")
    machine = MACHINES[procedure]
    rows = machine.named(step)
    return f"{machine.zh}：{rows[0].label if rows else step}" if step else machine.zh
