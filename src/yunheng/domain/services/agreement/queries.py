"""What two parties may agree on: the provider, the services, the lines about to open, the contracts."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import contracts
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Agreement, Application, ResourceLine, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.actor import Actor

OPENING = ("approved", "notified", "opened", "day_disputed")  # states of an application before its lines are charged


def systems_of(actor: Actor) -> QuerySet[InformationSystem]:
    """A unit's own systems; of a provider those that it serves, and those of units that bought from it."""
    found = systems(actor=actor)
    if actor.kind == "provider":
        bought = Q(unit__contracts_bought__provider_id=actor.organisation_id)
        served = Q(services__contract__provider_id=actor.organisation_id)
        found = InformationSystem.objects.filter(served | bought, jurisdiction_id=actor.jurisdiction_id)
    return found.select_related("unit").distinct().order_by("code")


def providers_of(actor: Actor) -> list[Organisation]:
    """With whom the actor may agree: a provider for itself, a unit with those of its contracts."""
    if actor.kind == "provider":
        return list(Organisation.objects.filter(pk=actor.organisation_id))
    held = contracts(actor=actor).values("provider")
    return list(Organisation.objects.filter(pk__in=held).order_by("name"))


def own_services(case: Agreement, day: date) -> list[Service]:
    """What the parties may change by themselves: what runs on the day, is not covered, and is no trial."""
    return [s for s in _running(case, day) if not s.trial and s.at("lane", day) == "own"]


def trials(case: Agreement, day: date) -> list[Service]:
    """The trials that still run."""
    return [s for s in _running(case, day) if s.trial]


def _running(case: Agreement, day: date) -> list[Service]:
    assert case.system is not None
    return [s for s in ledger.running_of(case.system, day) if s.contract.provider_id == case.provider_id]


def opening_lines(case: Agreement) -> list[ResourceLine]:
    """Lines of applications in the own lane that are approved and whose day is not yet confirmed by both."""
    held = Application.objects.filter(
        system=case.system, provider_id=case.provider_id, lane="own", state__in=OPENING
    ).order_by("number")
    return [line for own in held for line in own.lines.select_related("case") if line.status in ("pending", "reported")]


def own_contracts(case: Agreement) -> QuerySet[Contract]:
    """The contracts that the unit has with the provider for itself."""
    found = Contract.objects.filter(buyer_id=case.unit_id, provider_id=case.provider_id, lane="own")
    return found.order_by("-starts_on", "number")
