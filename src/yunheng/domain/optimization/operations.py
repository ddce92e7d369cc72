"""What the parties do about a suggestion (10). Finding is ``detecting``, the clock's part is ``timing``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.optimization import letters
from yunheng.domain.optimization.facts import candidates, lapsed_due
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.services.change import drafting
from yunheng.domain.services.coverage.ending import end_from
from yunheng.domain.services.exit import operations as exits
from yunheng.domain.services.models import Paper, Service
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Case, Event
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
PAPERS = {"opinion": "专家或第三方论证意见", "evidence": "不予提出的依据"}


@transaction.atomic
def issue(case: Suggestion, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The provider's letter to the unit, with a copy to the bureau: delivered today, the term runs from here (R-014)."""
    _received(case, "issue", actor=actor, at=at, version=version)
    event = advance(case, "issue", actor=actor, at=at, opinion=opinion)
    letters.suggestion(case, event=event, at=at)
    return event


def _received(case: Suggestion, step: str, *, actor: Actor, at: datetime, version: int | None) -> None:
    locked, _ = begin(case, step, actor=actor, version=version)
    locked.delivered_on = localdate(at)
    locked.lane = locked.service.at("lane", localdate(at))
    locked.save(update_fields=["delivered_on", "lane"])


@transaction.atomic
def dismiss(
    case: Suggestion, *, dismissal: str, actor: Actor, at: datetime, opinion: str, paper: Attachment | None = None,
    version: int | None = None,
) -> Event:  # fmt: skip
    """The provider does not issue it: why (of DISMISSALS), in words, with evidence where there is some."""
    event = advance(
        case, "dismiss", actor=actor, at=at, opinion=opinion, data={"dismissal": dismissal}, version=version
    )
    case.dismissal = dismissal
    case.save(update_fields=["dismissal"])
    _keep(case, "evidence", paper)
    return event


def _keep(case: Suggestion, kind: str, paper: Attachment | None) -> None:
    if paper is not None:
        Paper.objects.create(case_id=case.pk, kind=kind, attachment=paper)


@transaction.atomic
def draft_adjustment(case: Suggestion, *, way: str, actor: Actor, at: datetime) -> Case:
    """Draw up the case that the suggestion asks for: ``way`` is change (to the product suggested) or exit.

    A draft is not filed: the term is kept by its submission (R-012). Raises what the opening of that case raises.
    """
    service, words = case.service, f"按优化建议 {case.number} 调整"
    assert case.system is not None
    if way == "exit":
        made = exits.create(system=case.system.code, provider=service.contract.provider.credit_code, actor=actor, at=at)
        exits.describe(made, actor=actor, at=at, services=[service.number], wants_backup="", backup_to="", reason=words)
        return made
    if not case.to_sku:
        raise BadInput([Problem("办理方式", "本建议没有更小的规格，闲置的资源按退出办理")], cite=CITE)
    change = drafting.create(system=case.system, contract=service.contract, purpose=words, actor=actor, at=at)
    quantity = Decimal(service.at("quantity", localdate(at)))
    row = drafting.Wanted(service.number, service.number, quantity, case.to_sku, purpose=words)
    drafting.set_lines(change, lines=[row], actor=actor, on=localdate(at))
    return change


@transaction.atomic
def plan_adjustment(
    case: Suggestion, *, linked: str, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The unit has filed the change or the exit named by its number: the term is kept (R-012)."""
    found = candidates(case).filter(number=linked).first()
    if found is None:
        raise BadInput(
            [Problem("办件", f"没有已提出的、涉及本建议所列资源的办件“{linked[:24]}”")], cite=CITE,
            todo="先由本单位负责人提出变更或退出，再选择该办件",
        )  # fmt: skip
    event = advance(
        case, "plan_adjustment", actor=actor, at=at, opinion=opinion, data={"case": found.number}, version=version
    )
    case.linked = found
    case.save(update_fields=["linked"])
    return event


@transaction.atomic
def object_to(
    case: Suggestion, *, actor: Actor, at: datetime, opinion: str, paper: Attachment | None = None,
    version: int | None = None,
) -> Event:  # fmt: skip
    """The unit's statement, with the opinion of experts or a third party where there is one (10.3)."""
    data = {"expert": paper is not None}
    event = advance(case, "object", actor=actor, at=at, opinion=opinion, data=data, version=version)
    _keep(case, "opinion", paper)
    return event


@transaction.atomic
def uphold(case: Suggestion, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau takes the unit's reasons; the rule is silent about the service for the cool-down."""
    event = advance(case, "uphold", actor=actor, at=at, opinion=opinion, version=version)
    letters.answer(case, event=event, at=at)
    return event


@transaction.atomic
def refuse(case: Suggestion, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau does not take them: one new term from the letter on (R-013)."""
    _received(case, "refuse", actor=actor, at=at, version=version)
    event = advance(case, "refuse", actor=actor, at=at, opinion=opinion)
    letters.answer(case, event=event, at=at)
    return event


@transaction.atomic
def excuse(case: Suggestion, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The bureau accepts why it is late: one new term from today."""
    _received(case, "excuse", actor=actor, at=at, version=version)
    return advance(case, "excuse", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def end_coverage(
    case: Suggestion, *, day: date, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """The bureau decides: these resources alone leave coverage from ``day``, at the earliest the one after the term.

    Raises Refused for an earlier day (R-004); the ledger, the letters and the bill follow from the case of coverage.
    """
    locked, _ = begin(case, "end_coverage", actor=actor, version=version)
    event = advance(case, "end_coverage", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    services = [Service.objects.select_related("system", "contract").get(pk=locked.service_id)]
    end_from(
        case, services=services, day=day, ground="10.3", known_on=lapsed_due(case), reason=opinion, actor=actor, at=at
    )
    case.lane = "own"
    case.save(update_fields=["lane"])
    return event
