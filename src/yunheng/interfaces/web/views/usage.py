"""How much is used of what is paid for (10): a service's instances by day or hour, a system over all of its instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.metering import tables
from yunheng.domain.metering.operations import CITE
from yunheng.domain.metering.usage import MOST_HOURLY_DAYS, Used, UsedHour, brought_in, hours_of_service, of_service
from yunheng.domain.optimization.found import Measure
from yunheng.domain.optimization.pictures import measures
from yunheng.domain.optimization.system_use import SystemUse, of_system
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components import DailyChart, DayUse, HourUse, Level, daily_chart, hourly_chart
from yunheng.interfaces.web.components.daily import figure_words
from yunheng.interfaces.web.components.parts import Crumb

DAYS_SHOWN = 30
HOURLY = timedelta(days=MOST_HOURLY_DAYS - 1)
SUM_KEYS = ("各实例当日最高之和", "各实例当日P95之和", "")
BY = (("days", "逐日"), ("hours", "逐时"))


@dataclass(frozen=True)
class Span:
    """Two days, both included, and whether hours are shown; ``cut`` says that hours were asked for more days."""

    since: date
    until: date
    hours: bool = False
    cut: bool = False


def _span(request: Asked) -> Span:
    until = _day(request.GET.get("until", "")) or timezone.localdate()
    asked = _day(request.GET.get("since", ""))
    since, by = asked or until - timedelta(days=DAYS_SHOWN - 1), request.GET.get("by", "")
    short = timedelta(0) <= until - since <= HOURLY
    if by == "hours" and not short and since <= until:
        return Span(until - HOURLY, until, hours=True, cut=asked is not None)
    return Span(since, until, hours=short and by != "days")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput([Problem("期间", "须为 2026-01-31 这样的日期")], cite=CITE) from error


@page
def usage(request: Asked, number: str) -> HttpResponse:
    """A service's instances, one instance and metric at a time: day by day, or hour by hour over a few days."""
    span = _span(request)
    service, found = of_service(number=number, since=span.since, until=span.until, actor=request.actor)
    instances = sorted({row.instance for row in found})
    instance = request.GET.get("instance", "") or next(iter(instances), "")
    metrics = [name for name in tables.METRICS if any((r.instance, r.metric) == (instance, name) for r in found)]
    metric = request.GET.get("metric", "") or next(iter(metrics), "")
    days = [row for row in found if (row.instance, row.metric) == (instance, metric)]
    if days and not {"since", "until", "by"} & set(request.GET) and span.until - days[0].day <= HOURLY:
        span = Span(days[0].day, span.until, hours=True)  # not watched for long: its hours say more
    rows: Sequence[Used | UsedHour] = days
    if span.hours:
        hours = hours_of_service(number=number, since=span.since, until=span.until, actor=request.actor)[1]
        rows = [row for row in hours if (row.instance, row.metric) == (instance, metric)]
    zh, unit, _ = tables.METRICS.get(metric, ("", "", 0.0))
    levels = measures(service=service, instance=instance, metric=metric, on=span.until, actor=request.actor)
    values = {
        "chart": _chart((f"{instance} {zh}", unit, f"{zh}（{unit}）"), rows, levels, span), "service": service, "rows": rows, "span": span,
        "instances": instances, "instance": instance, "metric": metric, "zh": zh, "unit": unit, "by": BY,
        "metrics": [(name, tables.METRICS[name][0]) for name in metrics], "most": MOST_HOURLY_DAYS,
        "full": 100 if unit == "%" else max((row.max or 0 for row in rows), default=0), "brought_in": brought_in(),
        "summary": _summary(rows, unit, span),
        "crumbs": [
            Crumb("资源台账", reverse("services")), Crumb(number, reverse("why", args=[number])), Crumb("使用情况"),
        ],
    }  # fmt: skip
    return render(request, "pages/usage.html", values)


def _chart(names: tuple[str, str, str], rows: Sequence[Any], found: Sequence[Measure], span: Span) -> DailyChart | None:
    levels = [Level(one.at, one.words, one.look) for one in found]
    label, unit, axis = names
    if span.hours:
        hours = [HourUse(row.hour, row.max, row.p95, row.mean) for row in rows]
        return hourly_chart(
            label=label, unit=unit, since=span.since, until=span.until, hours=hours, levels=levels, axis=axis
        )
    days = [DayUse(row.day, row.max, row.p95) for row in rows]
    return daily_chart(label=label, unit=unit, days=days, levels=levels, axis=axis)


def _summary(rows: Sequence[Any], unit: str, span: Span) -> list[tuple[str, str]]:
    """What the drawing comes to, in words."""
    each = "各小时" if span.hours else "各日"
    found = []
    for label, values, of in (
        (f"{each}平均值的平均", [row.mean for row in rows], lambda known: sum(known) / len(known)),
        (f"{each}P95中最高", [row.p95 for row in rows], max),
        ("期间最高", [row.max for row in rows], max),
    ):
        known = [value for value in values if value is not None]
        found.append((label, f"{figure_words(of(known))}{unit}" if known else "—"))
    return [*found, ("有数据", f"{len(rows)} {'小时' if span.hours else '天'}")]


@page
def system_usage(request: Asked, code: str) -> HttpResponse:
    """A system over all of its instances: cores used by day against what it has, and each instance's own figures."""
    until = _day(request.GET.get("until", "")) or timezone.localdate()
    since = _day(request.GET.get("since", "")) or until - timedelta(days=DAYS_SHOWN - 1)
    found = of_system(code=code, since=since, until=until, actor=request.actor)
    values = {
        "found": found, "since": since, "until": until, "chart": _cores_chart(found), "brought_in": brought_in(),
        "some": any(day.heard for day in found.days),
        "summary": _cores_summary(found),
        "partly": request.actor.kind == "provider",
        "crumbs": [
            Crumb("资源台账", reverse("services")), Crumb("政务信息系统", reverse("systems")),
            Crumb(found.system.code, reverse("system", args=[found.system.code])), Crumb("使用情况"),
        ],
    }  # fmt: skip
    return render(request, "pages/system_usage.html", values)


def _cores_summary(found: SystemUse) -> list[tuple[str, str]]:
    tops, marks = ([value for value in values if value is not None]
                   for values in zip(*((day.top, day.p95) for day in found.days), strict=True))  # fmt: skip
    shown = [("台账规格", f"{found.capacity:,} 核")]
    if found.suggestions:
        shown.append(("在办建议落实后", f"{found.after:,} 核"))
    for label, values in (("最忙一日，P95之和", marks), ("最忙一日，最高之和", tops)):
        if values:
            share = f"，占规格{max(values) / found.capacity:.0%}" if found.capacity else ""
            shown.append((label, f"{figure_words(max(values))} 核{share}"))
    return [*shown, ("有编号的实例", f"{len(found.instances)} 个")]


def _cores_chart(found: SystemUse) -> DailyChart | None:
    steps = [(one.day, float(one.capacity)) for n, one in enumerate(found.days)
             if n == 0 or one.capacity != found.days[n - 1].capacity]  # fmt: skip
    levels = [Level(float(found.capacity), f"台账规格 {found.capacity} 核", "capacity", tuple(steps))]
    if found.suggestions:
        levels.append(Level(float(found.after), f"在办建议落实后 {found.after} 核", "after"))
    return daily_chart(
        label=f"{found.system.name} CPU使用核数", unit="核", days=[DayUse(one.day, one.top, one.p95) for one in found.days],
        levels=levels, keys=SUM_KEYS, axis="核",
    )  # fmt: skip
