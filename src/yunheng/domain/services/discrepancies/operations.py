"""What the parties do about a difference. Finding and disappearance are the comparison's (``settling``)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services.discrepancies.facts import candidates
from yunheng.domain.services.models import Discrepancy, Paper
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Case, Event
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.kernel.citation import Cite, art

ARTICLES = ("9.1", "11", "12.2", "22", "24.1.1", "24.1.2", "24.1.3", "24.1.5")


@transaction.atomic
def explain(
    case: Discrepancy, *, actor: Actor, at: datetime, opinion: str, paper: Attachment | None = None,
    version: int | None = None,
) -> Event:  # fmt: skip
    """A party says how it came to the difference, with a paper where there is one."""
    event = advance(case, "explain", actor=actor, at=at, opinion=opinion, version=version)
    _keep(case, paper)
    return event


@transaction.atomic
def correct(
    case: Discrepancy, *, actor: Actor, at: datetime, opinion: str, paper: Attachment, version: int | None = None
) -> Event:
    """The provider says that its inventory was wrong, with the evidence; the next one shows it."""
    event = advance(case, "correct", actor=actor, at=at, opinion=opinion, version=version)
    _keep(case, paper)
    return event


def _keep(case: Discrepancy, paper: Attachment | None) -> None:
    if paper is not None:
        Paper.objects.create(case_id=case.pk, kind="evidence", attachment=paper)


@transaction.atomic
def match(
    case: Discrepancy, *, linked: str, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """Close it by a case that was approved before it was found (9.1)."""
    return _link(case, "match", linked, actor, at, opinion, version)


@transaction.atomic
def convert(
    case: Discrepancy, *, linked: str, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """Hand it over to a case that cures it from its effect on; what ran before stays unpayable (9.1, 22)."""
    return _link(case, "convert", linked, actor, at, opinion, version)


def _link(
    case: Discrepancy, step: str, number: str, actor: Actor, at: datetime, opinion: str, version: int | None
) -> Event:
    locked, _ = begin(case, step, actor=actor, version=version)
    linked: Case | None = candidates(locked).filter(number=number).first()
    if linked is None:
        raise BadInput(
            [Problem("办件", f"没有可以说明本差异的办件“{number}”")], cite=art(9, 1), todo="从列出的办件中选择"
        )
    event = advance(case, step, actor=actor, at=at, opinion=opinion, data={"case": linked.number}, version=version)
    case.linked = linked
    if step == "match":
        case.outcome, case.runs_from = "matched", None  # it had been approved all along
    case.save(update_fields=["linked", "outcome", "runs_from"])
    return event


@transaction.atomic
def accept_correction(
    case: Discrepancy, *, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """The centre takes the evidence: it never was so."""
    event = advance(case, "accept_correction", actor=actor, at=at, opinion=opinion, version=version)
    case.outcome, case.runs_from = "corrected", None
    case.save(update_fields=["outcome", "runs_from"])
    return event


@transaction.atomic
def rectify(
    case: Discrepancy, *, article: str, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """Make it a matter of rectification, under the paragraph or item that is touched (24.1)."""
    cite = Cite.parse(article)
    event = advance(case, "rectify", actor=actor, at=at, opinion=opinion, data={"article": cite.key}, version=version)
    case.article = cite.key
    case.save(update_fields=["article"])
    return event


@transaction.atomic
def confirm_rectified(
    case: Discrepancy, *, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """The centre has seen that it is in order again; until today it was not."""
    event = advance(case, "confirm_rectified", actor=actor, at=at, opinion=opinion, version=version)
    case.outcome = "rectified"
    if case.runs_from:
        case.runs_to = max(case.runs_from, localdate(at))
    case.save(update_fields=["outcome", "runs_to"])
    return event
