"""Deputies and hand-over (4): who acts for whom, from which day to which; and the work of one person to another.

A mandate ends with its day, when it is revoked, and when its principal no longer holds the role. It cannot be passed
on: only what somebody holds in its own right is delegated, and only such a manager hands work over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation, Person, RoleGrant
from yunheng.domain.parties.queries import roles_of
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch1_general.art04_parties import ADMINISTRATORS, DELEGABLE, KINDS, MANAGERS, ROLES
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import MACHINES

CITE = art(4, 2)
LARGEST_ID = 2**63
GONE = "没有这项授权，或你无权查看"


def own_roles(actor: Actor) -> list[str]:
    """What the actor holds in its own right, and may therefore delegate or use to move work."""
    return [role for role, _ in ROLES if role in actor.roles and actor.mandate(role) is None]


def manages(actor: Actor) -> bool:
    """Whether the actor may hand over work within its organisation."""
    return MANAGERS.get(actor.kind) in own_roles(actor)


def require_principal(actor: Actor) -> list[str]:
    """The roles that the actor may delegate. Raises NotYours where there is none."""
    found = [role for role in own_roles(actor) if role in DELEGABLE]
    if not found:
        words = "、".join(dict(ROLES)[one] for one in DELEGABLE)
        raise NotYours(f"授权由{words}本人作出，代办的人不能再授权", cite=CITE, todo="由本人办理")
    return found


def require_manager(actor: Actor) -> None:
    """Raises NotYours for whoever does not manage its organisation."""
    if not manages(actor):
        who = dict(ROLES)[MANAGERS[actor.kind]] if actor.kind in MANAGERS else "负责人"
        raise NotYours(f"移交由{dict(KINDS)[actor.kind]}{who}本人办理", cite=CITE, todo=f"交{who}办理")


@transaction.atomic
def delegate(
    *,
    deputy: str,
    role: str,
    valid_from: date,
    valid_to: date,
    ground: str,
    actor: Actor,
    at: datetime,
    kinds: Sequence[str] = (),
    attachment: Attachment | None = None,
) -> RoleGrant:
    """Name a deputy, by user name, for a role of one's own in ``[valid_from, valid_to)``; no ``kinds``: everywhere.

    Raises NotYours for a role that is not the actor's own, BadInput with every gap.
    """
    own = require_principal(actor)
    principal = Person.objects.select_related("organisation").get(pk=actor.person_id)
    person = Person.objects.filter(organisation=principal.organisation, username=deputy, is_active=True).first()
    problems = [] if person else [Problem("代办人", "从本单位在职人员中选择")]
    if role not in own:
        problems.append(Problem("角色", "只能授权本人的角色"))
    if person is not None:
        problems += _wrong_deputy(person, principal, role, valid_from)
    problems += _wrong_days(valid_from, valid_to, localdate(at), actor.jurisdiction_id)
    if not 0 < len(ground.strip()) <= 120:
        problems.append(Problem("授权文件", "写明授权文件，1 至 120 个字"))
    if set(kinds) - set(MACHINES):
        problems.append(Problem("限于的程序", "从列出的各项中选择"))
    if problems or person is None:
        raise BadInput(problems, cite=CITE, todo="改正后再授权")
    made = RoleGrant.objects.create(
        person=person, role=role, valid_from=valid_from, valid_to=valid_to, ground=ground.strip(),
        on_behalf_of=principal, kinds=sorted(kinds), attachment=attachment,
    )  # fmt: skip
    body = {"for": principal.username, "role": role, "from": valid_from, "to": valid_to, "kinds": made.kinds}
    audit.write(kind="parties.delegate", subject=person.username, at=at, body={**body, "ground": made.ground})
    _tell(principal.organisation, f"{principal.name}授权{person.name}代行{dict(ROLES)[role]}", _span(made), at)
    return made


def _wrong_deputy(person: Person, principal: Person, role: str, on: date) -> list[Problem]:
    if person.pk == principal.pk:
        return [Problem("代办人", "不能授权给自己")]
    if role in roles_of(person=person, on=on):
        return [Problem("代办人", f"{person.name}已是{dict(ROLES)[role]}，不需要授权")]
    theirs = RoleGrant.objects.filter(person=person, role=role, on_behalf_of=principal, valid_from=on, revoked_at=None)
    return [Problem("代办人", "同一天已有同样的授权")] if theirs.exists() else []


def _wrong_days(start: date, end: date, today: date, jurisdiction_id: int) -> list[Problem]:
    longest = parameters_on(today, jurisdiction_id)["delegation_longest"].n
    problems = []
    if start < today:
        problems.append(Problem("自", "不能早于今天"))
    if end <= start:
        problems.append(Problem("至（不含）", "须晚于开始日"))
    elif end - start > timedelta(days=longest):
        problems.append(Problem("至（不含）", f"最长{longest}个自然日，须不晚于 {start + timedelta(days=longest)}"))
    return problems


def _span(grant: RoleGrant) -> str:
    where = "、".join(MACHINES[kind].zh for kind in grant.kinds) or "全部程序"
    return f"自 {grant.valid_from} 至 {grant.valid_to}（不含），{where}；依据：{grant.ground}"


def _tell(organisation: Organisation, subject: str, text: str, at: datetime) -> None:
    notices.tell(organisation_ids=[organisation.pk], subject=subject, text=f"{subject}。{text}", at=at, cite=CITE.key)


@transaction.atomic
def end_delegation(*, delegation: int, actor: Actor, at: datetime) -> RoleGrant:
    """Revoke a mandate at once; by its principal, its deputy, or whoever manages the organisation."""
    found = RoleGrant.objects.select_for_update(of=("self",)).select_related("person__organisation", "on_behalf_of")
    known = 0 < delegation < LARGEST_ID
    row = found.filter(pk=delegation, on_behalf_of__isnull=False).first() if known else None
    if row is None or row.person.organisation.principal.pk != actor.organisation_id:
        raise NotFound(GONE)
    if actor.person_id not in (row.on_behalf_of_id, row.person_id) and not manages(actor):
        raise NotYours("授权由授权人、代办人或本单位负责人终止", cite=CITE, todo="交授权人办理")
    if row.revoked_at is not None or (row.valid_to is not None and row.valid_to <= localdate(at)):
        raise Refusal("这项授权已经终止", cite=CITE)
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    body = {"by": actor.person_id, "role": row.role}
    audit.write(kind="parties.delegate.end", subject=row.person.username, at=at, body=body)
    assert row.on_behalf_of is not None
    _tell(row.person.organisation, f"{row.on_behalf_of.name}对{row.person.name}的授权已终止", "即时生效", at)
    return row


@transaction.atomic
def hand_over(*, leaving: str, taking: str, on: date, ground: str, actor: Actor, at: datetime) -> list[RoleGrant]:
    """From ``on``, every turn of one person is another's: its roles end that day and open for the other.

    What the one who leaves held for somebody else, or had delegated, ends that day as well. Raises a Refusal.
    """
    require_manager(actor)
    people = Person.objects.select_related("organisation__parent").filter(username__in={leaving, taking})
    known = {p.username: p for p in people if p.organisation.principal.pk == actor.organisation_id}
    problems = [
        Problem(where, "从本单位人员中选择")
        for where, name in (("移交人", leaving), ("接收人", taking))
        if name not in known
    ]
    if on < localdate(at):
        problems.append(Problem("自", "不能早于今天"))
    if not 0 < len(ground.strip()) <= 120:
        problems.append(Problem("依据", "写明依据，1 至 120 个字"))
    if not problems:
        problems = _wrong_pair(known[leaving], known[taking], on)
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后再移交")
    return _move(known[leaving], known[taking], on, ground.strip(), actor, at)


def _wrong_pair(gives: Person, takes: Person, on: date) -> list[Problem]:
    if gives.pk == takes.pk or gives.organisation_id != takes.organisation_id or not takes.is_active:
        return [Problem("接收人", "须是同一单位的另一位在职人员")]
    moved = set(RoleGrant.objects.filter(_to_move(gives, on)).values_list("role", flat=True))
    if not moved:
        return [Problem("移交人", f"{gives.name}没有可以移交的角色")]
    if len((moved | roles_of(person=takes, on=on)) & ADMINISTRATORS) > 1:
        return [Problem("接收人", "系统、安全、审计管理员不得由一人兼任")]
    return []


def _to_move(gives: Person, on: date) -> Q:
    """What somebody holds in its own right on a day or later."""
    return Q(Q(valid_to=None) | Q(valid_to__gt=on), person=gives, on_behalf_of=None, revoked_at=None)


def _move(gives: Person, takes: Person, on: date, ground: str, actor: Actor, at: datetime) -> list[RoleGrant]:
    has, made = roles_of(person=takes, on=on), {}
    for row in RoleGrant.objects.select_for_update().filter(_to_move(gives, on)).order_by("valid_from", "pk"):
        key = (row.role, max(on, row.valid_from))
        if row.role not in has and key not in made:
            made[key] = RoleGrant.objects.create(
                person=takes, role=row.role, valid_from=key[1], valid_to=row.valid_to, ground=ground
            )
        _close(row, on, at)
    tied = Q(person=gives, on_behalf_of__isnull=False) | Q(on_behalf_of=gives)
    still = Q(Q(valid_to=None) | Q(valid_to__gt=on), revoked_at=None)
    for row in RoleGrant.objects.select_for_update().filter(tied, still):
        _close(row, on, at)
    body = {"by": actor.person_id, "to": takes.username, "on": on, "roles": sorted({role for role, _ in made})}
    audit.write(kind="parties.hand_over", subject=gives.username, at=at, body={**body, "ground": ground})
    _tell(gives.organisation, f"{gives.name}的工作移交{takes.name}", f"自 {on} 起；依据：{ground}", at)
    return list(made.values())


def _close(row: RoleGrant, on: date, at: datetime) -> None:
    """It ends on the day; what was to begin only then never does."""
    if row.valid_from < on:
        row.valid_to = on
    else:
        row.revoked_at = at
    row.save(update_fields=["valid_to", "revoked_at"])
