"""The page on which somebody tries what a change, an exit or a migration would cost (9, 11, 15)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunheng.domain.billing.preview import KINDS, Plan, Span, preview
from yunheng.domain.services import ledger
from yunheng.foundation.workflow.errors import NotFound, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.base import ActForm, Choice, Day, Text, Yuan

CAUSES = (("unit", "业务需要"), ("platform", "平台原因"))


class PlanForm(ActForm):
    """What is planned; what a kind of plan does not need stays empty."""

    kind = Choice("事项", KINDS)
    on = Day("自", help_text="变更生效、退出或新节点开通的日期")
    quantity = Yuan("数量", places=6, help_text="不变的不填")
    sku = Text("目录编码", most=40, required=False, help_text="换规格时填写")
    cause = Choice("迁移原因", CAUSES)
    confirmed_on = Day("确认完成日", required=False, help_text="迁移预计完成的日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].required = False

    @property
    def plan(self) -> Plan:
        given = dict(self.cleaned_data)
        return Plan(**{**given, "cause": given["cause"] or "unit", "sku": given["sku"].strip()})


@page
def preview_page(request: Asked, number: str) -> HttpResponse:
    """Before, after and difference of a plan; nothing is stored."""
    service = ledger.services(actor=request.actor).select_related("contract").filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    form = PlanForm(request.GET if "kind" in request.GET else None)
    spans: tuple[Span, ...] = ()
    if form.is_bound and form.is_valid():
        try:
            spans = preview(service, form.plan)
        except Refusal as refusal:
            form.take(refusal)
    values = {
        "service": service,
        "form": form,
        "spans": spans,
        "crumbs": [
            Crumb("资源台账", reverse("services")),
            Crumb(service.number, reverse("why", args=[service.number])),
            Crumb("费用试算"),
        ],
    }
    return render(request, "pages/preview.html", values, status=422 if form.errors else 200)
