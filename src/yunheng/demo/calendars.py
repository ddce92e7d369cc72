"""Busy periods in the story (10.2): declared by units, checked and confirmed or not; one case at least in each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.domain.optimization.models import BusyCalendar, Suggestion
from yunheng.domain.services.models import Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow import doors

Steps = tuple[tuple[str, int], ...]  # each with the working days before the end on which it was taken


@dataclass(frozen=True)
class Said:
    """A busy period of every year, as a unit says it; ``drafted`` so many working days before the end."""

    name: str
    first: tuple[int, int]  # month, day
    last: tuple[int, int]
    factor: str
    ground: str
    drafted: int
    steps: Steps = ()


SAID = (
    Said("年度统计报送", (6, 1), (6, 30), "3", "年度统计数据集中报送，每年6月底截止", 95,
         (("pass_to_head", 94), ("declare", 94), ("check", 91), ("confirm", 88))),
    Said("春季集中申报", (4, 10), (4, 25), "6", "上半年业务集中网上申报，依据年度工作安排", 60,
         (("declare", 60), ("check", 57), ("confirm", 54))),
    Said("年度考核填报", (9, 1), (10, 20), "2.5", "年度考核指标集中填报、复核", 9,
         (("pass_to_head", 8), ("declare", 8), ("check", 4))),
    Said("专项检查", (7, 1), (8, 15), "2", "年度专项检查数据集中上传", 3, (("pass_to_head", 3), ("declare", 2))),
    Said("统计快报", (1, 5), (1, 20), "2", "年度统计数据会审", 12, (("declare", 12), ("return", 7))),
    Said("年初信息发布", (1, 1), (2, 28), "", "年初发布信息较多", 40, (("declare", 40), ("check", 36), ("refuse", 32))),
    Said("秋季信息核验", (9, 1), (9, 20), "4", "每年九月信息集中核验", 25, (("declare", 25), ("withdraw", 21))),
    Said("夏季应急值守", (5, 1), (8, 31), "1.5", "夏季应急值守，数据上报频次提高", 90,
         (("declare", 90), ("check", 86), ("confirm", 83), ("end", 15))),
    Said("年末集中办理", (10, 1), (12, 20), "3", "年末业务集中办理", 1),
)  # fmt: skip
BY = {
    "pass_to_head": "handler", "declare": "head", "withdraw": "head", "check": "reviewer", "return": "reviewer",
    "confirm": "approver", "refuse": "approver", "end": "approver",
}  # fmt: skip
WORDS = {
    "check": "业务依据清楚，与往年同期监测数据相符", "return": "未附会审安排，起止日期与上年不符，请补正",
    "confirm": "同意", "refuse": "没有明确的业务安排，监测数据中也未见周期性高峰",
    "end": "该系统值守功能已并入市应急指挥平台，不再单独承担高峰", "withdraw": "核验改由省级平台统一办理",
}  # fmt: skip


def tell(story: Story) -> int:
    """A busy period each for systems about which nothing is suggested; returns how many. A small city has fewer."""
    for system, said in zip(_systems(), SAID, strict=False):
        _live(story, system, said)
    return BusyCalendar.objects.count()


def _systems() -> list[InformationSystem]:
    advised = Suggestion.objects.values("system")
    serving = Service.objects.filter(closed_on=None).exclude(system__in=advised).values("system")
    return list(InformationSystem.objects.filter(pk__in=serving).select_related("unit").order_by("pk"))


def _live(story: Story, system: InformationSystem, said: Said) -> None:
    last = story.working(story.until)
    at = story.moment(story.earlier(last, said.drafted), 9)
    first, until = (date(story.until.year, *day).isoformat() for day in (said.first, said.last))
    sent: dict[str, Any] = {
        "system": system.code, "name": said.name, "first": first, "last": until, "recurs": "yearly",
        "factor": said.factor, "ground": said.ground,
    }  # fmt: skip
    case = doors.begin_case(BusyCalendar, sent=sent, actor=story.actor(system.unit, "handler", at), at=at)
    for n, (name, back) in enumerate(said.steps):
        at, role = story.moment(story.earlier(last, back), 10 + n), BY[name]
        place = {"reviewer": story.city.centre, "approver": story.city.bureau}.get(role, system.unit)
        doors.take(case, name, sent={"opinion": WORDS.get(name, "")}, actor=story.actor(place, role, at), at=at)
