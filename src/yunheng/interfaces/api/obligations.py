"""The ledger of obligations over the interface: what is owed, and what was done of it, by keyset."""

from __future__ import annotations

from typing import Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from yunheng.foundation.workflow import ledger
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.queries import SOONEST, settles
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, owed_out, who

router = Router(tags=["义务台账"])


class Wanted(s.Schema):
    """``own`` is what the caller's roles can settle, ``all`` the whole ledger that the caller may see."""

    scope: Literal["own", "all"] = "own"
    late: bool = False
    due_before: s.Day | None = None
    closed: bool = False
    article: int = Query(0, ge=0, le=99)
    after: int = Query(0, ge=0, le=2**62)
    limit: int = Query(MOST, ge=1, le=MOST)


@router.get("/obligations", response={200: list[s.ObligationOut], **MISSES})
def obligations(request: HttpRequest, wanted: Query[Wanted]) -> list[s.ObligationOut]:
    """What is owed, the nearest end first and what has no term last; ``after`` is the id of the last one seen."""
    actor = who(request)
    known = ledger.duties(actor=actor)
    if wanted.scope == "own":
        known = known.filter(settles(actor), holder_id=actor.organisation_id)
    found = known.filter(closed_at__isnull=not wanted.closed)
    if wanted.late:
        found = found.filter(ledger.late(timezone.localdate()))
    if wanted.due_before:
        found = found.filter(due_on__lt=wanted.due_before)
    if wanted.article:
        found = found.filter(ledger.under_article(wanted.article))
    if wanted.after:
        found = _beyond(found, known, wanted.after)
    return [owed_out(owed) for owed in ledger.with_receipt(found).order_by(*SOONEST, "pk")[: wanted.limit]]


def _beyond(found: QuerySet[Obligation], known: QuerySet[Obligation], after: int) -> QuerySet[Obligation]:
    """What comes after the one seen last, which may have been closed since. Raises BadInput when it is not known."""
    last = known.filter(pk=after).first()
    if last is None:
        raise BadInput([Problem("after", f"没有编号为 {after} 的事项，或你无权查看")], todo="从头查询")
    later = Q(since__gt=last.since) | Q(since=last.since, pk__gt=last.pk)
    if last.due_on is None:
        return found.filter(later, due_on=None)
    return found.filter(Q(due_on__gt=last.due_on) | Q(due_on=None) | Q(later, due_on=last.due_on))
