"""What the rules say of every machine (10): why something is suggested and why nothing is; the declared busy periods."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.optimization.pictures import idle_by_unit
from yunheng.domain.optimization.queries import answers as visible_answers
from yunheng.domain.optimization.queries import suggestions
from yunheng.domain.optimization.seasons import CITE, FIELDS, busy_periods, declare, declares
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.acts import Field, read
from yunheng.foundation.workflow.errors import NotYours, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.acts import FieldsForm
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.systems import ledger_tabs
from yunheng.law.ch2_use.art10_facts import KINDS, RESULTS, RULE_SET
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.ch2_use.art10_record import record, words

SHOWN = 50


@page
def answers(request: Asked) -> HttpResponse:
    """The latest answer about every instance that the reader may see, open suggestions, the error rate of the rules."""
    known = visible_answers(actor=request.actor)
    found = known
    for name, choices in (("result", RESULTS), ("kind", KINDS)):
        if request.GET.get(name) in dict(choices):
            found = found.filter(**{name: request.GET[name]})
    text = request.GET.get("q", "").strip()
    if text:
        found = found.filter(
            Q(service__number__icontains=text) | Q(instance__icontains=text) | Q(service__system__name__icontains=text)
        )
    shown = Paginator(found.order_by("service__number", "instance", "pk"), SHOWN).get_page(request.GET.get("page"))
    counts = dict(known.order_by().values_list("result").annotate(Count("pk")))
    p = parameters_on(timezone.localdate(), request.actor.jurisdiction_id)
    rows = [(zh, record().last(kind)) for kind, zh in KINDS if kind != "undersized"]
    values = {
        "rows": shown.object_list,
        "total": shown.paginator.count,
        "sums": [(zh, counts.get(code, 0)) for code, zh in RESULTS],
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "kinds": KINDS,
        "results": RESULTS,
        "suggestions": suggestions(actor=request.actor).filter(state__in=OPEN).order_by("-moved_at")[:SHOWN],
        "busy": busy_periods(actor=request.actor).order_by("system__code", "first")[:SHOWN],
        "may_declare": declares(request.actor),
        "units": idle_by_unit(actor=request.actor)[:SHOWN],
        "rates": [(zh, words(row) if row else "没有回测数据", row) for zh, row in rows],
        "rule_set": RULE_SET,
        "vouches": record().vouches(p),
        "tabs": ledger_tabs("optimization"),
    }
    return render(request, "pages/optimization.html", values)


@page
def season(request: Asked) -> HttpResponse:
    """Declare a busy period of one of the unit's systems."""
    actor = request.actor
    if not declares(actor):
        raise NotYours("业务高峰期由用户单位申报", cite=CITE, todo="交该单位经办人或负责人办理")
    held = systems(actor=actor).order_by("code")
    fields = (Field("system", "系统", "choice", choices=tuple((s.code, f"{s.code} {s.name}") for s in held)), *FIELDS)
    posted = request.method == "POST"
    form = FieldsForm(
        fields, case=None, actor=actor, today=timezone.localdate(), data=request.POST if posted else None,
        files=request.FILES if posted else None, given=request.GET,
    )  # fmt: skip
    if posted:
        at = timezone.now()
        try:
            declare(actor=actor, at=at, **read(fields, form.sent(at=at), actor=actor))
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, "已申报业务高峰期")
            return redirect("optimization")
    values = {
        "form": form, "label": "申报业务高峰期", "button": "申报", "lead": "", "cite": CITE,
        "note": "高峰期内及其之前不提优化建议；高峰期还没有监测数据的，不作判断。", "back": reverse("optimization"),
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb("优化", reverse("optimization")), Crumb("申报业务高峰期")],
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)
