"""What the organisation was told, a row for each matter, news first; opening a notice records it as receipt (R-014)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.foundation.notices import queries
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.notices.operations import opened, opened_all
from yunheng.foundation.workflow.errors import NotFound
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Button, Crumb
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.law.kernel.citation import Cite

ROWS = 50


@page
def notices(request: Asked) -> HttpResponse:
    """A row for each matter with the last that was said of it, news that nobody has opened first."""
    every = queries.notices(actor=request.actor)
    settled = ExpressionWrapper(Q(opened_at__isnull=False) | Q(overtaken=True), output_field=BooleanField())
    found = queries.latest(every).select_related("case", "opened_by").annotate(settled=settled)
    paged = Paginator(found.order_by("settled", "-delivered_at", "-pk"), ROWS)
    shown = paged.get_page(request.GET.get("page"))
    rows = list(shown.object_list)
    before = _before(every, rows)
    counts = every.aggregate(all=Count("pk"), unread=Count("pk", filter=Q(opened_at=None)), last=Max("pk"))
    values = {
        "rows": [(one, _cite(one), before[one.case_id]) for one in rows],
        "total": paged.count,
        "counts": counts,
        "read_all": Button("全部标为已读", post_to=reverse("notices_read"), name="until", value=f"{counts['last']}")
        if counts["unread"] and request.actor.roles
        else None,
        "pages": pages_of(request.GET.copy(), shown),
    }
    return render(request, "pages/notices.html", values)


def _before(every: QuerySet[Notice], rows: Sequence[Notice]) -> dict[int | None, list[Notice]]:
    """What was said of the case of each row before, newest first."""
    found = every.filter(case__in=[one.case_id for one in rows if one.case_id]).exclude(pk__in=[one.pk for one in rows])
    before: dict[int | None, list[Notice]] = defaultdict(list)
    for notice in found.select_related("opened_by").order_by("-pk"):
        before[notice.case_id].append(notice)
    return before


@page
def read_all(request: Asked) -> HttpResponse:
    """All that was there when the reader saw the list; each is recorded as opened by the reader (R-014)."""
    until = request.POST.get("until", "")
    if request.method == "POST" and until.isdecimal() and len(until) < 18:
        seen = queries.notices(actor=request.actor).filter(pk__lte=int(until))
        number = opened_all(actor=request.actor, at=timezone.now(), among=seen)
        messages.success(request, f"{number} 份通知已标为已读，记录为由你打开")
    return redirect("notices")


@page
def notice(request: Asked, pk: int) -> HttpResponse:
    """One of them; whoever opens it first is recorded."""
    found = queries.notices(actor=request.actor)
    if not found.filter(pk=pk).exists():
        raise NotFound("没有这份通知，或你无权查看")
    opened(actor=request.actor, at=timezone.now(), notice_id=pk)
    one = found.select_related("case", "opened_by").annotate(overtaken=queries.OVERTAKEN).get(pk=pk)
    crumbs = [Crumb("通知", "/notices"), Crumb(one.case.number if one.case else "通知")]
    return render(request, "pages/notice.html", {"notice": one, "cite": _cite(one), "crumbs": crumbs})


def _cite(notice: Notice) -> Cite | None:
    return Cite.parse(notice.cite) if notice.cite else None
