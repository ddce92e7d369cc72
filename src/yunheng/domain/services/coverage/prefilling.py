"""What the platform does when a system's phase or owner changes (13.2, 13.3): a request drawn up, a word to the bureau.

The draft decides nothing: its unit asks or throws it away. Nothing is drawn up twice for the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from yunheng.domain.funding.models import CoverageDecision
from yunheng.domain.parties.queries import offices
from yunheng.domain.services import ledger
from yunheng.domain.services.coverage import queries
from yunheng.domain.services.coverage.operations import draft
from yunheng.domain.services.models import Coverage
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.notices.models import Notice
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
    return [row for row in _latest(on) if not row.covered and row.verdict["rule"] == "coverage" and _by_facts(row)]


def _latest(on: date) -> list[CoverageDecision]:
    """The last decision on each system that holds on a day."""
    latest: dict[int, CoverageDecision] = {}
    for row in CoverageDecision.objects.filter(from_on__lte=on).select_related("system__unit").order_by("decided_at"):
        latest[row.system_id] = row
    return list(latest.values())


def _by_facts(row: CoverageDecision) -> bool:
    """Whether a row of the table was hit; a unit that did not ask has its own way."""
    return table.row_of(row.verdict["foot"]) is not None


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
    known = Coverage.objects.filter(system=system)
    return not known.filter(Q(created_at__gt=decision.decided_at) | Q(state__in=queries.OPEN)).exists()


# ---- the other way round --------------------------------------------------------------------------------------------


@transaction.atomic
def tell_unfit(*, at: datetime) -> int:
    """Tell the bureau, once, of each covered system whose facts speak against it now; nothing ends by itself (13.2)."""
    on, count = localdate(at), 0
    for decision in _latest(on):
        words = _against(decision, on) if decision.covered else ""
        subject = f"不再符合纳入条件：{decision.system.name}（{decision.system.code}）"
        case_id, offices_of = decision.case_id, offices(decision.system.jurisdiction_id, "bureau")
        if not words or Notice.objects.filter(subject=subject, delivered_at__gte=decision.decided_at).exists():
            continue
        text = f"{decision.system.name}自{decision.from_on}起纳入统筹。{words}。是否移出，由市大数据局决定。"
        notices.tell(organisation_ids=offices_of, subject=subject, text=text, at=at, case_id=case_id, cite=CITE.key)
        count += 1
    return count


def _against(decision: CoverageDecision, on: date) -> str:
    """The row of the table that says own now; "" where the system can stay, or money alone would tell (13.3)."""
    system = decision.system
    if not queries.in_lane(ledger.running_of(system, on), "covered", on):
        return ""
    facts = replace(queries.standing(system, on=on, needed=Decimal(0)), cloud_money=None)
    found = table.decide(facts, parameters_on(on, system.jurisdiction_id))
    lacking = table.row_of(decision.verdict["foot"]) == found.row  # a project still short of money, as it was decided
    return "" if found.covered or lacking else found.sentence
