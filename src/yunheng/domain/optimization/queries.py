"""What was said of the instances that somebody may see (10.1), and the suggestions."""

from __future__ import annotations

from django.db.models import QuerySet

from yunheng.domain.optimization.models import Answer, Suggestion
from yunheng.domain.services import ledger
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import cases


def answers(*, actor: Actor) -> QuerySet[Answer]:
    """The latest answers about the services that the actor may see."""
    found = Answer.objects.filter(service__in=ledger.services(actor=actor).order_by().values("pk"))
    return found.select_related("service__system", "service__unit")


def suggestions(*, actor: Actor) -> QuerySet[Suggestion]:
    """The suggestions that the actor may see, last moved first."""
    found = Suggestion.objects.filter(pk__in=cases(actor=actor).order_by().values("pk"))
    return found.select_related("service", "system", "unit", "provider")
