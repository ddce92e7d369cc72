"""Optimisation in the story (10): what providers measured, what the rules found in it, and what became of each.

Providers hand in their tables of utilisation by the hour; the rules look at them on two days, so that the older findings
have come to every end and the newer ones still lie on the desks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from django.utils.timezone import localdate

from yunheng.demo.calendar import ONE_DAY, Story
from yunheng.domain.metering import tables
from yunheng.domain.metering.handing import hand_in
from yunheng.domain.metering.operations import compact_all
from yunheng.domain.optimization.daily import detect_all
from yunheng.domain.optimization.facts import lapsed_due
from yunheng.domain.optimization.models import MonthlyReport, Suggestion
from yunheng.domain.optimization.reporting import open_due
from yunheng.domain.optimization.timing import keep_time
from yunheng.domain.services import involvements
from yunheng.domain.services.exit import operations as exits
from yunheng.domain.services.instances import replace_instances
from yunheng.domain.services.models import Exit, Release, Service
from yunheng.foundation.workflow import doors

SIZED = ("C-ECS-4C16G", "C-ECS-8C32G", "C-ECS-16C64G")
OLD, NEW = 36, 3  # working days before the end on which the rules look
SEEN = 31  # days of hours before each
MOST = 8  # hosts of a line
# What became of a finding: steps, each so many working days after the last.
Steps = tuple[tuple[str, int], ...]
OLDER: tuple[Steps, ...] = (
    (("issue", 1), ("lapse", 7), ("end_coverage", 3)),
    (("issue", 2), ("file", 2), ("plan_adjustment", 0), ("carry_out", 3), ("adjusted", 1)),
    (("issue", 1), ("object", 3), ("uphold", 4)),
    (("dismiss", 2),),
    (("file", 1),),
    (("issue", 22), ("object", 4), ("refuse", 5)),
    (("issue", 33),),
)
NEWER: tuple[Steps, ...] = (
    (), (("issue", 1),), (("issue", 1), ("object", 1)), (("issue", 1), ("file", 1), ("plan_adjustment", 0)),
)  # fmt: skip
BY = {
    "issue": ("provider", "delivery"), "dismiss": ("provider", "delivery"), "adjusted": ("provider", "delivery"),
    "object": ("unit", "head"), "plan_adjustment": ("unit", "head"), "uphold": ("bureau", "approver"),
    "refuse": ("bureau", "approver"), "end_coverage": ("bureau", "approver"),
}  # fmt: skip
WORDS = {
    "object": "每月初集中出具报表，平时负载低，不宜回收", "uphold": "报表业务确有周期，予以采纳",
    "refuse": "三十天内未见报表高峰，理由不充分", "end_coverage": "期限届满未调整，也未说明理由",
    "dismiss": "双机热备的备机，平时不承担业务",
}  # fmt: skip


Plan = dict[date, list[tuple[Service, str]]]


def tell(story: Story) -> int:
    """Two looks of the rules, and what people did after them; returns how many suggestions there are."""
    first, second = (story.earlier(story.working(story.until), back) for back in (OLD, NEW))
    hosts = _hosts(story, first)
    older, newer = hosts[: len(OLDER)], hosts[len(OLDER) : len(OLDER) + len(NEWER)]
    _measure(story, {service: service in older for service in hosts}, first)
    detect_all(at=story.moment(first, 8))
    plan = _plan(story, zip(older, OLDER, strict=False), first)
    _live(story, plan, first, second)
    _measure(story, {service: service in newer for service in hosts if service not in older}, second)
    detect_all(at=story.moment(second, 8))
    for day, rows in _plan(story, zip(newer, NEWER, strict=False), second).items():
        plan.setdefault(day, []).extend(rows)
    _live(story, plan, second, story.until)
    _report(story)
    return Suggestion.objects.count()


def _hosts(story: Story, first: date) -> list[Service]:
    """Lines of few hosts that nothing else concerns, each host with an id of its own."""
    rows = Service.objects.filter(closed_on=None, lane="covered", trial=False, sku__in=SIZED)
    rows = rows.exclude(system__in=Release.objects.values("system"))  # its gate knows the plug-ins by name
    rows = rows.filter(opened_on__lt=first - timedelta(days=SEEN), quantity__lte=MOST).exclude(instances="")
    rows = rows.select_related("system__unit", "contract__provider").prefetch_related("conditions")
    free = [row for row in involvements.free(rows.order_by("quantity", "number")) if not row.conditions.all()]
    found = free[: len(OLDER) + len(NEWER) + 2]
    for service in found:
        named, count = service.instances.split()[0], int(service.quantity)
        if count > 1:
            at = story.moment(story.earlier(first, 1), 9)
            names = "\n".join(f"{named}-{n}" for n in range(1, count + 1))
            provider = story.actor(service.contract.provider, "delivery", at)
            replace_instances(service, instances=names, actor=provider, at=at)
            service.refresh_from_db()
    return found


def _measure(story: Story, idle: dict[Service, bool], day: date) -> None:
    """Each provider hands in the hours of a month of its hosts, and the platform takes them in."""
    for provider in story.city.providers:
        mine = [service for service in idle if service.contract.provider_id == provider.pk]
        if mine:
            at = story.moment(day, 7)
            content = _table([(service, idle[service]) for service in mine], day)
            hand_in(content=content, filename=f"{day}.csv", actor=story.actor(provider, "delivery", at), at=at)
    compact_all(at=story.moment(day, 7))


def _table(hosts: Sequence[tuple[Service, bool]], day: date) -> bytes:
    """CPU and network by the hour of the month before a day; who works, works by day."""
    file = io.StringIO()
    writer = csv.writer(file)
    shown = [
        tables.column(metric, figure) for metric in ("cpu.utilization", "network.bytes") for figure in tables.FIGURES
    ]
    writer.writerow([*list(tables.BASE.values())[:4], *shown])
    for back, hour in product(range(SEEN, 0, -1), range(24)):
        for service, rests in hosts:
            load = 1 + (hour + back) % 3 * 0.3 if rests else 20 + 35 * (8 <= hour < 20) + (hour * 7 + back) % 9
            figures = [load * part * by for by in (1, 300) for part in (0.7, 1, 1.2)]
            for line in service.instances.splitlines():
                writer.writerow([day - timedelta(days=back), hour, service.number, line.split()[0],
                                 *(f"{figure:.2f}" for figure in figures)])  # fmt: skip
    return file.getvalue().encode()


def _plan(story: Story, chosen: Iterable[tuple[Service, Steps]], start: date) -> Plan:
    """Who does what on which day."""
    found: Plan = {}
    for service, steps in chosen:
        day = start
        for name, wait in steps:
            day = story.later(day, wait)
            found.setdefault(day, []).append((service, name))
    return found


def _live(story: Story, plan: Plan, start: date, until: date) -> None:
    """Day by day after ``start``: what people planned, then the clock; on the first of a month's days the report."""
    day = story.later(start, 1)
    while day <= until:
        for n, (service, name) in enumerate(plan.pop(day, [])):
            _take(story, service, name, story.moment(day, 9 + n % 6))
        keep_time(at=story.moment(day, 16))
        open_due(at=story.moment(day, 17))
        day = story.later(day, 1)


def _take(story: Story, service: Service, name: str, at: datetime) -> None:
    case = Suggestion.objects.filter(service=service).first()
    if case is None or name == "lapse":  # that is the clock's
        return
    unit = service.system.unit
    if name == "file":
        _file(story, case, at)
    elif name == "carry_out":
        held = Exit.objects.get(involvements__service=service)
        exits.release(held, actor=story.actor(service.contract.provider, "delivery", at), at=at, day=at.date())
    else:
        side, role = BY[name]
        places = {"unit": unit, "provider": service.contract.provider, "bureau": story.city.bureau}
        sent: dict[str, Any] = {"opinion": WORDS.get(name, "")}
        if name == "dismiss":
            sent["dismissal"] = "reserve"
        if name == "end_coverage":
            sent["day"] = (lapsed_due(case) + ONE_DAY).isoformat()
        if name == "plan_adjustment":
            sent["linked"] = Exit.objects.get(involvements__service=service).number
        doors.take(case, name, sent=sent, actor=story.actor(places[side], role, at), at=at)


def _file(story: Story, case: Suggestion, at: datetime) -> None:
    """The unit draws the exit up in the suggestion, and its head files it."""
    handler, head = (story.actor(case.unit, role, at) for role in ("handler", "head"))
    made = doors.edit(case, "adjustment", sent={"way": "exit"}, actor=handler, at=at)
    sent = {"services": [case.service.number], "wants_backup": "no", "backup_to": "", "reason": "长期闲置，主动退出"}
    doors.edit(made, "request", sent=sent, actor=handler, at=at)
    exits.pass_to_head(made, actor=handler, at=at)
    exits.submit(made, actor=head, at=at)


def _report(story: Story) -> None:
    """All monthly reports but the newest are sent and taken note of."""
    for case in MonthlyReport.objects.order_by("month", "pk").exclude(
        month=MonthlyReport.objects.latest("month").month
    ):
        assert case.provider is not None
        sent = story.later(localdate(case.created_at), 2)
        for n, (name, side) in enumerate((("submit", case.provider), ("receive", story.city.bureau))):
            at = story.moment(story.later(sent, n), 10)
            role = "delivery" if name == "submit" else "approver"
            if at.date() <= story.until:
                doors.take(case, name, sent={}, actor=story.actor(side, role, at), at=at)
