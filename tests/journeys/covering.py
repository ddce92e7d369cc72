"""How coverage comes to each of its states: short acts of the cast, shared by the tests of article 13."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import Cast, moment
from tests.journeys.exiting import service
from yunheng.domain.services.coverage import ending
from yunheng.domain.services.coverage import operations as do
from yunheng.domain.services.models import Coverage, Service
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance

AT = moment("2026-05-09 10:00")
BY = {
    "pass_to_head": "chen", "request": "luo", "resubmit": "luo", "withdraw": "luo", "return": "wu", "evaluate": "wu",
    "send_back": "zhou", "decide": "zhou", "decline": "zhou", "take_up": "zhou", "end": "zhou", "restore": "zhou",
}  # fmt: skip
FILLED = {
    "wished_on": "2026-05-01", "reason": "已转入运维", "phase_evidence": "转入运维通知2025-09-01",
    "owner_evidence": "资产登记2025-112号", "remaining_money": None, "money_evidence": "",
}  # fmt: skip


def stage(cast: Cast, lane: str = "own") -> None:
    """Two services under the fund's contract that the unit pays for: 2 hosts at 320 a month, 100 GB at 0.8."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    if not Service.objects.exists():
        service(cast, 1, lane=lane)
        service(cast, 2, sku="S-DISK-SSD", name="云盘 SSD", measure="GB", quantity=Decimal(100), lane=lane)


def draft(cast: Cast, *, at: str = "2026-05-09 10:00", **filled: Any) -> Coverage:
    """A complete draft of the education bureau."""
    stage(cast)
    case = do.create(system="JY-001", actor=cast.actor("chen"), at=moment(at))
    doors.edit(case, "request", sent={**FILLED, **filled}, actor=cast.actor("chen"), at=moment(at))
    case.refresh_from_db()
    return case


def carried(cast: Cast, case: Any, step: str, day: str = "2026-05-09") -> dict[str, Any]:
    """What each step carries."""
    source = {"source": "筑财预〔2026〕12号"}
    return {
        "decide": {"day": day, **source},
        "end": {"day": day, "ground": "13.2", "known_on": day},
        "restore": {"day": day, **source},
    }.get(step, {})


def step(cast: Cast, case: Coverage, name: str, at: str = "2026-05-09 10:00", **more: Any) -> Coverage:
    """The step by whom its row names; ``lapse`` by the clock."""
    if name == "lapse":
        advance(case, name, actor=CLOCK, at=moment(at))
        return case
    sent = {"opinion": "理由", **carried(cast, case, name, at[:10]), **more}
    doors.take(case, name, sent=sent, actor=cast.actor(BY[name], moment(at)), at=moment(at))
    return case


def taken(cast: Cast, *names: str, at: str = "2026-05-09 10:00", **filled: Any) -> Coverage:
    """A draft taken through steps."""
    case = draft(cast, at=at, **filled)
    for name in names:
        step(cast, case, name, at)
    return case


def listed(cast: Cast) -> Coverage:
    """What the bureau is about to take up: covered services of the system."""
    stage(cast, lane="covered")
    return ending.list_covered(system=cast.system, actor=cast.actor("zhou"), at=AT)


def on(text: str) -> date:
    """2026-05-09."""
    return date.fromisoformat(text)
