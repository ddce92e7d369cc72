"""Deputies and hand-over (4) over the interface, by the same fields as on the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from yunheng.domain.parties.delegation import end_delegation, require_manager, require_principal
from yunheng.domain.parties.delegation_acts import DELEGATE, HAND_OVER
from yunheng.domain.parties.models import RoleGrant
from yunheng.domain.parties.queries import delegations as known
from yunheng.foundation.workflow.acts import Act, read
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.acts import with_files
from yunheng.interfaces.api.cases import MISSES, who

router = Router(tags=["授权与移交"])


class DelegationIn(Schema):
    """A deputy by user name, for a role of the caller in [valid_from, valid_to); no ``kinds``: in every procedure."""

    deputy: s.Short
    role: s.Short
    valid_from: date
    valid_to: date
    ground: s.Short
    kinds: list[s.Short] = []
    attachment: int | None = None  # the id of a file handed in before


class HandoverIn(Schema):
    """Every turn of one person to another, by user name, from a day on."""

    leaving: s.Short
    taking: s.Short
    on: date
    ground: s.Short


class DelegationOut(Schema):
    """Who acts for whom in [valid_from, valid_to); no ``kinds`` means in every procedure."""

    id: int
    deputy: str
    principal: str
    role: str
    valid_from: date
    valid_to: date | None
    kinds: list[str]
    ground: str
    revoked_at: datetime | None


class GrantOut(Schema):
    """A role that somebody holds from a day on."""

    person: str
    role: str
    valid_from: date
    valid_to: date | None


@router.get("/delegations", response={200: list[DelegationOut], 401: s.Problem})
def list_delegations(request: HttpRequest) -> list[DelegationOut]:
    """The mandates of the caller's organisation, the latest first."""
    return [_out(row) for row in known(actor=who(request))]


@router.post("/delegations", response={200: DelegationOut, **MISSES})
def delegate(request: HttpRequest, body: DelegationIn) -> DelegationOut:
    """Name a deputy for a role of one's own."""
    require_principal(who(request))
    return _out(_run(request, DELEGATE, body))


@router.post("/delegations/{delegation}/end", response={200: DelegationOut, **MISSES})
def end(request: HttpRequest, delegation: int) -> DelegationOut:
    """Revoke a mandate at once."""
    return _out(end_delegation(delegation=delegation, actor=who(request), at=timezone.now()))


@router.post("/handovers", response={200: list[GrantOut], **MISSES})
def hand_over(request: HttpRequest, body: HandoverIn) -> list[GrantOut]:
    """Hand the work of one person over to another."""
    require_manager(who(request))
    return [
        GrantOut(person=row.person.username, role=row.role, valid_from=row.valid_from, valid_to=row.valid_to)
        for row in _run(request, HAND_OVER, body)
    ]


def _run(request: HttpRequest, act: Act, body: Schema) -> Any:
    actor = who(request)
    sent = with_files(act.fields, body.dict(), case=None, actor=actor)
    return act.run(actor=actor, at=timezone.now(), **read(act.fields, sent, actor=actor))


def _out(row: RoleGrant) -> DelegationOut:
    return DelegationOut(
        id=row.pk, deputy=row.person.username, principal=row.on_behalf_of.username if row.on_behalf_of else "",
        role=row.role, valid_from=row.valid_from, valid_to=row.valid_to, kinds=row.kinds, ground=row.ground,
        revoked_at=row.revoked_at,
    )  # fmt: skip
