"""Register parties, give roles and tokens."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.parties.models import ApiToken, FormerName, Jurisdiction, Organisation, Person, RoleGrant
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem
from yunheng.law.kernel.citation import art

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_VALID = timedelta(days=366)
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
def rename(organisation: Organisation, *, name: str, short_name: str, on: date, ground: str, at: datetime) -> None:
    """From ``on`` the organisation has another name; what it was called before stays known, with its last day."""
    before = {"name": organisation.name, "short_name": organisation.short_name}
    FormerName.objects.create(organisation=organisation, **before, valid_to=on, ground=ground[:200])
    organisation.name, organisation.short_name = name, short_name
    organisation.save(update_fields=["name", "short_name"])
    body = {**before, "now": name, "on": on, "ground": ground}
    audit.write(kind="parties.rename", subject=organisation.credit_code, at=at, body=body)


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


KEEPERS = ("head", "delivery", "approver", "reviewer")  # who may let a machine act for the organisation


@transaction.atomic
def make_token(*, actor: Actor, label: str, valid_to: date, at: datetime) -> str:
    """A token with which a machine acts as the actor; the text is given once. Raises NotYours, BadInput."""
    if not any(actor.has(role) for role in KEEPERS):
        raise NotYours("接口令牌由单位负责人或有办理权限的人建立", cite=art(4), todo="交本单位负责人办理")
    today, problems = localdate(at), []
    if not 0 < len(label.strip()) <= 60:
        problems.append(Problem("用途", "填写 1 至 60 个字"))
    if not today < valid_to <= today + MOST_VALID:
        problems.append(Problem("有效期至（不含）", f"须在明天至 {today + MOST_VALID} 之间"))
    if problems:
        raise BadInput(problems, todo="改正后再建立")
    return issue_token(person=Person.objects.get(pk=actor.person_id), label=label.strip(), valid_to=valid_to, at=at)


@transaction.atomic
def revoke_token(*, token_id: int, actor: Actor, at: datetime) -> None:
    """Stop a token of one's own organisation at once; once stopped it stays so."""
    token = ApiToken.objects.filter(pk=token_id, organisation_id=actor.organisation_id).first()
    if token is None:
        raise NotFound("没有这个令牌，或你无权查看")
    if token.person_id != actor.person_id and not any(actor.has(role) for role in KEEPERS):
        raise NotYours("令牌由建立的人或单位负责人停用", todo="交本单位负责人办理")
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        audit.write(kind="parties.token.revoke", subject=f"{token.pk}", at=at, body={"by": actor.person_id})


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


def set_digest(*, actor: Actor, wanted: bool, at: datetime) -> None:
    """Switch one's own weekly digest on or off."""
    changed = Person.objects.filter(pk=actor.person_id).exclude(weekly_digest=wanted).update(weekly_digest=wanted)
    if changed:
        audit.write(kind="parties.digest", subject=f"{actor.person_id}", at=at, body={"wanted": wanted})
