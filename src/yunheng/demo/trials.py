"""Systems on free trial (7.2): on day 22, near the end, stopped with its data still kept, and extended by both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from yunheng.demo.agreeing import sign, signature
from yunheng.demo.application import TO_OPEN, apply, some_lines
from yunheng.demo.calendar import Story
from yunheng.domain.services.agreement.operations import about_services
from yunheng.domain.services.models import Service
from yunheng.domain.services.trial import keep_time
from yunheng.domain.systems.models import InformationSystem

DAYS = (22, 29, 33, 40)  # how many days ago each was opened; the last one is extended


def tell(story: Story, systems: list[InformationSystem]) -> int:
    """A trial for each system that is there to try."""
    for ago, system in zip(DAYS, systems, strict=False):
        opened = story.working(story.until - timedelta(days=ago - 1))
        lines = [replace(line, trial=True) for line in some_lines(story)[:3]]
        apply(story, system, story.earlier(opened, TO_OPEN), "in_service", lines)
        if ago == DAYS[-1]:
            _extend(story, system, opened)
    keep_time(at=story.moment(story.working(story.until), 8))
    return len(systems)


def _extend(story: Story, system: InformationSystem, opened: date) -> None:
    """The provider proposes it some days before the end, the unit signs two working days later."""
    found = list(Service.objects.filter(system=system, trial=True).select_related("contract__provider"))
    provider, start = found[0].contract.provider, story.working(opened + timedelta(days=20))
    case = signature(
        story, system, provider, "trial_extension", start,
        lines=lambda case: about_services(found), from_on=found[0].closed_on, until=opened + timedelta(days=74),
        words="压力测试尚未完成，按合同价格由用户单位承担延长期间的费用",
    )  # fmt: skip
    sign(story, case, story.later(start, 2))
