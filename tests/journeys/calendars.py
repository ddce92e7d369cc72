"""How a busy period comes to each of its states: short acts of the cast, shared by the tests of article 10."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.cast import Cast, moment
from yunheng.domain.optimization.models import BusyCalendar
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow import doors

AT = moment("2026-05-20 10:00")  # a Wednesday
LAST = date(2026, 6, 3)  # ten working days later
SENT = {"name": "学期末", "first": "2026-06-10", "last": "2026-06-25", "recurs": "yearly", "ground": "学籍年度核验"}
BY = {
    "pass_to_head": "chen", "declare": "luo", "redeclare": "luo", "withdraw": "luo", "check": "wu", "return": "wu",
    "confirm": "zhou", "refuse": "zhou", "end": "zhou",
}  # fmt: skip


def draft(cast: Cast, *, at: datetime = AT, **more: Any) -> BusyCalendar:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    sent = {"system": "JY-001", **SENT, **more}
    made = doors.begin_case(BusyCalendar, sent=sent, actor=cast.actor("chen", at), at=at)
    assert isinstance(made, BusyCalendar)
    return made


def take(cast: Cast, case: BusyCalendar, *names: str, at: datetime = AT) -> BusyCalendar:
    for name in names:
        doors.take(case, name, sent={"opinion": "理由"}, actor=cast.actor(BY[name], at), at=at)
    return case


def taken(cast: Cast, *names: str) -> BusyCalendar:
    return take(cast, draft(cast), *names)


def confirmed(cast: Cast, *, at: datetime = AT, **more: Any) -> BusyCalendar:
    return take(cast, draft(cast, at=at, **more), "declare", "check", "confirm", at=at)
