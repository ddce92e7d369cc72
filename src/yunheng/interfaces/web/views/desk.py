"""The desk: whose turn, until when, what follows, on what ground."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.domain.billing import queries as billing
from yunheng.domain.services import ledger
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event, Obligation
from yunheng.foundation.workflow.queries import SOONEST, cases, owed_by, owed_in
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.month import month_view
from yunheng.interfaces.web.components.parts import Button, Fact, RecordItem
from yunheng.interfaces.web.views.turns import clock_of, step_of, task_of, turn_words
from yunheng.interfaces.web.views.undertaking import signed_by
from yunheng.law.ch1_general.art04_parties import KINDS

MOST, MOST_OTHERS = 30, 12  # tasks of one's own, and what is in others' hands
SOON = 2  # working days after today that a mark calls near
KINDS_OF_WEEK, ALWAYS = ("provider", "user_unit", "centre", "bureau", "auditor"), ("provider", "user_unit")


@page
def desk(request: Asked) -> HttpResponse:
    """The day's work of whoever reads."""
    actor, today = request.actor, timezone.localdate()
    all_mine = owed_by(actor=actor)
    mine = list(all_mine.order_by(*SOONEST)[:MOST])
    all_others = owed_in(actor=actor).exclude(pk__in=all_mine.order_by().values("pk"))
    others = list(all_others.order_by(*SOONEST)[:MOST_OTHERS])
    waiting_head = [o for o in others if o.holder_id == actor.organisation_id and o.role == "head"]
    values = {
        "today": day_with_weekday(today),
        "tasks": [task_of(owed, today=today, primary=True) for owed in mine],
        "head": [_row(o, today) for o in waiting_head],
        "others": [_row(o, today) for o in others if o not in waiting_head],
        "week": _week(actor, today) if actor.kind in ("bureau", "centre") else [],
        "tasks_words": _shown(len(mine), all_mine.count(), "，按截止先后"),
        "others_words": _shown(len(others), all_others.count()),
        "late": owed_in(actor=actor).filter(due_on__lt=today).count(),
        "month": _month(actor, [*mine, *others], today),
        "figures": _figures(actor, today),
        "lately": _lately(actor),
        "new": Button("新建申请", href="/cases/new") if actor.kind == "user_unit" else None,
        "kind": dict(KINDS).get(actor.kind, ""),
        "unsigned": actor.kind == "user_unit" and not signed_by(actor),
        "silent": actor.kind in ("supervisor", "auditor", "admin"),
    }
    return render(request, "pages/desk.html", values)


def _shown(shown: int, total: int, how: str = "") -> str:
    """57 件，列出最先到期的 30 件."""
    return f"{total} 件，列出最先到期的 {shown} 件" if total > shown else f"{total} 件{how}"


def _row(owed: Obligation, today: date) -> dict[str, Any]:
    return {
        "case": owed.case, "turn": turn_words(owed), "cite": step_of(owed).under, "clock": clock_of(owed, today),
    }  # fmt: skip


def _week(actor: Actor, today: date) -> list[dict[str, Any]]:
    """The next five working days of the whole city: how many terms end, and whose."""
    calendar = calendar_for(actor.jurisdiction_id)
    first = [today] if calendar.is_working_day(today) else []
    days = [*first, *islice(calendar.working_days_after(today), 5 - len(first))]
    due = owed_in(actor=actor).filter(due_on__in=days).values_list("due_on", "holder__kind")
    counts = Counter(due)
    kinds = dict(KINDS)
    return [
        {
            "day": day,
            "today": day == today,
            "total": sum(n for (on, _), n in counts.items() if on == day),
            "parts": [(kinds[kind], n) for kind in KINDS_OF_WEEK if (n := counts[day, kind]) or kind in ALWAYS],
        }
        for day in days
    ]


def _month(actor: Actor, owed: list[Obligation], today: date) -> Any:
    marks: dict[date, str] = {}
    calendar = calendar_for(actor.jurisdiction_id)
    soon = next(islice(calendar.working_days_after(today), SOON - 1, None))
    for one in owed:
        if one.due_on:
            near = one.due_on <= soon
            marks[one.due_on] = "late" if one.due_on < today else "soon" if near else marks.get(one.due_on, "other")
    return month_view(year=today.year, month=today.month, today=today, calendar=calendar, marks=marks)


def _figures(actor: Actor, today: date) -> list[Fact]:
    services = ledger.running_on(ledger.services(actor=actor), today)
    year = billing.in_period(billing.lines(actor=actor), date(today.year, 1, 1), date(today.year + 1, 1, 1))
    sums = billing.totals(year)
    return [
        Fact("在用系统", f"{services.order_by().values('system').distinct().count()} 个"),
        Fact("在用资源", f"{services.count()} 项"),
        Fact("本年已计费（市级统筹）", f"{yuan(sums.fund)} 元"),
        Fact("本年已计费（单位自付）", f"{yuan(sums.unit)} 元"),
    ]


def _lately(actor: Actor) -> list[RecordItem]:
    seen = cases(actor=actor).order_by().values("pk")
    done = Event.objects.filter(organisation_id=actor.organisation_id, case__in=seen)
    shown = done.select_related("case").order_by("-at")[:4]
    return [RecordItem(verb=event.label, who=event.case.title, at=event.at, cite=event.article) for event in shown]
