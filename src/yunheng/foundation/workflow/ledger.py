"""The ledger of obligations (义务台账): what every party owes and owed, and when it was told of it."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.queries import cases

Duty = tuple[int, int, str, datetime, datetime | None]  # case, holder, step, since, closed
WHOLE = ("bureau", "centre")  # who sees the duties of every party of the jurisdiction (4.1, 4.3)


def duties(*, actor: Actor, whole: bool = True) -> QuerySet[Obligation]:
    """Open and closed duties: bureau and centre see all of the jurisdiction, everybody else what it owes itself.

    ``whole=False`` leaves bureau and centre their own. A second-level unit sees those of its own systems (4.2).
    """
    found = Obligation.objects.filter(case__in=cases(actor=actor).order_by().values("pk"))
    if actor.kind not in WHOLE or not whole:
        found = found.filter(holder_id=actor.organisation_id)
    return found.select_related("case__unit", "holder")


def once(found: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """One of the rows that each duty has: what either of two roles may do is owed once."""
    open_now, ended = Q(closed_at=None), Q(closed_at__isnull=False)
    return found.filter(
        open_now & ~Exists(_twins().filter(open_now))
        | ended & ~Exists(_twins().filter(closed_at=OuterRef("closed_at")))
    )


def _twins() -> QuerySet[Obligation]:
    """The rows of the same duty that came before: same case, holder, step and moment."""
    same = {name: OuterRef(name) for name in ("case", "holder", "step", "since")}
    return Obligation.objects.filter(**same, pk__lt=OuterRef("pk")).order_by()


def roles_of(found: QuerySet[Obligation]) -> dict[Duty, list[str]]:
    """Which roles can settle each of the duties, in the order of their rows."""
    roles: dict[Duty, list[str]] = {}
    rows = found.order_by("pk").values_list("case_id", "holder_id", "step", "since", "closed_at", "role")
    for case, holder, step, since, closed, role in rows:
        roles.setdefault((case, holder, step, since, closed), []).append(role)
    return roles


def duty_of(owed: Obligation) -> Duty:
    """What the rows of one duty have in common."""
    return (owed.case_id, owed.holder_id, owed.step, owed.since, owed.closed_at)


def late(on: date) -> Q:
    """The duties past their last day on a day, and those that were closed after it."""
    return Q(closed_at=None, due_on__lt=on) | Q(closed_at__date__gt=F("due_on"))


def under_article(number: int) -> Q:
    """The duties that an article of the regulation imposes, whatever the paragraph."""
    return Q(cite=str(number)) | Q(cite__startswith=f"{number}.")


def with_receipt(found: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """Each with ``told_at``, ``opened_at`` and ``opened_by``: the notice that brought it to its holder (R-014).

    All three are empty where the holder brought it about by its own act, and so needed no notice.
    """
    notice = Notice.objects.filter(
        case=OuterRef("case"), organisation=OuterRef("holder"), delivered_at=OuterRef("since")
    ).order_by("pk")
    return found.annotate(
        told_at=Subquery(notice.values("delivered_at")[:1]),
        opened_at=Subquery(notice.values("opened_at")[:1]),
        opened_by=Subquery(notice.values("opened_by__name")[:1]),
    )


def days_left(owed: Obligation, *, on: date) -> int | None:
    """Working days to the end of an open duty, negative when late; None where the law sets no term."""
    if owed.due_on is None or owed.closed_at:
        return None
    return calendar_for(owed.case.jurisdiction_id).working_days_left(owed.received_on, owed.due_on, on)
