"""Work orders of the providers: of each procedure one is taken up, all others are as they stand."""

from __future__ import annotations

from django.utils.timezone import localdate

from yunheng.demo.calendar import Story
from yunheng.foundation.workflow.orders import queries, reports


def tell(story: Story) -> int:
    """Take up the oldest open order of each procedure, on the working day after it arose; returns how many there are."""
    last, count = story.moment(story.working(story.until), 9), 0
    for provider in story.city.providers:
        delivery, taken = story.actor(provider, "delivery", last), set()
        for owed in queries.orders(actor=delivery, state="offered"):
            count += 1
            if owed.case.kind not in taken and delivery.has(owed.role, owed.case.kind) and owed.since < last:
                at = min(last, story.moment(story.later(localdate(owed.since), 1), 9))
                reports.accept(number=owed.order, revision=owed.case.version, actor=delivery, at=at)
                taken.add(owed.case.kind)
    return count
