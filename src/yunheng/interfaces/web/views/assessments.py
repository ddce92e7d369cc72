"""The register of assessments (8, 19.2): which system has which result, and until when it holds."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.services.release.queries import STANDINGS, assessments
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.procedures.release import KEEPERS
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.law.ch2_use.art08_evidence import KINDS, conclusion_zh

SHOWN = 50


@page
def register(request: Asked) -> HttpResponse:
    """The results of the systems that the reader may see; the reports themselves are not for providers."""
    found: Any = assessments(actor=request.actor, on=timezone.localdate())  # annotated, which its type does not say
    wanted = request.GET
    sums = dict(found.order_by().values_list("standing").annotate(n=Count("pk")))
    for name, known in (("kind", dict(KINDS)), ("standing", STANDINGS)):
        if wanted.get(name) in known:
            found = found.filter(**{name: wanted[name]})
    shown = Paginator(found, SHOWN).get_page(wanted.get("page"))
    keeps = request.actor.kind in KEEPERS
    values = {
        "rows": [
            {
                "row": row, "conclusion": conclusion_zh(row.kind, row.conclusion), "standing": STANDINGS[row.standing],
                "report": reverse("evidence", args=[row.release, row.pk]) if keeps and row.attachment_id and row.release else "",
            }
            for row in shown.object_list
        ],
        "total": shown.paginator.count, "pages": pages_of(request.GET.copy(), shown), "filter": wanted,
        "kinds": KINDS, "standings": [(name, zh) for name, (zh, _) in STANDINGS.items()],
        "sums": [(zh, sums[name]) for name, (zh, _) in STANDINGS.items() if sums.get(name)],
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb("政务信息系统", reverse("systems")), Crumb("测评")],
    }  # fmt: skip
    return render(request, "pages/assessments.html", values)
