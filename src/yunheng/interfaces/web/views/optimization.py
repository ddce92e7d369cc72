"""What the rules say of every machine (10): why something is suggested and why nothing is; the declared busy periods."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.domain.optimization.calendar.facts import calendars
from yunheng.domain.optimization.fleet import BANDS, Destinations, Fleet, destinations_of, fleet_of
from yunheng.domain.optimization.models import Answer
from yunheng.domain.optimization.pictures import HELD_BACK, IDLE, idle_by_unit
from yunheng.domain.optimization.queries import answers as visible_answers
from yunheng.domain.optimization.queries import suggestions
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components import Part, Tab, band_bar
from yunheng.interfaces.web.components.shares import LOOKS
from yunheng.interfaces.web.procedures.busy_calendar import busy_rows, declare_href
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.watching import watching_tabs
from yunheng.law.ch2_use.art10_facts import KINDS, RESULTS, RULE_SET
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.ch2_use.art10_record import record, words

SHOWN, UNITS_SHOWN = 50, 10


@page
def answers(request: Asked) -> HttpResponse:
    """How the machines are used, what became of advice, the latest answer about every instance that the reader may see."""
    today = timezone.localdate()
    asked, found = _asked(request)
    shown = Paginator(_ordered(found), SHOWN).get_page(request.GET.get("page"))
    units = Paginator(idle_by_unit(actor=request.actor), UNITS_SHOWN).get_page(request.GET.get("units"))
    p = parameters_on(today, request.actor.jurisdiction_id)
    rates = [(zh, record().last(kind)) for kind, zh in KINDS if kind != "undersized"]
    fleet = fleet_of(actor=request.actor, on=today)
    values = {
        "anything": bool(fleet.machines or visible_answers(actor=request.actor).exists()),
        "rows": shown.object_list,
        "total": shown.paginator.count,
        "sorts": _tabs(request, asked),
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "kinds": KINDS,
        "of_unit": next(
            (row.unit for row in units.paginator.object_list if f"{row.unit_id}" == request.GET.get("unit")), ""
        ),
        "suggestions": suggestions(actor=request.actor).filter(state__in=OPEN).order_by("-moved_at")[:SHOWN],
        "busy": busy_rows(calendars(actor=request.actor)[:SHOWN], request.actor, today),
        "declare_busy": declare_href(request.actor),
        "units": units.object_list,
        "units_total": units.paginator.count,
        "unit_pages": pages_of(request.GET.copy(), units, name="units"),
        "rates": [(zh, words(row), row) for zh, row in rates if row],
        "untried": [zh for zh, row in rates if row is None],
        "rule_set": RULE_SET,
        "vouches": record().vouches(p),
        "tabs": watching_tabs("optimization"),
        **_fleet(fleet),
        "ways": _ways(destinations_of(actor=request.actor, year=today.year)),
    }
    return render(request, "pages/optimization.html", values)


# ---- the answers -------------------------------------------------------------------------------------------------


def _asked(request: Asked) -> tuple[QuerySet[Answer], QuerySet[Answer]]:
    """The answers of the kind, unit and words asked for; and of these the ones with the result asked for."""
    found = visible_answers(actor=request.actor)
    if request.GET.get("kind") in dict(KINDS):
        found = found.filter(kind=request.GET["kind"])
    if request.GET.get("idle"):
        found = found.filter(IDLE)
    unit, text = request.GET.get("unit", ""), request.GET.get("q", "").strip()
    if unit:
        found = found.filter(service__unit=int(unit)) if unit.isdecimal() and len(unit) < 19 else found.none()
    if text:
        found = found.filter(
            Q(service__number__icontains=text) | Q(instance__icontains=text) | Q(service__system__name__icontains=text)
        )
    result = request.GET.get("result")
    return found, found.filter(result=result) if result in dict(RESULTS) else found


def _ordered(found: QuerySet[Answer]) -> QuerySet[Answer]:
    """What was found first; why nothing can be said last."""
    whens = [
        When(result="advise", then=0),
        When(result="inform", then=1),
        When(HELD_BACK, then=2),
        When(result="quiet", then=3),
    ]
    rank = Case(*whens, default=4, output_field=IntegerField())
    return found.alias(rank=rank).order_by("rank", "service__number", "instance", "pk")


def _tabs(request: Asked, asked: QuerySet[Answer]) -> list[Tab]:
    """All answers, and those with each result, with their numbers."""
    counts = dict(asked.order_by().values_list("result").annotate(Count("pk")))
    query, chosen = request.GET.copy(), request.GET.get("result", "")
    query.pop("page", None)
    found = []
    for code, zh, number in (
        ("", "全部", sum(counts.values())),
        *((code, zh, counts.get(code, 0)) for code, zh in RESULTS),
    ):
        query["result"] = code
        found.append(
            Tab(zh, f"?{query.urlencode()}#answers", (chosen if chosen in dict(RESULTS) else "") == code, number)
        )
    return found


# ---- the pictures ------------------------------------------------------------------------------------------------


def _fleet(fleet: Fleet) -> dict[str, Any]:
    zones = [
        (zone, band_bar(label=f"{zone.zh}{zone.total:,}核", parts=[Part(*pair) for pair in zip(BANDS, zone.shares, strict=True)]))
        for zone in fleet.zones
    ]  # fmt: skip
    heard = f"{fleet.heard / fleet.machines:.1%}" if fleet.machines else ""
    legend = [(f"band-{look}", name) for look, name in zip(LOOKS, BANDS, strict=True)]
    sub = f"按vCPU，CPU的P95，近{(fleet.until - fleet.since).days + 1}天"
    return {"fleet": fleet, "fleet_sub": sub, "zones": zones, "heard": heard, "bands": BANDS, "legend": legend}


def _ways(found: Destinations) -> dict[str, Any]:
    rows = [
        ("采纳并已调整", found.adjusted, "indigo"), ("提出异议，予以采纳", found.upheld, "teal"),
        ("提出异议，不予采纳", found.refused, "teal"), ("办理中", found.open, "teal"),
        ("移出市级统筹", found.uncovered, "plum"), ("其他原因结束", found.other, "indigo"),
    ]  # fmt: skip
    most = max(number for _, number, _ in rows)
    return {"held": found, "rows": [row for row in rows if row[1] or row[0] != "其他原因结束"], "most": most}
