"""Register parties, give roles and tokens."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.db import transaction

from yunheng.domain.parties.models import ApiToken, Jurisdiction, Organisation, Person, RoleGrant
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import art

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS_9 = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """The check character of an eight-character organisation code (GB 11714)."""
    rest = 11 - sum(_ORGANISATION.index(char) * weight for char, weight in zip(body, _WEIGHTS_9, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_check(body: str) -> str:
    """The last character of a unified credit code (GB 32100), from the first seventeen."""
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return _ALPHABET[(31 - total % 31) % 31]


def credit_code_valid(code: str) -> bool:
    """Whether both check characters of a unified social credit code hold."""
    if len(code) != 18 or any(char not in _ALPHABET for char in code) or not code[2:8].isdigit():
        return False
    return organisation_check(code[8:16]) == code[16] and credit_check(code[:17]) == code[17]


@transaction.atomic
def register_organisation(
    *,
    jurisdiction: Jurisdiction,
    kind: str,
    name: str,
    short_name: str,
    credit_code: str,
    at: datetime,
    parent: Organisation | None = None,
    budget_level: int = 1,
    budget_code: str = "",
    has_legal_personality: bool = True,
    level: str = "municipal",
    letter_word: str = "",
) -> Organisation:
    """Enter a party. Raises BadInput for a credit code that does not check."""
    if not credit_code_valid(credit_code):
        raise BadInput([Problem("统一社会信用代码", f"{credit_code} 校验不符，核对后重填")], cite=art(4))
    made = Organisation.objects.create(
        jurisdiction=jurisdiction,
        kind=kind,
        name=name,
        short_name=short_name,
        credit_code=credit_code,
        parent=parent,
        budget_level=budget_level,
        budget_code=budget_code,
        has_legal_personality=has_legal_personality,
        level=level,
        letter_word=letter_word,
    )
    audit.write(kind="parties.organisation", subject=credit_code, at=at, body={"name": name, "kind": kind})
    return made


@transaction.atomic
def register_person(
    *, organisation: Organisation, username: str, name: str, password: str | None, email: str = "", title: str = ""
) -> Person:
    """Open an account; without a password nobody can log in with it."""
    person = Person(organisation=organisation, username=username, name=name, email=email, title=title)
    if password is None:
        person.set_unusable_password()
    else:
        person.set_password(password)
    person.save()
    return person


@transaction.atomic
def grant(*, person: Person, role: str, on: date, at: datetime, ground: str = "") -> RoleGrant:
    """Give a role from a day on."""
    made = RoleGrant.objects.create(person=person, role=role, valid_from=on, ground=ground)
    audit.write(kind="parties.grant", subject=person.username, at=at, body={"role": role, "from": on.isoformat()})
    return made


@transaction.atomic
def issue_token(*, person: Person, label: str, valid_to: date, at: datetime) -> str:
    """Make a bearer token and return it, once; only its digest is kept."""
    token = "yh_" + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        organisation=person.organisation,
        person=person,
        label=label,
        digest=sm3(token.encode()),
        created_at=at,
        valid_to=valid_to,
    )
    audit.write(kind="parties.token", subject=person.username, at=at, body={"label": label})
    return token
