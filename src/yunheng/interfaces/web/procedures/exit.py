"""The page of an exit (11): what goes, the backup as evidence, the days that are not the provider's, the days too late."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.services.exit import queries
from yunheng.domain.services.models import Exit
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.interfaces.web.components.clock import ClockView, clock_view
from yunheng.interfaces.web.components.dates import day_with_weekday, long_day, long_moment
from yunheng.interfaces.web.components.parts import Fact
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import trials
from yunheng.law.ch2_use.art11_term import STOPPED
from yunheng.law.kernel.machine import Step

WAITS = {"hold": "暂停办理", "back_up": "等待用户单位确认备份"}
BACKUP = {True: "需要", False: "不需要", None: "未写明"}


def _facts(case: Exit, today: date) -> list[tuple[str, object]]:
    count = len(case.services)
    return [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("云服务商", case.provider.name if case.provider else "—"),
        ("范围", f"整个系统退出，{count} 项服务" if case.whole else f"部分退出，{count} 项服务"),
        ("数据迁移备份", f"需要，移交到{case.backup_to}" if case.wants_backup else BACKUP[case.wants_backup]),
        ("退出事由", case.reason or "—"),
        ("送达云服务商", case.delivered_on or "—"),
        ("实际终止日（不计费）", case.released_on or "—"),
    ]


def _evidence(case: Exit) -> list[Fact]:
    """The backup: digest, place, who confirmed it and when."""
    if not case.digest:
        return []
    last = {event.step: event for event in case.events.order_by("sequence")}
    made, seen = last["back_up"], last.get("acknowledge")
    confirmed = f"{seen.actor_organisation} {seen.actor_name}，{long_moment(seen.at)}" if seen else "等待用户单位确认"
    return [
        Fact("存放位置", case.place),
        Fact("备份时间", f"{long_moment(made.at)}，{made.actor_organisation} {made.actor_name}"),
        Fact("用户单位确认", confirmed),
    ]


def _waits(case: Exit, today: date) -> list[tuple[str, str, str, int]]:
    """Why, from, to, and how many working days: what does not count for the provider."""
    calendar, rows = calendar_for(case.jurisdiction_id), []
    since = None
    for event in case.events.order_by("sequence"):
        if since is not None and event.to_state != since.to_state:
            rows.append(_wait(since, localdate(event.at), calendar))
            since = None
        if event.to_state in STOPPED and event.from_state != event.to_state:
            since = event
    if since is not None:
        words, start, _, days = _wait(since, today, calendar)
        rows.append((words, start, "今天", days))
    return rows


def _wait(since: Any, until: date, calendar: Any) -> tuple[str, str, str, int]:
    start = localdate(since.at)
    days = sum(calendar.is_working_day(date.fromordinal(n)) for n in range(start.toordinal(), until.toordinal()))
    ground = since.data.get("ground", "")
    words = WAITS.get(since.step, "等待用户单位确认备份")
    return f"{words}（{ground}）" if ground else words, long_day(start), long_day(until), days


def _still(case: Exit, today: date) -> ClockView | None:
    """The provider's clock while it stands still."""
    if case.state not in STOPPED:
        return None
    due = queries.due_of(case, on=today)
    assert due is not None
    words = f"今天恢复的，云服务商须在{day_with_weekday(due)}24:00 前办结"
    return clock_view(
        received_on=case.delivered_on, due_on=due, today=today, calendar=calendar_for(case.jurisdiction_id), paused=True,
        paused_words=words,
    )  # fmt: skip


def _values(case: Exit, actor: Actor, today: date) -> dict[str, Any]:
    late = queries.late(case, on=today)
    return {
        "services": trials.rows(case.services, today),
        "evidence": _evidence(case),
        "waits": _waits(case, today),
        "still": _still(case, today),
        "late": late if late and late.days else None,
    }


def _consequence(case: Exit, step: Step, today: date) -> str:
    if step.name == "submit":
        return step.follows
    if step.name == "release":
        found = queries.late(case, on=today)
        if found and found.days:
            return f"{step.follows}。今天终止的，超过时限 {found.days} 天（自然日），列为可争议"
    return ""


PAGE = Page(_facts, _values, template="pages/exit.html", consequence=_consequence)
