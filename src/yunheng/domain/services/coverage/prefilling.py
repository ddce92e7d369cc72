"""A request drawn up by the platform when a system's phase or owner changed so that it can be covered now (13.2, 13.3).

The draft decides nothing: its unit asks or throws it away. Nothing is drawn up twice for the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import CoverageDecision
from yunheng.domain.services import ledger
from yunheng.domain.services.coverage import queries
from yunheng.domain.services.coverage.operations import draft
from yunheng.domain.services.models import Coverage
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch3_funding import art13_coverage as table
from yunheng.law.ch3_funding.art13_machine import CITE


@transaction.atomic
def prefill_due(*, at: datetime) -> int:
    """Draw up what is missing; returns how many drafts."""
    on, count = localdate(at), 0
    for decision in _refused(on):
        if _now_possible(decision, on):
            case = draft(decision.system, actor=CLOCK, at=at, prefilled=True)
            notices.tell(
                organisation_ids=[case.unit_id], subject=f"可以申请纳入统筹：{case.title}", at=at, case_id=case.pk,
                text=f"{case.title}的所处阶段或资产归属发生变化。已预填 {case.number}，由你单位决定是否申请。", cite=CITE.key,
            )  # fmt: skip
            count += 1
    return count


def _refused(on: date) -> Iterable[CoverageDecision]:
    """The last decision on each system whose services the unit pays for, where the facts of that day stood against it."""
    latest: dict[int, CoverageDecision] = {}
    for row in CoverageDecision.objects.filter(from_on__lte=on).select_related("system__unit").order_by("decided_at"):
        latest[row.system_id] = row
    return [row for row in latest.values() if not row.covered and row.verdict["rule"] == "coverage" and _by_facts(row)]


def _by_facts(row: CoverageDecision) -> bool:
    """Whether a row of the table was hit; a unit that did not ask has its own way."""
    return bool(row.verdict["foot"])


def _now_possible(decision: CoverageDecision, on: date) -> bool:
    """Whether the facts are others than on the day of that decision, and let the bureau cover the system now."""
    system = decision.system
    if not queries.in_lane([row for row in ledger.running_of(system, on) if not row.trial], "own", on):
        return False
    case = Coverage(jurisdiction_id=system.jurisdiction_id, system=system, unit=system.unit)
    facts, _ = queries.standing_of(case, on=on)
    found = table.decide(facts, parameters_on(on, system.jurisdiction_id))
    if not found.covered or found.sentence == decision.verdict["sentence"]:
        return False
    return not Coverage.objects.filter(system=system, created_at__gt=decision.decided_at).exists()
