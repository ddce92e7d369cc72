"""What naming a deputy and handing work over carry, said once for page and machine."""

from __future__ import annotations

from typing import Any

from yunheng.domain.parties.delegation import delegate, hand_over, own_roles
from yunheng.domain.parties.models import Person
from yunheng.domain.parties.queries import colleagues
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.law.ch1_general.art04_parties import DELEGABLE, ROLES
from yunheng.law.kernel.machine import MACHINES


def _deputies(case: Any, actor: Actor) -> Choices:
    rows = colleagues(actor=actor).exclude(pk=actor.person_id)
    return tuple((row.username, f"{row.name}（{row.username}）") for row in rows)


def _roles(case: Any, actor: Actor) -> Choices:
    own = own_roles(actor)
    return tuple((role, zh) for role, zh in ROLES if role in DELEGABLE and role in own)


def _kinds(case: Any, actor: Actor) -> Choices:
    return tuple((kind, machine.zh) for kind, machine in sorted(MACHINES.items(), key=lambda pair: pair[1].cite))


def _people(case: Any, actor: Actor) -> Choices:
    """Those of the organisation, and of the units below it."""
    own = Person.objects.filter(organisation_id=actor.organisation_id)
    below = Person.objects.filter(organisation__parent_id=actor.organisation_id)
    rows = (own | below).select_related("organisation").order_by("organisation", "name")
    return tuple((row.username, f"{row.name}（{row.username}，{row.organisation.short_name}）") for row in rows)


DELEGATE = Act(
    delegate,
    (
        Field("deputy", "代办人", "choice", choices=_deputies, help="限本单位人员"),
        Field("role", "角色", "choice", choices=_roles),
        Field("valid_from", "自", "day", initial=lambda case, actor, today: today),
        Field("valid_to", "至（不含）", "day"),
        Field("kinds", "限于的程序", "many", required=False, choices=_kinds, help="不选的，全部程序"),
        Field("ground", "授权文件", most=120, help="名称和文号"),
        Field("attachment", "授权文件（附件）", "file", required=False),
    ),
    label="授权代办",
    note="代办人以“张三（受李四授权）”的名义办理。同一件中应由不同的人办理的步骤，授权人和代办人算作一人。",
)
HAND_OVER = Act(
    hand_over,
    (
        Field("leaving", "移交人", "choice", choices=_people),
        Field("taking", "接收人", "choice", choices=_people),
        Field("on", "自", "day", initial=lambda case, actor, today: today),
        Field("ground", "依据", most=120, help="名称和文号"),
    ),
    label="移交工作",
    note="自当日起，移交人的全部角色和待办转给接收人；移交人作出的和接受的授权同时终止。",
)
