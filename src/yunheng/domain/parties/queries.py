"""Who somebody is on a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from yunheng.domain.parties.models import ApiToken, Organisation, Person, RoleGrant
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor


def roles_of(*, person: Person, on: date) -> frozenset[str]:
    """The roles that a person holds on a day."""
    held = RoleGrant.objects.filter(person=person, valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))
    return frozenset(held.values_list("role", flat=True))


def holding(*, organisation_id: int, role: str, on: date) -> QuerySet[Person]:
    """The people of an organisation who hold a role on a day."""
    open_end = Q(grants__valid_to=None) | Q(grants__valid_to__gt=on)
    people = Person.objects.filter(organisation_id=organisation_id, is_active=True)
    return people.filter(open_end, grants__role=role, grants__valid_from__lte=on).distinct()


def offices(jurisdiction_id: int, kind: str) -> list[int]:
    """Ids of the bureau or the centre of a jurisdiction; nobody else stands for a whole city."""
    if kind not in ("bureau", "centre"):
        return []
    return list(Organisation.objects.filter(jurisdiction_id=jurisdiction_id, kind=kind).values_list("pk", flat=True))


def tokens(*, actor: Actor) -> QuerySet[ApiToken]:
    """The bearer tokens of the actor's organisation, the newest first."""
    found = ApiToken.objects.filter(organisation_id=actor.organisation_id).select_related("person")
    return found.order_by("-created_at", "-pk")


def actor_for(*, person: Person, at: datetime) -> Actor:
    """The person as an actor. Somebody of a second-level unit works as a handler of the first-level unit (4.2)."""
    own = person.organisation
    roles = roles_of(person=person, on=localdate(at))
    principal = own.principal
    if principal.pk != own.pk:
        roles &= {"handler", "security"}
    return Actor(
        person_id=person.pk,
        person_name=person.name,
        organisation_id=principal.pk,
        organisation_name=principal.short_name,
        kind=own.kind,
        roles=roles,
        jurisdiction_id=own.jurisdiction_id,
        using_unit_id=own.pk if principal.pk != own.pk else None,
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
