"""The working calendar of a year, and the import of the State Council's arrangement (R-002, R-010)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.foundation.calendars.models import CalendarDay, CalendarYear
from yunheng.foundation.calendars.operations import Moved, import_year, preview_year
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.errors import Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.dates import long_day
from yunheng.interfaces.web.components.month import month_view
from yunheng.interfaces.web.components.parts import Tab
from yunheng.interfaces.web.forms.base import ActForm, Text
from yunheng.law.kernel.machine import MACHINES

MOST_TEXT = 6000


class ArrangementForm(ActForm):
    """A year's arrangement: the notice that it comes from, and its days row by row."""

    source = Text("通知文号", most=120, help_text="国务院办公厅通知的名称和文号")
    text = Text(
        "放假和调休",
        most=MOST_TEXT,
        rows=10,
        help_text="每行一天：日期,类别,名称。类别为 放假 或 上班，例如 2027-01-01,放假,元旦",
    )


@page
def calendar(request: Asked) -> HttpResponse:
    """A year month by month; the bureau may import its arrangement, after a look at what would move."""
    today = timezone.localdate()
    year = _year(request, today)
    place = request.actor.jurisdiction_id
    form = ArrangementForm(request.POST or None)
    moved: list[Moved] | None = None
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {**form.cleaned_data, "jurisdiction_id": place, "year": year, "actor": request.actor}
        try:
            if request.POST.get("do") == "preview":
                moved = preview_year(**given, at=timezone.now())
            else:
                import_year(**given, at=timezone.now())
                messages.success(request, f"已导入 {year} 年放假安排，涉及的期限已重算")
                return redirect(f"{reverse('calendar')}?year={year}")
        except Refusal as refusal:
            form.take(refusal)
    return render(
        request, "pages/calendar.html", _values(request, year, today, form, moved), status=422 if form.errors else 200
    )


def _year(request: Asked, today: date) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isdecimal() and 2024 <= int(text) <= 2199 else today.year


def _values(request: Asked, year: int, today: date, form: ArrangementForm, moved: list[Moved] | None) -> dict[str, Any]:
    place = request.actor.jurisdiction_id
    known = calendar_for(place)
    held = CalendarYear.objects.filter(jurisdiction_id=place, year=year).first()
    years = sorted({*range(today.year - 1, today.year + 2), *known.official, year})
    return {
        "year": year,
        "tabs": [Tab(f"{n}年", f"?year={n}", n == year) for n in years],
        "held": held,
        "months": [month_view(year=year, month=n, today=today, calendar=known) for n in range(1, 13)],
        "spans": _spans(list(CalendarDay.objects.filter(jurisdiction_id=place, day__year=year))),
        "form": form if request.actor.kind in ("bureau", "admin") else None,
        "moved": None if moved is None else [(m, _label(m.step)) for m in moved],
    }


def _label(step: str) -> str:
    return next((row.label for machine in MACHINES.values() for row in machine.named(step)), step)


def _spans(days: list[CalendarDay]) -> list[tuple[str, str, str, int]]:
    """Days of one occasion on end, as one row: occasion, kind, span in words, how many days."""
    rows = []
    keyed = enumerate(sorted(days, key=lambda d: d.day))
    for (kind, name, _), group in groupby(keyed, key=lambda n: (n[1].kind, n[1].name, n[1].day - timedelta(days=n[0]))):
        run = [one.day for _, one in group]
        words = long_day(run[0]) if len(run) == 1 else f"{long_day(run[0])}至{long_day(run[-1])}"
        rows.append((name, dict(CalendarDay.KINDS)[kind], words, len(run)))
    return rows
