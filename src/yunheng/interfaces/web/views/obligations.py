"""The ledger of obligations (义务台账): what, who, since when, until when, under which article, what may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow import ledger
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Obligation, parameters_on
from yunheng.foundation.workflow.queries import SOONEST
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.dates import day_with_weekday, weekday
from yunheng.interfaces.web.components.month import MonthView, days_of_month, month_view
from yunheng.interfaces.web.components.parts import Tab
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.obligations_book import role_words, workbook
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.turns import clock_of
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import MACHINES
from yunheng.law.kernel.terms import due_on

ROWS = 50
WHEN = (("late", "已超期"), ("near", "即将到期"), ("none", "无法定时限"))
NEWEST = ("-closed_at", "-id")


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for; what makes no sense is left out."""

    query: QueryDict
    closed: bool
    whole: bool
    when: str
    holder: int
    kind: str
    article: int

    @classmethod
    def of(cls, query: QueryDict) -> Wanted:
        return cls(
            query=query,
            closed=bool(query.get("closed")),
            whole=query.get("scope") != "own",
            when=query.get("when", ""),
            holder=_number(query.get("holder", "")),
            kind=query.get("kind", ""),
            article=_number(query.get("article", "")),
        )

    def href(self, **changes: Any) -> str:
        """The same page with some of it asked differently; None leaves a word out."""
        query = self.query.copy()
        for name, value in {"page": None, **changes}.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        return f"?{query.urlencode()}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0


@page
def obligations(request: Asked) -> HttpResponse:
    """The duties that are the reader's to know, filtered, sorted by their end, paged; as a month, or as a workbook."""
    actor, today, wanted = request.actor, localdate(), Wanted.of(request.GET)
    month = request.GET.get("view") == "month"
    every = _named(wanted, actor).filter(closed_at__isnull=month or not wanted.closed)
    named = ledger.once(every)
    values: dict[str, Any] = {"whole": actor.kind in ledger.WHOLE, "wanted": wanted, "month": None}
    times, near = _when(actor, today)
    if month:
        view, day = _month(named, wanted, actor, today)
        named = named.filter(due_on=day)
        values |= {"month": view, "steps": _neighbours(view, wanted), "day": day_with_weekday(day, today=today)}
    found = named.filter(times.get(wanted.when, Q()))
    found = ledger.with_receipt(found).order_by(*(NEWEST if wanted.closed and not month else SOONEST))
    if request.GET.get("as") == "xlsx":
        return download(workbook(found, today, ledger.roles_of(every)), f"义务台账{today:%Y%m%d}.xlsx", XLSX)
    paged = Paginator(found, ROWS)
    shown = paged.get_page(request.GET.get("page"))
    rows = list(shown.object_list)
    roles = ledger.roles_of(every.filter(case__in=[owed.case_id for owed in rows]))
    values |= {
        "rows": [row_of(owed, today, roles[ledger.duty_of(owed)]) for owed in rows],
        "words": _words(named, wanted, times, near, paged.count),
        "pages": pages_of(request.GET.copy(), shown),
        "tabs": _tabs(wanted, month),
        "choices": _choices(actor),
        "export": wanted.href(**{"as": "xlsx"}),
        "filtered": bool(wanted.when or wanted.holder or wanted.kind or wanted.article or not wanted.whole),
    }
    return render(request, "pages/obligations.html", values)


def _named(wanted: Wanted, actor: Actor) -> QuerySet[Obligation]:
    found = ledger.duties(actor=actor, whole=wanted.whole)
    if wanted.holder:
        found = found.filter(holder_id=wanted.holder)
    if wanted.kind:
        found = found.filter(case__kind=wanted.kind)
    return found.filter(ledger.under_article(wanted.article)) if wanted.article else found


def _when(actor: Actor, today: date) -> tuple[dict[str, Q], int]:
    """The conditions that the ledger counts and filters by, and how many working days are near."""
    near = parameters_on(today, actor.jurisdiction_id)["near_display"]
    end = due_on(today, near, calendar_for(actor.jurisdiction_id))
    return {"late": ledger.late(today), "near": Q(due_on__range=(today, end)), "none": Q(due_on=None)}, near.n


def _words(found: QuerySet[Obligation], wanted: Wanted, times: dict[str, Q], near: int, total: int) -> str:
    """How many, and how urgent, in one sentence."""
    if wanted.when or wanted.closed or "view" in wanted.query:
        return f"共 {total} 件"
    many = found.aggregate(**{name: Count("pk", filter=condition) for name, condition in times.items()})
    return f"共 {total} 件，其中已超期 {many['late']} 件，{near} 个工作日内到期 {many['near']} 件，无法定时限 {many['none']} 件"


def row_of(owed: Obligation, today: date, roles: Sequence[str]) -> dict[str, Any]:
    """A duty as the table shows it, with the roles that can settle it."""
    step, moot = owed.row, bool(owed.closed_at) and owed.outcome != "done"
    return {
        "owed": owed,
        "step": step,
        "href": reverse("case", args=[owed.case.number]),
        "role": role_words(roles),
        "clock": None if moot else clock_of(owed, today),
        "due": f"{owed.due_on}（{weekday(owed.due_on)}）" if owed.due_on else "",
        "then": "" if step.asks else step.follows,
        "lapse": "" if owed.closed_at else step.lapse,
    }


def _tabs(wanted: Wanted, month: bool) -> list[Tab]:
    return [
        Tab("未办结", wanted.href(closed=None, view=None, month=None, day=None), not month and not wanted.closed),
        Tab("已办结", wanted.href(closed="on", view=None, month=None, day=None), not month and wanted.closed),
        Tab("月历", wanted.href(closed=None, view="month"), month),
    ]


def _choices(actor: Actor) -> dict[str, Any]:
    """What the filters offer; a party that sees its own duties alone is not asked for the holder."""
    steps = [step for machine in MACHINES.values() for step in machine.steps if step.awaited]
    held = ledger.duties(actor=actor).order_by().values("holder") if actor.kind in ledger.WHOLE else []
    return {
        "when": WHEN,
        "kinds": [(machine.kind, machine.zh) for machine in MACHINES.values()],
        "articles": [(n, art(n).zh) for n in sorted({step.under.article for step in steps})],
        "holders": list(Organisation.objects.filter(pk__in=held).values_list("pk", "short_name")),
    }


def _month(
    found: QuerySet[Obligation], wanted: Wanted, actor: Actor, today: date
) -> tuple[MonthView, date]:  # fmt: skip
    """The month asked for with what is due on each day, and the chosen day."""
    first = _first(wanted.query.get("month", ""), today)
    calendar, shown = calendar_for(actor.jurisdiction_id), days_of_month(first.year, first.month)
    due = found.filter(due_on__range=(shown[0][0], shown[-1][-1])).order_by().values_list("due_on")
    counts: dict[date, int] = dict(due.annotate(Count("pk")))
    soon = due_on(today, parameters_on(today, actor.jurisdiction_id)["soon_display"], calendar)
    marks = {day: "late" if day < today else "soon" if day <= soon else "other" for day in counts}
    chosen = _day(wanted.query.get("day", "")) or _default_day(first, counts, today)
    view = month_view(
        year=first.year,
        month=first.month,
        today=today,
        calendar=calendar,
        marks=marks,
        counts=counts,
        href=lambda day: wanted.href(day=day),
        chosen=chosen,
    )
    return view, chosen


def _default_day(first: date, counts: dict[date, int], today: date) -> date:
    """Today in its own month, else the first day of the month on which something is due."""
    if (today.year, today.month) == (first.year, first.month):
        return today
    return min((day for day in counts if (day.year, day.month) == (first.year, first.month)), default=first)


def _first(text: str, today: date) -> date:
    return _day(f"{text}-01") or today.replace(day=1)


def _day(text: str) -> date | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2199 else None


def _neighbours(view: MonthView, wanted: Wanted) -> list[tuple[str, str]]:
    """上个月, 下个月."""
    year, month = (int(part) for part in view.title.removesuffix("月").split("年"))
    first = date(year, month, 1)
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return [
        (label, wanted.href(month=f"{day:%Y-%m}", day=None)) for label, day in (("上个月", before), ("下个月", after))
    ]
