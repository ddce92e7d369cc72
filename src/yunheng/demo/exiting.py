"""Exits of the story (11): one at each stage, one held, one released too late; each of a part of its system."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.domain.services import involvements
from yunheng.domain.services.models import Exit, Service
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow import doors

# What was done, and how many working days before the end of the story it began.
CASES: tuple[tuple[tuple[str, ...], int], ...] = (
    ((), 1),
    (("pass_to_head",), 1),
    (("submit",), 3),
    (("submit", "withdraw"), 9),
    (("submit", "hold"), 4),
    (("submit", "back_up"), 4),
    (("submit", "back_up", "acknowledge"), 9),
    (("submit", "back_up", "acknowledge", "release"), 6),
    (("submit", "back_up", "acknowledge", "release", "report"), 8),
    (("submit", "back_up", "acknowledge", "late", "report", "close"), 40),
    (("submit", "back_up", "refuse_backup", "back_up", "acknowledge", "release", "report", "close"), 60),
)
BY = {
    "pass_to_head": ("unit", "handler"), "submit": ("unit", "head"), "withdraw": ("unit", "head"),
    "hold": ("bureau", "approver"), "back_up": ("provider", "delivery"), "acknowledge": ("unit", "handler"),
    "refuse_backup": ("unit", "handler"), "release": ("provider", "delivery"), "report": ("provider", "delivery"),
    "close": ("centre", "reviewer"),
}  # fmt: skip
WORDS = {"withdraw": "业务仍需使用，暂不退出", "refuse_backup": "缺少三月份的附件，请补齐后重新备份"}


def tell(story: Story) -> int:
    """So many as there are services that nothing else concerns; returns how many."""
    told = 0
    for (steps, back), service in zip(CASES, _free(story), strict=False):
        _exit(story, service, steps, story.earlier(story.working(story.until), back))
        told += 1
    return told


def _free(story: Story) -> list[Service]:
    """One old covered service of each of several systems that keep others, and that no open case is about."""
    rows = Service.objects.filter(closed_on=None, lane="covered", opened_on__lt=story.earlier(story.until, 90))
    rows = rows.select_related("system__unit", "contract__provider").order_by("system", "number")
    by_system = (list(found) for _, found in groupby(involvements.free(rows), key=attrgetter("system_id")))
    return [found[-1] for found in by_system if len(found) > 1]


def _exit(story: Story, service: Service, steps: tuple[str, ...], start: date) -> None:
    at = story.moment(start, 9)
    unit = service.system.unit
    handler = story.actor(unit, "handler", at)
    sent = {"system": service.system.code, "provider": service.contract.provider.credit_code}
    case = doors.begin_case(Exit, sent=sent, actor=handler, at=at)
    assert isinstance(case, Exit)
    given = {
        "services": [service.number], "wants_backup": "yes", "backup_to": f"{unit.short_name}自有存储",
        "reason": "业务已并入一体化平台，不再单独使用",
    }  # fmt: skip
    doors.edit(case, "request", sent=given, actor=handler, at=at)
    day = start
    for n, name in enumerate(steps):
        day = story.later(day, 9) if name == "late" else story.later(day, 1) if n else day
        _take(story, case, name.replace("late", "release"), story.moment(day, 10 + n))


def _take(story: Story, case: Exit, name: str, at: datetime) -> None:
    assert case.provider is not None
    side, role = BY[name]
    places = {"unit": case.unit, "provider": case.provider, "bureau": story.city.bureau, "centre": story.city.centre}
    carried: dict[str, dict[str, Any]] = {
        "hold": {"ground": "季度安全检查"},
        "back_up": {
            "digest_kind": "sm3", "digest": sm3(case.number.encode()), "place": "离线存储三号柜",
        },
        "release": {"day": at.date().isoformat()},
        "report": {"disposal": "实例已删除，网络地址已收回，账号已停用", "destroyed": "yes"},
    }  # fmt: skip
    sent = {"opinion": WORDS.get(name, ""), **carried.get(name, {})}
    doors.take(case, name, sent=sent, actor=story.actor(places[side], role, at), at=at)
