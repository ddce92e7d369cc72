"""What the rules say of every machine (10): why something is suggested and why nothing is; the declared busy periods."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.domain.optimization.calendar.facts import calendars
from yunheng.domain.optimization.pictures import idle_by_unit
from yunheng.domain.optimization.queries import answers as visible_answers
from yunheng.domain.optimization.queries import suggestions
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.procedures.busy_calendar import busy_rows, declare_href
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
        "busy": busy_rows(calendars(actor=request.actor)[:SHOWN], request.actor, timezone.localdate()),
        "declare_busy": declare_href(request.actor),
        "units": idle_by_unit(actor=request.actor)[:SHOWN],
        "rates": [(zh, words(row) if row else "没有回测数据", row) for zh, row in rows],
        "rule_set": RULE_SET,
        "vouches": record().vouches(p),
        "tabs": ledger_tabs("optimization"),
    }
    return render(request, "pages/optimization.html", values)
