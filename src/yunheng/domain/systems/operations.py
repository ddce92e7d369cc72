"""Enter and amend government information systems in the register (Article 3). Each act is on the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import NO_SYSTEM
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refused
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import number_next
from yunheng.law.ch1_general.art03_scope import (
    ASSET_OWNERS,
    BUILT_BY,
    CLASSES,
    HOSTING,
    ZONES,
    Place,
    System,
    classified_refused,
    hosted_in_principle,
)
from yunheng.law.kernel.citation import art

MLPS_LEVELS = ((1, "一级"), (2, "二级"), (3, "三级"), (4, "四级"))


@dataclass(frozen=True)
class Particulars:
    """What a unit says of a system. ``using_unit`` is a second-level unit or a body that the unit hosts."""

    name: str
    category: str
    built_by: str
    asset_owner: str
    network_zone: str
    classified: bool = False
    purpose: str = ""
    mlps_level: int = 2
    started_on: date | None = None
    accepted_on: date | None = None
    operated_from: date | None = None
    cloud_money: Decimal | None = None
    hosting: str = "cloud"
    hosting_ground: str = ""
    hosting_plan: str = ""
    using_unit: Organisation | None = None


@transaction.atomic
def register_system(
    *, particulars: Particulars, actor: Actor, at: datetime, unit: Organisation | None = None
) -> InformationSystem:
    """Enter a system; its number is given by the platform (XT-2026-0001).

    By a handler or head of its unit, or by the bureau for ``unit`` (registration of what is there already). Raises
    Refused for a classified system and for one outside the cloud without ground (3.1); BadInput with every gap.
    """
    owner = _owner(actor, unit)
    if actor.using_unit_id and particulars.using_unit is None:
        own = Organisation.objects.get(pk=actor.using_unit_id)
        particulars = Particulars(**{**_shallow(particulars), "using_unit": own})
    _check(particulars, owner, at, None)
    year = localdate(at).year
    made = InformationSystem(jurisdiction_id=owner.jurisdiction_id, unit=owner, registered_at=at)
    made.code = number_next(jurisdiction_id=owner.jurisdiction_id, prefix="XT", year=year)
    _write(made, particulars)
    audit.write(kind="systems.register", subject=made.code, at=at, body=_body(particulars, actor))
    return made


@transaction.atomic
def amend_system(
    system: InformationSystem, *, particulars: Particulars, actor: Actor, at: datetime
) -> InformationSystem:
    """Change what the register says; what it said before stays on the record."""
    locked = InformationSystem.objects.select_for_update(of=("self",)).get(pk=system.pk)
    if actor.kind == "user_unit" and (
        locked.unit_id != actor.organisation_id or (actor.using_unit_id and locked.using_unit_id != actor.using_unit_id)
    ):
        raise NotFound(NO_SYSTEM)
    _owner(actor, locked.unit)
    _check(particulars, locked.unit, at, locked)
    before = {name: getattr(locked, name) for name in _FIELDS}
    if (particulars.hosting, particulars.hosting_ground, particulars.hosting_plan) != (
        locked.hosting, locked.hosting_ground, locked.hosting_plan,
    ):  # fmt: skip
        locked.hosting_noted_at, locked.hosting_note = None, ""  # another plan wants another note
    _write(locked, particulars)
    after = {name: getattr(locked, name) for name in _FIELDS}
    changed = {name: [str(before[name]), str(after[name])] for name in _FIELDS if before[name] != after[name]}
    audit.write(kind="systems.amend", subject=locked.code, at=at, body={"by": actor.person_id, "changed": changed})
    return locked


@transaction.atomic
def note_hosting(system: InformationSystem, *, note: str, actor: Actor, at: datetime) -> InformationSystem:
    """The bureau's note on a system that stays off the cloud for now (3.1, 原则上)."""
    if actor.kind != "bureau" or actor.jurisdiction_id != system.jurisdiction_id:
        raise NotYours("只有市大数据局可以备注暂不上云的系统", cite=art(3, 1))
    if system.hosting != "plan":
        raise BadInput([Problem("部署", "只有暂不上云的系统需要备注")], cite=art(3, 1))
    if not note.strip():
        raise BadInput([Problem("备注", "写明对上云计划的意见")], cite=art(3, 1))
    system.hosting_note, system.hosting_noted_at = note.strip()[:200], at
    system.save(update_fields=["hosting_note", "hosting_noted_at"])
    audit.write(kind="systems.note", subject=system.code, at=at, body={"by": actor.person_id, "note": note.strip()})
    return system


@transaction.atomic
def transfer_system(system: InformationSystem, *, unit: Organisation, ground: str, at: datetime) -> InformationSystem:
    """The system belongs to another unit from now on (R-023); who used it below the old unit does so no longer."""
    body = {"from": system.unit.credit_code, "to": unit.credit_code, "ground": ground}
    system.unit, system.using_unit = unit, None
    system.save(update_fields=["unit", "using_unit"])
    audit.write(kind="systems.transfer", subject=system.code, at=at, body=body)
    return system


_FIELDS = (
    "name", "category", "built_by", "asset_owner", "network_zone", "classified", "purpose", "mlps_level",
    "started_on", "accepted_on", "operated_from", "cloud_money", "hosting", "hosting_ground", "hosting_plan",
    "using_unit",
)  # fmt: skip


def particulars_of(system: InformationSystem) -> Particulars:
    """What the register says of a system now, to amend a part of it."""
    return Particulars(**{name: getattr(system, name) for name in _FIELDS})


def _shallow(particulars: Particulars) -> dict[str, Any]:
    return {name: getattr(particulars, name) for name in _FIELDS}


def _body(particulars: Particulars, actor: Actor) -> dict[str, Any]:
    plain = asdict(Particulars(**{**_shallow(particulars), "using_unit": None}))
    using = particulars.using_unit
    return {"by": actor.person_id, **plain, "using_unit": using.credit_code if using else ""}


def _owner(actor: Actor, unit: Organisation | None) -> Organisation:
    """The unit whose system it is. Raises NotYours for those who keep no systems."""
    if actor.kind == "bureau" and unit is not None and unit.jurisdiction_id == actor.jurisdiction_id:
        return unit.principal
    if actor.kind == "user_unit" and (actor.has("handler") or actor.has("head")):
        return Organisation.objects.get(pk=actor.organisation_id)
    raise NotYours(
        "系统由所属用户单位的经办人或负责人登记", cite=art(3, 2), todo="交该单位经办人办理，或由市大数据局代为登记"
    )


def _write(system: InformationSystem, particulars: Particulars) -> None:
    for name in _FIELDS:
        setattr(system, name, getattr(particulars, name))
    system.save()


def _check(given: Particulars, owner: Organisation, at: datetime, held: InformationSystem | None) -> None:
    problems = [*_texts(given, owner, held), *_choices(given), *_days(given)]
    if problems:
        raise BadInput(problems, cite=art(3, 2), todo="改正后再登记")
    parameters = parameters_on(localdate(at), owner.jurisdiction_id)
    place = Place(given.name, given.hosting, given.hosting_ground, given.hosting_plan, noted=True)
    verdicts = (
        classified_refused(System(given.name, given.category, given.classified), parameters),
        hosted_in_principle(place, parameters),  # the bureau's note follows the registration
    )
    if not all(verdict.holds for verdict in verdicts):
        raise Refused(verdicts)


def _texts(given: Particulars, owner: Organisation, held: InformationSystem | None) -> list[Problem]:
    problems = []
    if not 0 < len(given.name.strip()) <= 80:
        problems.append(Problem("系统名称", "填写 1 至 80 个字"))
    same = InformationSystem.objects.filter(unit=owner, name=given.name).first()
    if same is not None and same != held:
        problems.append(Problem("系统名称", f"{owner.short_name}已登记同名系统（{same.code}）"))
    for label, text, most in (
        ("功能简介", given.purpose, 300), ("不上云的依据或理由", given.hosting_ground, 200), ("上云计划", given.hosting_plan, 200),
    ):  # fmt: skip
        if len(text) > most:
            problems.append(Problem(label, f"最多 {most} 字，现有 {len(text)} 字"))
    using = given.using_unit
    if using is not None and using.parent_id != owner.pk:
        problems.append(Problem("使用单位", f"{using.name}不是{owner.short_name}的下属单位"))
    return problems


def _choices(given: Particulars) -> list[Problem]:
    problems = []
    for label, value, choices in (
        ("类别", given.category, CLASSES), ("建设方式", given.built_by, BUILT_BY), ("部署", given.hosting, HOSTING),
        ("资产归属", given.asset_owner, ASSET_OWNERS), ("网络区域", given.network_zone, ZONES),
    ):  # fmt: skip
        if value not in dict(choices):
            problems.append(Problem(label, "从列出的各项中选择"))
    if given.mlps_level not in dict(MLPS_LEVELS):
        problems.append(Problem("等保级别", "须为一级至四级"))
    money = given.cloud_money
    if money is not None and not (0 <= money < Decimal(10) ** 12 and money == money.quantize(Decimal("0.01"))):
        problems.append(Problem("实施费用中的云服务费（元）", "须为不小于 0、最多两位小数的金额"))
    return problems


def _days(given: Particulars) -> Sequence[Problem]:
    """Started, accepted, in operation: in this order."""
    named = (("实施开始", given.started_on), ("技术验收", given.accepted_on), ("转入运维", given.operated_from))
    known = [(label, day) for label, day in named if day is not None]
    return [
        Problem(later, f"{day} 早于{earlier}的 {before}")
        for (earlier, before), (later, day) in pairwise(known)
        if day < before
    ]
