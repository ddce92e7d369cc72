"""What the organisation was told: unread first; opening a notice records it as receipt (R-014)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.foundation.notices import queries
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.notices.operations import opened
from yunheng.foundation.workflow.errors import NotFound
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.law.kernel.citation import Cite

ROWS = 50


@page
def notices(request: Asked) -> HttpResponse:
    """All of them, those that nobody has opened first."""
    read = ExpressionWrapper(Q(opened_at__isnull=False), output_field=BooleanField())
    found = queries.notices(actor=request.actor).select_related("case", "opened_by")
    paged = Paginator(found.annotate(read=read).order_by("read", "-delivered_at", "-pk"), ROWS)
    shown = paged.get_page(request.GET.get("page"))
    values = {
        "rows": [(notice, _cite(notice)) for notice in shown.object_list],
        "total": paged.count,
        "pages": pages_of(request.GET.copy(), shown),
        "unread": queries.unread(actor=request.actor),
    }
    return render(request, "pages/notices.html", values)


@page
def notice(request: Asked, pk: int) -> HttpResponse:
    """One of them; whoever opens it first is recorded."""
    found = queries.notices(actor=request.actor)
    if not found.filter(pk=pk).exists():
        raise NotFound("没有这份通知，或你无权查看")
    opened(actor=request.actor, at=timezone.now(), notice_id=pk)
    one = found.select_related("case", "opened_by").get(pk=pk)
    crumbs = [Crumb("通知", "/notices"), Crumb(one.case.number if one.case else "通知")]
    return render(request, "pages/notice.html", {"notice": one, "cite": _cite(one), "crumbs": crumbs})


def _cite(notice: Notice) -> Cite | None:
    return Cite.parse(notice.cite) if notice.cite else None
