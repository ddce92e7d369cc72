"""What an organisation was told."""

from __future__ import annotations

from django.db.models import QuerySet

from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import cases


def notices(*, actor: Actor) -> QuerySet[Notice]:
    """The notices to the actor's organisation; a second-level unit sees those about its own systems (4.2)."""
    found = Notice.objects.filter(organisation_id=actor.organisation_id, person=None)
    return found.filter(case__in=cases(actor=actor).order_by().values("pk")) if actor.using_unit_id else found


def unread(*, actor: Actor) -> int:
    """How many of them nobody has opened yet."""
    return notices(actor=actor).filter(opened_at=None).count()
