"""The page of a business calendar (10.2): what was declared, whether it protects today and why, the quiet days ahead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from yunheng.domain.optimization.calendar.facts import GOING_ON, protects
from yunheng.domain.optimization.calendar.operations import PAPERS
from yunheng.domain.optimization.models import AT_HAND, BusyCalendar, Suggestion
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.procedures import Page
from yunheng.law.ch2_use.art10_calendar import last_day, next_year, quiet_spans
from yunheng.law.ch2_use.art10_calendar_machine import BUSY_CALENDAR

BEFORE = "业务日历程序启用前由用户单位申报，没有经过核对；按已确认保留，不符的由市大数据局终止"


def _facts(case: BusyCalendar, today: date) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("高峰期名称", case.name),
        ("首日", case.first),
        ("末日（含）", case.last),
        ("周期", case.get_recurs_display()),
        ("预计峰值倍数", f"约{case.factor.normalize():f}倍，供核对参考" if case.factor is not None else "—"),
        ("业务依据", case.ground or "—"),
        ("申报日", case.declared_on or "—"),
        ("确认日", case.confirmed_on or "—"),
    ]
    return [*facts, ("说明", BEFORE)] if case.before_procedure else facts


def _values(case: BusyCalendar, actor: Actor, today: date) -> dict[str, Any]:
    p, year = parameters_on(today, case.jurisdiction_id), next_year(today)
    spans = [(since, span.start, last_day(span)) for since, span in quiet_spans(case.busy, year, p)]
    return {
        "standing": protects(case, on=today) if case.state in GOING_ON else None,
        "over": case.state not in ("draft", *GOING_ON),
        "spans": [row for row in spans if row[2] >= today],
        "ahead": p["season_before"].n,
    }


PAGE = Page(_facts, _values, template="pages/busy_calendar.html", papers=PAPERS)


def busy_rows(found: Iterable[BusyCalendar], actor: Actor, today: date) -> list[dict[str, Any]]:
    """Busy periods in a list: each with its state, whether it protects, and the way to its case for who may see it."""
    listed = list(found)
    mine = set(cases(actor=actor).filter(pk__in=[case.pk for case in listed]).values_list("pk", flat=True))
    return [
        {
            "case": case, "look": case.procedure.state(case.state).look, "said": protects(case, on=today).sentence,
            "href": reverse("case", args=[case.number]) if case.pk in mine else "",
        }
        for case in listed
    ]  # fmt: skip


def declare_href(actor: Actor, *, system: str = "") -> str:
    """Where the reader may declare a busy period; "" for who may not."""
    if not doors.may_open(BUSY_CALENDAR, actor):
        return ""
    return reverse("begin", args=["busy_calendar"]) + (f"?{urlencode({'system': system})}" if system else "")


def declare_from(case: Suggestion, actor: Actor) -> str:
    """The same from a suggestion of the reader's own unit, while it has something to do there."""
    if case.state not in AT_HAND or case.unit_id != actor.organisation_id or case.system is None:
        return ""
    return declare_href(actor, system=case.system.code)
