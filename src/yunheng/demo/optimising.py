"""Optimisation in the story (10): what providers measured, what the rules found in it, and what became of each.

All machines of the city are measured; the rules look at them on three days, so that the older findings have come to every
end and the newer ones still lie on the desks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from itertools import combinations
from typing import Any

from django.utils.timezone import localdate

from yunheng.demo.application import PIECES
from yunheng.demo.calendar import LOCAL, ONE_DAY, Story
from yunheng.demo.feeding import days_between, hand_in_days, remember
from yunheng.demo.use import QUARTER_END, Turns, keep, kept
from yunheng.domain.metering.operations import compact_all
from yunheng.domain.optimization.daily import detect_all
from yunheng.domain.optimization.facts import lapsed_due
from yunheng.domain.optimization.models import BusyCalendar, MonthlyReport, Suggestion
from yunheng.domain.optimization.reporting import open_due
from yunheng.domain.optimization.timing import keep_time
from yunheng.domain.services import involvements
from yunheng.domain.services.exit import operations as exits
from yunheng.domain.services.instances import replace_instances
from yunheng.domain.services.models import Exit, Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.domain.services.roles import say_roles
from yunheng.foundation.workflow import doors

DATABASES = ("D-RDS-MYSQL-4C16", "D-RDS-KES-4C16", "D-RDS-DM-4C16", "D-DRDS-8C32")
LINES = ("N-SLB", "N-BW")
SIZED = ("C-ECS-4C16G", "C-ECS-8C32G", "C-ECS-16C64G")
ABOUT = {"idle": (*SIZED, *DATABASES), "left": SIZED, "large": SIZED, "roomy": SIZED, "silent": LINES}
BEFORE = {
    "idle": "office",
    "left": "office",
    "silent": "line",
}  # it turned into that; the others were not measured before
OLD, NEW = 36, 3  # working days before the end on which the rules look
SHORT, FULL = 31, 61  # days of hours before a look by which idle and larger machines are found
REMEMBERED = 114  # days of the past that are known
SEASONAL = "预算|财政|统计|公积金|经济|结算|国资"  # names of systems that may well be busy at the end of a quarter
OWN = 5  # lines of the first unit
TABLES = 2  # last days of which the providers' tables are there
NIGHT = time(0, 5)  # tables of a day come right after it, and never before the city is built
# What became of a finding: steps, each so many working days after the last.
Steps = tuple[tuple[str, int], ...]
# A finding: when it was made, what was found, and the steps; in a small city the first ones stand for all.
CAST: tuple[tuple[int, str, Steps], ...] = (
    (NEW, "idle", (("issue", 1),)),
    (OLD, "idle", (("issue", 1), ("lapse", 7), ("end_coverage", 3))),
    (OLD, "idle", (("issue", 2), ("file", 2), ("plan_adjustment", 0), ("carry_out", 3), ("adjusted", 1))),
    (NEW, "large", (("issue", 1),)),
    (NEW, "left", ()),
    (OLD, "idle", (("issue", 1), ("object", 3), ("uphold", 4))),
    (NEW, "idle", (("issue", 1), ("object", 1))),
    (OLD, "large", (("issue", 20),)),
    (NEW, "idle", (("issue", 1), ("file", 1), ("plan_adjustment", 0))),
    (OLD, "left", (("dismiss", 2),)),
    (NEW, "silent", (("issue", 1),)),
    (OLD, "silent", (("issue", 2), ("file", 2), ("plan_adjustment", 0), ("carry_out", 3), ("adjusted", 1))),
    (OLD, "idle", (("file", 1), ("carry_out", 4))),
    (NEW, "large", ()),
    (OLD, "idle", (("issue", 5), ("note", 12))),
    (NEW, "left", (("issue", 1),)),
    (OLD, "idle", (("issue", 22), ("object", 4), ("refuse", 5))),
    (NEW, "roomy", ()),
    (OLD, "large", (("issue", 33),)),
    (NEW, "idle", ()),
    (OLD, "large", (("issue", 3), ("lapse", 7), ("excuse", 24))),
    (NEW, "silent", ()),
    (OLD, "large", (("issue", 28), ("object", 2))),
    (NEW, "roomy", (("issue", 1),)),
    (NEW, "large", ()),
    (NEW, "left", ()),
    (NEW, "left", (("issue", 1),)),
    (OLD, "left", (("issue", 33),)),
    (NEW, "left", ()),
)
BY = {
    "issue": ("provider", "delivery"), "dismiss": ("provider", "delivery"), "adjusted": ("provider", "delivery"),
    "object": ("unit", "head"), "plan_adjustment": ("unit", "head"), "uphold": ("bureau", "approver"),
    "refuse": ("bureau", "approver"), "end_coverage": ("bureau", "approver"),
    "excuse": ("bureau", "approver"), "note": ("centre", "reviewer"),
}  # fmt: skip
WORDS = {
    "object": "每月初集中出具报表，平时负载低，不宜回收", "uphold": "报表业务确有周期，予以采纳",
    "refuse": "三十天内未见报表高峰，理由不充分", "end_coverage": "期限届满未调整，也未说明理由",
    "note": "费用由本单位承担，已提示压减，记录备查",
    "excuse": "调整方案已定，因业务年度验收顺延，同意延期一次",
    "dismiss": "双机热备的备机，平时不承担业务",
}  # fmt: skip


Plan = dict[date, list[tuple[Service, str]]]


def tell(story: Story) -> int:
    """Two looks of the rules, and what people did after them; returns how many suggestions there are."""
    first, second = (story.earlier(story.working(story.until), back) for back in (OLD, NEW))
    cast = _cast(story, {OLD: first, NEW: second})
    turns = _turns(cast, first, second)
    _declare(story, turns, first)
    _reserve(story, turns, first)
    known = story.until - REMEMBERED * ONE_DAY
    _look(story, turns, known, first)
    plan = _plan(story, [(service, steps) for service, (look, _, steps) in cast.items() if look == OLD], first)
    _live(story, plan, first, second)
    _look(story, turns, first, second)
    newer = [(service, steps) for service, (look, _, steps) in cast.items() if look == NEW]
    for day, rows in _plan(story, newer, second).items():
        plan.setdefault(day, []).extend(rows)
    _live(story, plan, second, story.until)
    keep(turns)
    _report(story)
    return Suggestion.objects.count()


def look_today(story: Story) -> int:
    """What was measured to the end, and found today; returns how many suggestions there are then."""
    second = story.earlier(story.working(story.until), NEW)
    _look(story, kept(), second, story.until)
    return Suggestion.objects.count()


def _cast(story: Story, looks: dict[int, date]) -> dict[Service, tuple[int, str, Steps]]:
    """A line for each finding, long enough in use, that nothing else concerns; first some of the first unit."""
    rows = Service.objects.filter(
        closed_on=None, trial=False, sku__in=[one for codes in ABOUT.values() for one in codes], predecessor=None
    ).exclude(instances="")
    rows = rows.order_by("quantity", "number").select_related("system__unit", "contract__provider", "jurisdiction")
    free = [row for row in involvements.free(rows.prefetch_related("conditions")) if not _resized(row)]
    free = [row for row in free if row.unit == story.city.units[0]][:OWN] + free
    found: dict[Service, tuple[int, str, Steps]] = {}
    for one in CAST:
        service = next((row for row in free if _fits(row, one, looks[one[0]])), None)
        if service is not None:
            free = [row for row in free if row != service]
            found[service] = one
            _name(story, service, story.earlier(looks[one[0]], 1))
    return found


def _resized(service: Service) -> bool:
    return any(c.kind in ("sku", "quantity") for c in service.conditions.all())


def _fits(service: Service, one: tuple[int, str, Steps], day: date) -> bool:
    """What is registered late was in nobody's sight before; a database has one size."""
    look, kind, steps = one
    seen = day - (SHORT if kind in BEFORE else FULL) * ONE_DAY
    own = service.at("lane", day) == "own"
    return (
        service.opened_on < seen
        and (look == NEW or not service.instances.startswith("yb-"))
        and service.sku in ABOUT[kind]
        and own is any(step == "note" for step, _ in steps)
    )


def _name(story: Story, service: Service, day: date) -> None:
    """What was listed as one line has a name for each of its machines from now on."""
    named, count = service.instances.split()[0], int(service.quantity)
    if story.skus[service.sku][3] in PIECES and count != len(instances_of(service)):
        at = story.moment(day, 9)
        names = "\n".join(f"{named}-{n}" for n in range(1, count + 1))
        replace_instances(service, instances=names, actor=story.actor(service.contract.provider, "delivery", at), at=at)
        service.refresh_from_db()


def _turns(cast: dict[Service, tuple[int, str, Steps]], first: date, second: date) -> dict[str, list[tuple[str, date]]]:
    """What is found the second time was not to be seen the first time: it turned idle since, or is measured since."""
    found = {}
    for service, (look, kind, _) in cast.items():
        begins = {OLD: date.min, NEW: second - (SHORT + 1 if kind in BEFORE else FULL) * ONE_DAY}[look]
        found[service.number] = [(kind, begins)] if look == OLD else [(BEFORE.get(kind, ""), date.min), (kind, begins)]
    return found


def _declare(story: Story, turns: dict[str, list[tuple[str, date]]], day: date) -> None:
    """A system that works at the end of each quarter; its unit has declared that (10.2)."""
    lines = Service.objects.filter(closed_on=None, sku__in=SIZED, opened_on__lt=day).exclude(number__in=turns)
    lines = lines.exclude(system__services__number__in=turns).order_by("opened_on", "number")
    line = lines.filter(system__name__regex=SEASONAL).first() or lines.first()
    if line is None:
        return
    for service in line.system.services.filter(sku__in=ABOUT["idle"]):
        turns[service.number] = [("quarter", date.min)]
    day = story.earlier(day, 9)
    at = story.moment(day, 10)
    sent = {
        "system": line.system.code, "name": "季度结算", "first": f"{day.year - 1}-12-{QUARTER_END}",
        "last": f"{day.year - 1}-12-31", "recurs": "quarterly", "ground": "每季度末集中办理结算和报表，平时很少使用",
    }  # fmt: skip
    case = doors.begin_case(BusyCalendar, sent=sent, actor=story.actor(line.unit, "handler", at), at=at)
    places = ((line.unit, "head"), (story.city.centre, "reviewer"), (story.city.bureau, "approver"))
    for n, (name, by) in enumerate(zip(("declare", "check", "confirm"), places, strict=True)):
        at = story.moment(story.later(day, 2 * n), 15)
        doors.take(case, name, sent={"opinion": "与历年结算时间一致"}, actor=story.actor(*by, at), at=at)


def _reserve(story: Story, turns: dict[str, list[tuple[str, date]]], day: date) -> None:
    """A machine that stands by, and one whose like in the same system works: neither is idle for resting (10.2)."""
    lines = Service.objects.filter(closed_on=None, trial=False, sku__in=SIZED, opened_on__lt=day).exclude(
        number__in=turns
    )
    free = list(
        lines.exclude(instances="").select_related("system", "unit", "contract").order_by("opened_on", "number")
    )
    pair = next(([a, b] for a, b in combinations(free, 2) if a.system_id == b.system_id), [])
    standby = next((row for row in free if row not in pair), None)
    told = [
        *zip(pair, ("public", "left"), ("应用", "应用"), strict=False),
        *([(standby, "left", "备机")] if standby else []),
    ]
    for service, kind, role in told:
        turns[service.number] = [(kind, date.min)]
        at = story.moment(story.earlier(day, 3), 16)
        words = "\n".join(f"{one} {role}" for one in instances_of(service))
        say_roles(service, roles=words, actor=story.actor(service.unit, "handler", at), at=at)


def _look(story: Story, turns: Turns, since: date, day: date) -> None:
    """What was measured from one day to before another comes in, and the rules judge it."""
    ended = day == story.until
    tabled = day - (TABLES if ended else 0) * ONE_DAY
    remember(turns, calendar=story.calendar, first=since, until=tabled)
    at = datetime.combine(day, NIGHT, LOCAL)
    for one in days_between(tabled, day):
        night = datetime.combine(one + ONE_DAY, NIGHT, LOCAL)
        for provider in story.city.providers:
            hand_in_days(turns, provider=provider, days=[one], calendar=story.calendar, at=night)
    compact_all(at=at)
    detect_all(at=at)


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
        places = {
            "unit": unit,
            "provider": service.contract.provider,
            "bureau": story.city.bureau,
            "centre": story.city.centre,
        }
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
