"""What happens in the city: applications that live through the product's own operations, month after month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from yunheng.demo import (
    agreeing,
    calendars,
    changing,
    covering,
    exiting,
    migrating,
    optimising,
    ordering,
    reconciling,
    registering,
    releasing,
    silencing,
    succeeding,
    temporaries,
    trials,
)
from yunheng.demo.application import apply
from yunheng.demo.calendar import LOCAL, Say, Story
from yunheng.demo.market import open_market, register_systems
from yunheng.demo.people import City, read
from yunheng.demo.settling import settle_year
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.parties.delegation import delegate
from yunheng.domain.services.operations import undertake
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.law.kernel.period import month_of

SYSTEMS = 120
FIRST_APPLICATION = date(2025, 2, 10)
QUIET = 45  # days before the end in which no settled application begins
# How far the newest applications have come, and how many working days ago they began: for every stage one or more,
# so that each desk has work. The fifth working day after the approval, on day 5, is the last one to open.
STAGES = (
    ("submitted", 2), ("submitted", 1), ("accepted", 3), ("recommended", 5), ("recommended", 6), ("sent_back", 7),
    ("rejected", 8), ("asked_again", 9), ("approved", 6), ("notified", 6), ("notified", 9), ("due_today", 10),
    ("obstacle", 8), ("late", 14), ("dropped", 9), ("resources_disputed", 11), ("half_confirmed", 11),
    ("disputed", 12), ("mediated", 13), ("opened", 10), ("cancelled", 9), ("withdrawn", 5), ("resubmitted", 6),
    ("large", 7), ("returned", 5), ("draft", 1), ("with_head", 2), ("returned", 4), ("opened", 9),
)  # fmt: skip


def live(city: City, *, until: date, say: Say, most: int = SYSTEMS) -> None:
    """From January 2025 to ``until``, with at most so many systems."""
    story = Story(city, until, Random(20250101), calendar_for(city.place.pk), read("catalogue.toml"))  # noqa: S311
    open_market(story)
    systems = register_systems(story, most=most)
    say(f"登记系统 {len(systems)} 个")
    say(f"签署承诺书 {_undertake(story)} 家")
    settled, fresh = _cast(story, systems)
    tries = min(len(trials.DAYS), len(settled) // 4)
    settled, trying = settled[: len(settled) - tries], settled[len(settled) - tries :]
    span = max(1, (until - FIRST_APPLICATION).days - QUIET)
    for n, system in enumerate(settled):
        apply(story, system, FIRST_APPLICATION + timedelta(days=span * n // max(1, len(settled))), "in_service")
    say(f"办结申请 {len(settled)} 件")
    for (stage, back), system in zip(STAGES, fresh, strict=False):
        apply(story, system, story.earlier(story.working(until), back), stage)
    say(f"在办申请 {len(fresh)} 件")
    say(f"对外发布 {releasing.tell(story)} 件")
    say(f"承继 {succeeding.tell(story)} 件")
    say(f"服务变更 {changing.tell(story)} 件")
    say(f"退出使用 {exiting.tell(story)} 件")
    say(f"系统迁移 {migrating.tell(story)} 件")
    say(f"统筹保障 {covering.tell(story)} 件")
    say(f"免费试用 {trials.tell(story, trying)} 件")
    say(f"协议登记 {agreeing.tell(story)} 件")
    say(f"存量登记 {registering.tell(story)} 件")

    say(f"临时服务 {temporaries.tell(story)} 件")
    say(f"优化建议 {optimising.tell(story)} 件")
    say(f"业务日历 {calendars.tell(story)} 件")
    say(f"清单差异 {reconciling.tell(story)} 件")
    say(f"本日优化建议 {optimising.look_today(story)} 件")
    releasing.report_new(story)
    say(f"云服务商工单 {ordering.tell(story)} 件")
    say(f"插件停报 {silencing.tell(story)} 件")
    _deputy(story)
    say(f"计提费用 {_months(story)} 个月")
    say(f"年度结算 {settle_year(story)} 件")


def _cast(story: Story, systems: list[InformationSystem]) -> tuple[list[InformationSystem], list[InformationSystem]]:
    """Which systems are long in service, and which are on their way, at most half of them; the unit that has not signed
    waits for it."""
    last, at = story.city.units[-1], next(n for n, (stage, _) in enumerate(STAGES) if stage == "approved")
    unsigned = [system for system in systems if system.unit == last]
    others = [system for system in systems if system.unit != last]
    half = len(others) - min(len(STAGES), len(others) // 2)
    settled, fresh = others[:half], others[half:]
    if unsigned and len(fresh) > at:
        settled.append(fresh[at])
        fresh[at] = unsigned[0]
    return settled, fresh


def _undertake(story: Story) -> int:
    """Each unit signs before its first opening; the last one has not yet, and its application waits for it."""
    signing = story.city.units[:-1]
    for unit in signing:
        at = story.moment(date(2025, 1, 20))
        undertake(actor=story.actor(unit, "head", at), at=at)
    return len(signing)


def _deputy(story: Story) -> None:
    """The head of the third unit is away, and its handler acts for it in the procedures of chapter 2."""
    unit, at = story.city.units[2], story.moment(story.earlier(story.working(story.until), 2), 17)
    delegate(
        deputy=story.city.who(unit, "handler").username, role="head", kinds=("application", "release"),
        valid_from=at.date(), valid_to=at.date() + timedelta(days=21), ground=f"授权书〔{at.year}〕3号",
        actor=story.actor(unit, "head", at), at=at,
    )  # fmt: skip


def _months(story: Story) -> int:
    """Accrue each complete month on the first day of the next."""
    month, count = date(2025, 1, 1), 0
    while month_of(month).end <= story.until:
        end = month_of(month).end
        at = datetime(end.year, end.month, end.day, 1, tzinfo=LOCAL)
        accrue_month(jurisdiction_id=story.city.place.pk, month=month, at=at)
        month, count = end, count + 1
    return count
