"""Which systems somebody may see."""

from __future__ import annotations

from django.db.models import QuerySet

from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotFound
from yunheng.law.kernel.citation import Cite

NO_SYSTEM = "没有这个系统，或你无权查看"


def systems(*, actor: Actor) -> QuerySet[InformationSystem]:
    """A unit its own (a second-level unit those it uses), bureau and centre all, a provider those that it serves."""
    found = InformationSystem.objects.select_related("unit", "using_unit")
    if actor.kind == "user_unit":
        own = found.filter(unit_id=actor.organisation_id)
        return own.filter(using_unit_id=actor.using_unit_id) if actor.using_unit_id else own
    if actor.kind in ("bureau", "centre"):
        return found.filter(jurisdiction_id=actor.jurisdiction_id)
    if actor.kind == "provider":
        return found.filter(services__contract__provider_id=actor.organisation_id).distinct()
    return found.none()


def system_of(code: str, *, actor: Actor, cite: Cite | None = None) -> InformationSystem:
    """A system by its code; raises NotFound where there is none that the actor may see."""
    found = systems(actor=actor).filter(code=code).first()
    if found is None:
        raise NotFound(NO_SYSTEM, cite=cite)
    return found
