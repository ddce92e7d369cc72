"""What each instance behind a service is for (10.2): a reserve is not idle, and a busy sibling of its role shows that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.law.ch2_use.art10_idle import RESERVES, role_named
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
WHERE, LONGEST, MOST, MOST_NAMED = "用途", 20, 20_000, 200  # characters, and how many problems are named
HINT = f"每行一个：实例编号 用途。{'、'.join(zh for _, zh in RESERVES)}不作闲置判断；其他用途如“应用”“数据库”，同一系统中用途相同的互为备用。不写的，没有用途"


def may_say_roles(service: Service, actor: Actor) -> bool:
    """Whether somebody may say what the instances of a service are for: its unit, and the provider that runs it."""
    if actor.kind == "provider":
        return service.contract.provider_id == actor.organisation_id and actor.has("delivery")
    return service.unit_id == actor.organisation_id and (actor.has("handler") or actor.has("head"))


@transaction.atomic
def say_roles(service: Service, *, roles: str, actor: Actor, at: datetime) -> Service:
    """Put other roles (one per line: instance role) in the place of those recorded; nothing else changes.

    Unit and provider both know, and the last word stands. Raises NotFound, NotYours, Refusal, BadInput.
    """
    locked = Service.objects.select_for_update(of=("self",)).select_related("contract").get(pk=service.pk)
    if actor.organisation_id not in (locked.unit_id, locked.contract.provider_id):
        raise NotFound("没有这条服务，或你无权查看")
    if not may_say_roles(locked, actor):
        raise NotYours("用途由用户单位经办人、负责人或云服务商交付填写", cite=CITE, todo="交上述人员办理")
    if not locked.runs_on(localdate(at)):
        raise Refusal(f"{locked.number}没有在运行，不能填写用途", cite=CITE, todo="核对服务编号")
    before, after = locked.roles, _read(locked, roles)
    ledger.set_roles(locked, after)
    body = {"by": actor.person_id, "organisation": actor.organisation_id, "before": before, "after": after}
    audit.write(kind="services.roles", subject=locked.number, at=at, body=body)
    return locked


def _read(service: Service, roles: str) -> dict[str, str]:
    known = set(instances_of(service))
    problems, found = [Problem(WHERE, f"最多 {MOST} 字")] if len(roles) > MOST else [], dict[str, str]()
    for no, line in enumerate(filter(str.strip, roles.splitlines()), 1):
        name, word = [*line.split(maxsplit=1), ""][:2]
        word = word.strip()
        wrong = [
            *([] if name in known else [f"台账中没有实例“{name[:40]}”"]),
            *([f"实例 {name} 写了两次"] if name in found else []),
            *([] if word else [f"实例“{name[:40]}”后面没有用途；不填的，删去这一行"]),
            *([f"用途最多 {LONGEST} 字，不含空格"] if len(word) > LONGEST or len(word.split()) > 1 else []),
        ]
        problems += [Problem(WHERE, f"第 {no} 行：{what}") for what in wrong]
        found[name] = role_named(word)
    if problems:
        raise BadInput(problems[:MOST_NAMED], cite=CITE)
    return found


def role_words(service: Service) -> list[tuple[str, str]]:
    """The instances with a role, in the order of the ledger, each with its role as people say it."""
    words = dict(RESERVES)
    said = service.roles
    return [(name, words.get(said[name], said[name])) for name in instances_of(service) if name in said]
