"""Who somebody is on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.timezone import localdate

from yunheng.domain.parties.models import ApiToken, Organisation, Person, RoleGrant
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor, Mandate
from yunheng.law.ch1_general.art04_parties import BELOW
from yunheng.law.kernel.machine import By

if TYPE_CHECKING:
    from yunheng.foundation.workflow.models import Case

M = TypeVar("M", bound=Model)


def _dated(on: date) -> Q:
    """In force on a day by its own days; what was revoked is not, from that day on."""
    return Q(Q(valid_to=None) | Q(valid_to__gt=on), Q(revoked_at=None) | Q(revoked_at__date__gt=on), valid_from__lte=on)


def in_force(on: date) -> QuerySet[RoleGrant]:
    """What is granted on a day: a role in one's own right, or for somebody who holds it in theirs and is still here."""
    theirs = RoleGrant.objects.filter(
        _dated(on), person=OuterRef("on_behalf_of"), role=OuterRef("role"), on_behalf_of=None, person__is_active=True
    )
    return RoleGrant.objects.filter(_dated(on)).filter(Q(on_behalf_of=None) | Exists(theirs))


def roles_of(*, person: Person, on: date) -> frozenset[str]:
    """The roles that a person holds on a day in its own right."""
    held = in_force(on).filter(person=person, on_behalf_of=None)
    return frozenset(held.values_list("role", flat=True))


def holding(*, organisation_id: int, role: str, on: date) -> QuerySet[Person]:
    """The people of an organisation who hold a role on a day, in their own right or for somebody."""
    people = Person.objects.filter(organisation_id=organisation_id, is_active=True)
    return people.filter(pk__in=in_force(on).filter(role=role).values("person"))


def delegations(*, actor: Actor) -> QuerySet[RoleGrant]:
    """Who acts or acted for whom in the actor's organisation and below it, the latest first."""
    found = RoleGrant.objects.filter(on_behalf_of__isnull=False).select_related("person", "on_behalf_of", "attachment")
    own = Q(person__organisation_id=actor.organisation_id) | Q(person__organisation__parent_id=actor.organisation_id)
    return found.filter(own).order_by("-valid_from", "-pk")


def colleagues(*, actor: Actor) -> QuerySet[Person]:
    """The people of the actor's own organisation who work there now."""
    own = Person.objects.filter(pk=actor.person_id).values("organisation")
    return Person.objects.filter(organisation__in=own, is_active=True).order_by("name")


def offices(jurisdiction_id: int, kind: str) -> list[int]:
    """Ids of the bureau or the centre of a jurisdiction; nobody else stands for a whole city."""
    if kind not in ("bureau", "centre"):
        return []
    return list(Organisation.objects.filter(jurisdiction_id=jurisdiction_id, kind=kind).values_list("pk", flat=True))


def own_parties(case: Case, by: By) -> list[int]:
    """Ids of who stands for a party: the case's own unit and provider, the bureau or the centre of its jurisdiction."""
    if by.kind == "user_unit":
        return [case.unit_id]
    if by.kind == "provider":
        return [case.provider_id] if case.provider_id else []
    return offices(case.jurisdiction_id, by.kind)


def of_providers(found: QuerySet[M], *, actor: Actor, place: str = "jurisdiction_id") -> QuerySet[M]:
    """A provider its own, bureau and centre all of the jurisdiction, nobody else: it is about many units' services."""
    if actor.kind == "provider":
        return found.filter(provider_id=actor.organisation_id)
    return found.filter(**{place: actor.jurisdiction_id}) if actor.kind in ("bureau", "centre") else found.none()


def centre_of(jurisdiction_id: int) -> Organisation | None:
    """The service centre of a jurisdiction, where there is one."""
    return Organisation.objects.filter(jurisdiction_id=jurisdiction_id, kind="centre").order_by("pk").first()


def tokens(*, actor: Actor) -> QuerySet[ApiToken]:
    """The bearer tokens of the actor's organisation, the newest first."""
    found = ApiToken.objects.filter(organisation_id=actor.organisation_id).select_related("person")
    return found.order_by("-created_at", "-pk")


def actor_for(*, person: Person, at: datetime) -> Actor:
    """The person as an actor. Somebody of a second-level unit works as a handler of the first-level unit (4.2)."""
    own = person.organisation
    principal = own.principal
    held = list(
        in_force(localdate(at)).filter(person=person).select_related("on_behalf_of").order_by("valid_from", "pk")
    )
    if principal.pk != own.pk:
        held = [row for row in held if row.role in BELOW]
    roles = {row.role for row in held if row.on_behalf_of is None}
    mandates = tuple(
        Mandate(row.role, row.on_behalf_of.pk, row.on_behalf_of.name, frozenset(row.kinds))
        for row in held
        if row.on_behalf_of is not None and row.role not in roles
    )
    return Actor(
        person_id=person.pk,
        person_name=person.name,
        organisation_id=principal.pk,
        organisation_name=principal.short_name,
        kind=own.kind,
        roles=frozenset(roles | {mandate.role for mandate in mandates if not mandate.kinds}),
        jurisdiction_id=own.jurisdiction_id,
        using_unit_id=own.pk if principal.pk != own.pk else None,
        mandates=mandates,
    )


def bearer(*, token: str, at: datetime) -> Person | None:
    """The person as whom a bearer token acts; None for a token that is unknown, revoked or over."""
    row = (
        ApiToken.objects.select_related("person__organisation__parent")
        .filter(digest=sm3(token.encode()), revoked_at=None, valid_to__gt=localdate(at), person__is_active=True)
        .first()
    )
    return row.person if row else None


def organisations(*, actor: Actor) -> QuerySet[Organisation]:
    """The organisations of the actor's jurisdiction; they are public."""
    return Organisation.objects.filter(jurisdiction_id=actor.jurisdiction_id)
