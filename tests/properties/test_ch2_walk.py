"""Chapter 2 at random: whatever people, clock and calendar do one after the other, what must hold holds.

Every procedure that the platform knows takes part by its own table and fields. After a walk the cases, the duties and the
ledger are sound, the record is whole, the engine's months are those of the pure law, and the fund has paid for no
day that was not covered.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import Cast, draft, moment, serving
from tests.journeys.procedures import undone
from tests.properties.driver import Driver
from yunheng.demo.papers import paper
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.billing.queries import charged
from yunheng.domain.services import invariants as ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import invariants as workflow
from yunheng.interfaces.jobs.tasks import JOBS
from yunheng.law.kernel.period import Period

pytestmark = pytest.mark.django_db
START, MOVES = moment("2026-06-10 10:00"), 40
NOT_HERE = {"发送邮件", "推送事件", "计提月度费用", "结算后调整"}  # they send, or are asked for below
MONTHS = Period(date(2026, 6, 1), date(2026, 9, 1))


@pytest.fixture
def sheet(cast: Cast) -> Attachment:
    """Some paper to hand in wherever one is wanted."""
    seed(jurisdiction_id=cast.city.pk, at=START)
    serving(cast)
    return store(
        content=paper("材料"), filename="材料.pdf", kind="file", jurisdiction_id=cast.city.pk,
        person_id=cast.person("chen").pk, at=START,
    )  # fmt: skip


@settings(
    max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=(Phase.generate,)
)
@given(chance=st.integers(0, 2**32).map(Random))
def test_nothing_that_people_do_breaks_what_must_hold(cast: Cast, sheet: Attachment, chance: Random) -> None:
    with undone():
        walk = Driver(cast, chance, START, sheet)
        draft(cast, at="2026-06-10 09:00")
        for _ in range(MOVES):
            move = chance.choice(("begin", "edit", "edit", "step", "step", "step", "step", "wait"))
            if move == "wait":
                _wait(walk, chance.choice((1, 1, 2, 5, 31)))
            else:
                getattr(walk, move)()
        assert walk.taken
        _sound(cast)
        _paid_rightly(cast)


def _wait(walk: Driver, days: int) -> None:
    """Days go by; the jobs run once at the end, as after a silence, and a second time, which changes nothing."""
    walk.at += timedelta(days=days)
    for _ in range(2):
        for name, _, job in JOBS:
            if name not in NOT_HERE:
                job(walk.at)


def _sound(cast: Cast) -> None:
    assert workflow.broken(jurisdiction_id=cast.city.pk) == []
    assert ledger.broken(jurisdiction_id=cast.city.pk) == []
    assert broken_links() == []


def _paid_rightly(cast: Cast) -> None:
    """The months of the engine are those of the law, line by line; the fund pays covered days alone."""
    runs = accrue(jurisdiction_id=cast.city.pk, period=MONTHS, at=START)
    assert [run.parked for run in runs if run.parked] == []
    for service in Service.objects.prefetch_related("conditions").select_related("contract"):
        stored = {
            (line.from_on, line.to_on, line.payer, line.rule, line.amount)
            for line in AccrualLine.objects.filter(service=service)
        }
        lines = charged(service=service, period=MONTHS).lines
        assert stored == {(ln.period.start, ln.period.end, ln.payer, ln.rule, ln.amount) for ln in lines}
        for line in lines:
            if line.payer == "fund":
                assert service.at("lane", line.period.start) == "covered"
                assert service.runs_on(line.period.start)
                assert line.amount >= Decimal(0)
