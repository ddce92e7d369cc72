"""Temporary services of the story (12): one at each stage, one by word, one longer, one that ran past its period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.services.models import Temporary
from yunheng.domain.services.temporary.operations import end
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import Case
from yunheng.law.kernel.machine import MACHINES

OPENED = ("pass_to_head", "submit", "verify", "report_opened")
RUNS = (*OPENED, "confirm_opening")
WORKS = (
    ("city", "汛期应急指挥调度，临时扩充会商与推演资源"),
    ("province", "全省政务服务集中攻坚，临时增加并发处理能力"),
    ("state", "国家重大活动保障，临时部署联勤指挥系统"),
    ("city", "高考志愿填报高峰保障"),
    ("province", "森林防灭火紧要期视频汇聚"),
)
PRODUCTS = (("C-ECS-VCPU", 32), ("C-ECS-MEM", 64), ("S-DISK-EFF", 500), ("N-BW", 100))


@dataclass(frozen=True)
class Tale:
    """What was done, how many working days before the end of the story it began, and how many days it was to last."""

    steps: tuple[str, ...]
    back: int
    days: int
    oral: bool = False
    hours: int | None = None


TALES = (
    Tale((), 1, 30),
    Tale(("pass_to_head",), 1, 20),
    Tale(("pass_to_head", "submit"), 2, 45),
    Tale(("pass_to_head", "submit"), 1, 10, oral=True),
    Tale(("pass_to_head", "submit", "return"), 4, 30),
    Tale(("pass_to_head", "submit", "reject"), 12, 30),
    Tale(("pass_to_head", "submit", "withdraw"), 9, 30),
    Tale(OPENED[:3], 2, 20, hours=72),
    Tale((*OPENED[:3], "cancel"), 15, 20),
    Tale(OPENED, 3, 25, oral=True, hours=4),
    Tale((*OPENED, "dispute_day"), 4, 40),
    Tale(RUNS, 10, 18),
    Tale((*RUNS, "ask_extension"), 12, 20),
    Tale((*RUNS, "ask_extension", "extend"), 16, 25),
    Tale((*RUNS, "convert"), 9, 30),
    Tale((*RUNS, "over"), 22, 14),
    Tale((*RUNS, "over", "release"), 40, 21),
    Tale((*RUNS, "end", "release"), 70, 60),
)
BY = {
    "pass_to_head": ("unit", "handler"), "submit": ("unit", "head"), "withdraw": ("unit", "head"), "verify": ("bureau", "approver"),
    "return": ("bureau", "approver"), "reject": ("bureau", "approver"), "cancel": ("unit", "head"),
    "report_opened": ("provider", "delivery"), "dispute_day": ("unit", "head"), "ask_extension": ("unit", "head"),
    "extend": ("bureau", "approver"), "convert": ("unit", "head"), "end": ("unit", "head"), "release": ("provider", "delivery"),
}  # fmt: skip
LATER = ("dispute_day", "ask_extension", "extend", "convert", "end", "release", "cancel")
WORDS = {
    "return": "同意函没有写明使用期间，请补充说明后重新提交", "reject": "不属重大工作安排，由单位与云服务商自行协商",
    "withdraw": "活动推迟，暂不使用", "cancel": "任务取消", "dispute_day": "当日网络未通，次日才可使用",
}  # fmt: skip


def tell(story: Story) -> int:
    """So many as there are systems that nothing else concerns, of units that have signed; returns how many."""
    told = 0
    for n, (tale, system) in enumerate(zip(TALES, _free(), strict=False)):
        _temporary(story, system, tale, n)
        told += 1
    return told


def _free() -> list[InformationSystem]:
    """Systems that no open case is about, but for their release."""
    busy = {
        case.system_id
        for case in Case.objects.exclude(kind="release").exclude(system=None)
        if not MACHINES[case.kind].state(case.state).final
    }
    signed = InformationSystem.objects.filter(unit__undertakings__isnull=False, hosting="cloud", classified=False)
    return list(signed.exclude(pk__in=busy).select_related("unit").distinct().order_by("-code"))


def _temporary(story: Story, system: InformationSystem, tale: Tale, n: int) -> None:
    start = story.earlier(story.working(story.until), tale.back)
    at = story.moment(start, 9)
    handler = story.actor(system.unit, "handler", at)
    case = doors.begin_case(Temporary, sent={"system": system.code}, actor=handler, at=at)
    assert isinstance(case, Temporary)
    doors.edit(case, "request", sent=_request(story, case, tale, n, at), actor=handler, at=at)
    rows = [{"sku": sku, "quantity": f"{count}"} for sku, count in PRODUCTS[: 2 + n % 3]]
    doors.edit(case, "list", sent={"lines": rows}, actor=handler, at=at)
    case.refresh_from_db()
    day = start
    for k, name in enumerate(tale.steps):
        if name == "over":
            assert case.until is not None
            day = story.later(case.until, 1)
        elif name in LATER:
            day = story.later(day, 1)
        _take(story, case, name, story.moment(day, 10 + k), tale)


def _request(story: Story, case: Temporary, tale: Tale, n: int, at: datetime) -> dict[str, Any]:
    level, purpose = WORKS[n % len(WORKS)]
    day = at.date()
    sent: dict[str, Any] = {
        "level": level, "purpose": purpose, "from_on": f"{day}", "until": f"{day + timedelta(days=tale.days)}",
        "consent": "oral" if tale.oral else "written",
    }  # fmt: skip
    if tale.oral:
        return sent | {
            "oral_by": "市政府总值班室",
            "oral_on": f"{day}",
            "oral_time": "8:40",
            "oral_line": "值班电话转达，已录音",
        }
    number = f"府办函〔{day.year}〕{100 + n}号"
    return sent | {"consent_number": number, "consent_on": f"{day}", "paper": _paper(story, case, at)}


def _paper(story: Story, case: Temporary, at: datetime) -> Attachment:
    return store(
        content=paper("关于同意临时使用政务云服务的函"), filename="市政府同意函.pdf", kind="consent",
        jurisdiction_id=case.jurisdiction_id, person_id=story.city.who(case.unit, "handler").pk, at=at, case_id=case.pk,
    )  # fmt: skip


def _take(story: Story, case: Temporary, name: str, at: datetime, tale: Tale) -> None:
    if name == "over":
        end(case, actor=CLOCK, at=at)
        return
    places = {"unit": case.unit, "provider": case.provider, "bureau": story.city.bureau}
    who = [("unit", "head"), ("provider", "delivery")] if name == "confirm_opening" else [BY[name]]
    for side, role in who:
        place = places[side]
        assert place is not None
        sent = {"opinion": WORDS.get(name, ""), **_carried(story, case, name, at, tale)}
        doors.take(case, name, sent=sent, actor=story.actor(place, role, at), at=at)


def _carried(story: Story, case: Temporary, name: str, at: datetime, tale: Tale) -> dict[str, Any]:
    day, lines = at.date().isoformat(), list(case.lines.all())
    if name == "verify":
        contract = story.contracts["covered", 10 * at.year + 1].number
        said = ("oral_by", "oral_on", "oral_time", "oral_line") if tale.oral else ()
        return {"contract": contract, "hours": tale.hours, **{field: f"{getattr(case, field)}" for field in said}}
    if name == "report_opened":
        rows = [
            {
                "key": f"{n.no}",
                "quantity": f"{n.granted.normalize():f}",
                "actual_on": day,
                "instances": f"ls-{case.pk}-{n.no}",
            }
            for n in lines
        ]
        return {"reports": rows}
    if name == "confirm_opening":
        return {"day": day, "lines": [f"{line.no}" for line in lines]}
    if name == "extend":
        return {"until": f"{case.asked_until}", "number": case.asked_number, "on": f"{case.asked_on}"}
    if name == "ask_extension":
        assert case.until is not None
        longer = case.until + timedelta(days=15)
        number = f"府办函〔{at.year}〕{200 + case.pk % 90}号"
        return {"until": f"{longer}", "number": number, "on": day, "paper": _paper(story, case, at)}
    return {"release": {"day": day}}.get(name, {})
