"""What an organisation was told."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.queries import cases

MOST_COUNTED = 99  # what the bar at the top counts to


def _later() -> QuerySet[Notice]:
    """What the same organisation was told of the same case after a notice."""
    same = {"case": OuterRef("case"), "organisation": OuterRef("organisation"), "person": None}
    return Notice.objects.filter(**same, pk__gt=OuterRef("pk")).order_by()


def _acts() -> QuerySet[Event]:
    """What the organisation did in the case after a notice."""
    same = {"case": OuterRef("case"), "organisation": OuterRef("organisation")}
    return Event.objects.filter(**same, at__gt=OuterRef("delivered_at")).order_by()


# A notice that the case has left behind: nothing waits for the reader because of it.
OVERTAKEN = Q(Exists(_later())) | Q(Exists(_acts()))


def notices(*, actor: Actor) -> QuerySet[Notice]:
    """The notices to the actor's organisation; a second-level unit sees those about its own systems (4.2)."""
    found = Notice.objects.filter(organisation_id=actor.organisation_id, person=None)
    return found.filter(case__in=cases(actor=actor).order_by().values("pk")) if actor.using_unit_id else found


def unread(*, actor: Actor) -> int:
    """About how many matters there is news that nobody has opened, counted to ``MOST_COUNTED`` and one."""
    return notices(actor=actor).filter(~OVERTAKEN, opened_at=None).order_by()[: MOST_COUNTED + 1].count()


def latest(found: QuerySet[Notice]) -> QuerySet[Notice]:
    """The last notice of each matter, with ``overtaken``: whether the organisation has acted in its case since.

    A matter is a case, or what a notice says that is about none.
    """
    return found.filter(~Exists(_later())).annotate(overtaken=ExpressionWrapper(OVERTAKEN, BooleanField()))
