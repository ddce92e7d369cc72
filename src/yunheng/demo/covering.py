"""Coverage in the story (13): asked for at each stage, a running project, resources moved out, one of them restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.domain.services import involvements
from yunheng.domain.services.coverage import ending
from yunheng.domain.services.coverage import operations as do
from yunheng.domain.services.models import Coverage, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import amend_system, particulars_of
from yunheng.foundation.workflow import doors

# What was done, and how many working days before the end of the story it began. What came into operation can be covered,
# what came through acceptance as far as its project's money falls short, what is bought as a service cannot.
OPERATED: tuple[tuple[tuple[str, ...], int], ...] = (
    (("request", "evaluate", "decide"), 30),
    (("request",), 3),
    (("request", "evaluate"), 4),
    (("pass_to_head",), 1),
    (("request", "withdraw"), 12),
    ((), 1),
)
ACCEPTED: tuple[tuple[tuple[str, ...], int], ...] = ((("request", "evaluate"), 5),)
BOUGHT: tuple[tuple[tuple[str, ...], int], ...] = (
    (("request", "evaluate", "decline"), 20),
    (("request", "return"), 6),
    (("request", "evaluate"), 2),
)
MONEY = Decimal("12000.00")  # what the project had left for the cloud when it was accepted
MOVED_OUT: tuple[tuple[tuple[str, ...], int], ...] = (
    (("end",), 15),
    (("end", "restore"), 40),
    ((), 2),
)
BY = {
    "pass_to_head": ("unit", "handler"), "request": ("unit", "head"), "withdraw": ("unit", "head"),
    "return": ("centre", "reviewer"), "evaluate": ("centre", "reviewer"), "decide": ("bureau", "approver"),
    "decline": ("bureau", "approver"), "end": ("bureau", "approver"), "restore": ("bureau", "approver"),
}  # fmt: skip
REASONS = {
    "operated": "系统已转入运维，资产已登记到本单位", "accepted": "项目实施费用中的云服务费不足以支付到下一年年底",
    "": "系统已稳定运行，申请纳入统筹",
}  # fmt: skip
WORDS = {
    "return": "补充资产登记的编号和技术验收意见", "evaluate": "所处阶段、资产归属与登记一致，证据齐全",
    "decline": "以购买服务方式使用，费用应包含在项目实施费用中", "withdraw": "资产移交尚未完成，办结后再申请",
    "end": "优化建议期限届满，未调整也未说明", "restore": "资源已调整，使用率达到要求",
}  # fmt: skip


def tell(story: Story) -> int:
    """So many as there are systems for it; returns how many cases."""
    last, told = story.working(story.until), 0
    own = list(_paid_by_units(story))
    built = iter([system for system in own if system.built_by == "self"])
    bought = iter([system for system in own if system.built_by == "purchased"])
    rows = [(row, "accepted", built) for row in ACCEPTED] + [(row, "operated", built) for row in OPERATED]
    for (steps, back), change, systems in [*rows, *((row, "", bought) for row in BOUGHT)]:
        system = next(systems, None)
        if system is not None:
            _asked(story, system, steps, story.earlier(last, back), change)
            told += 1
    for (steps, back), service in zip(MOVED_OUT, _covered(story), strict=False):
        _moved_out(story, service, steps, story.earlier(last, back))
        told += 1
    return told


def _paid_by_units(story: Story) -> Iterator[InformationSystem]:
    """Systems whose services their units have paid for long, and about none of which anything is open."""
    rows = Service.objects.filter(closed_on=None, trial=False)
    free = {service.pk for service in _free(rows)}
    early = story.earlier(story.until, 60)
    for system, found in groupby(_ordered(rows), key=attrgetter("system")):
        services = list(found)
        own = all(service.at("lane", story.until) == "own" and service.opened_on < early for service in services)
        if own and all(service.pk in free for service in services):
            yield system


def _covered(story: Story) -> Iterator[Service]:
    """One covered service of each of several systems that keep others."""
    rows = Service.objects.filter(
        closed_on=None, trial=False, lane="covered", opened_on__lt=story.earlier(story.until, 90)
    )
    for _, found in groupby(_free(rows), key=attrgetter("system_id")):
        services = list(found)
        if len(services) > 2:
            yield services[0]


def _ordered(rows: Any) -> Any:
    found = rows.select_related("system__unit", "contract__provider").prefetch_related("conditions")
    return found.order_by("system", "number")


def _free(rows: Any) -> list[Service]:
    return involvements.free(_ordered(rows))


def _asked(story: Story, system: InformationSystem, steps: tuple[str, ...], start: date, change: str) -> None:
    """The register follows the project first: accepted two months ago, in operation since last week."""
    at = story.moment(start, 9)
    handler = story.actor(system.unit, "handler", at)
    if change:
        before, operated = story.earlier(start, 40), story.earlier(start, 6)
        particulars = replace(
            particulars_of(system), accepted_on=system.accepted_on or before,
            operated_from=(system.operated_from or operated) if change == "operated" else None,
            cloud_money=MONEY if change == "accepted" else system.cloud_money,
        )  # fmt: skip
        system = amend_system(system, particulars=particulars, actor=handler, at=at)
    case = do.create(system=system.code, actor=handler, at=at)
    filled = {
        "wished_on": start.isoformat(), "reason": REASONS[change], "phase_evidence": case.phase_evidence or "建设合同",
        "owner_evidence": f"固定资产登记{start.year}-{system.pk:03d}号",
    }  # fmt: skip
    doors.edit(case, "request", sent=filled, actor=handler, at=at)
    _walk(story, case, steps, start)


def _moved_out(story: Story, service: Service, steps: tuple[str, ...], start: date) -> None:
    at = story.moment(start, 9)
    approver = story.actor(story.city.bureau, "approver", at)
    case = ending.open_by_bureau(system=service.system.code, services=service.number, actor=approver, at=at)
    _walk(story, case, steps, start)


def _walk(story: Story, case: Coverage, steps: tuple[str, ...], start: date) -> None:
    day = start
    for n, name in enumerate(steps):
        day = story.later(day, 1) if n else day
        _take(story, case, name, day, story.moment(day, 10 + n))


def _take(story: Story, case: Coverage, name: str, day: date, at: datetime) -> None:
    side, role = BY[name]
    places = {"unit": case.unit, "bureau": story.city.bureau, "centre": story.city.centre}
    carried: dict[str, dict[str, Any]] = {
        "decide": {"day": day.isoformat(), "source": f"筑财预〔{day.year}〕37号追加"},
        "end": {"day": day.isoformat(), "ground": "10.3", "known_on": story.earlier(day, 1).isoformat()},
        "restore": {"day": day.isoformat(), "source": "原列入统筹预算"},
    }
    sent = {"opinion": WORDS.get(name, ""), **carried.get(name, {})}
    doors.take(case, name, sent=sent, actor=story.actor(places[side], role, at), at=at)
