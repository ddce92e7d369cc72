"""What each act of a succession carries, and the operation that takes it."""

from __future__ import annotations

from typing import Any

from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service, Succession
from yunheng.domain.services.succession import operations as do
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.law.ch3_funding.art15_succession import SUBJECTS


def _subjects(case: Any, actor: Actor) -> Choices:
    return tuple(row for row in SUBJECTS if actor.kind != "bureau" or row[0] in do.OF_BUREAU)


def _units(case: Succession | None, actor: Actor) -> Choices:
    rows = Organisation.objects.filter(jurisdiction_id=actor.jurisdiction_id, kind="user_unit", budget_level=1)
    rows = rows.exclude(pk=case.unit_id) if case else rows
    return tuple((row.credit_code, row.name) for row in rows.order_by("name"))


def _gone(case: Any, actor: Actor) -> Choices:
    return _units(None, actor) if actor.kind == "bureau" else ()


def _systems(case: Succession, actor: Actor) -> Choices:
    rows = InformationSystem.objects.filter(unit_id=case.unit_id)
    return tuple((row.code, f"{row.name}（{row.code}）") for row in rows.order_by("code"))


def _choice(rows: Any) -> Choices:
    return tuple((row.number, f"{row.number} {row.name}（{row.system.name}）") for row in rows)


def _services(case: Succession, actor: Actor) -> Choices:
    rows = ledger.running_on(Service.objects.filter(unit_id=case.unit_id), case.effective_on)
    return _choice(rows.select_related("system").order_by("system__code", "number"))


def _renewable(case: Succession, actor: Actor) -> Choices:
    rows = ledger.running_on(Service.objects.filter(contract__buyer_id=case.unit_id), case.effective_on)
    return _choice(rows.select_related("system").order_by("number"))


def _contracts(case: Succession, actor: Actor) -> Choices:
    rows = Contract.objects.filter(buyer_id=case.unit_id).select_related("provider").order_by("number")
    return tuple((row.number, f"{row.number} {row.name}（{row.provider.short_name}）") for row in rows)


def _held(name: str) -> Any:
    """What stands there already."""

    def initial(case: Succession, actor: Actor, today: Any) -> Any:
        held = getattr(case, name)
        return [row.code if name == "systems" else row.number for row in held.all()]

    return initial


RECEIVER = Field(
    "receiver", "接收单位", "choice", choices=_units,
    initial=lambda case, actor, today: case.receiver.credit_code if case.receiver else None,
)  # fmt: skip
SYSTEMS = Field("systems", "承继的系统", "many", choices=_systems, initial=_held("systems"))
TO_SYSTEM = Field(
    "to_system", "承接的系统编码", most=30, help="尚未登记的，先登记",
    initial=lambda case, actor, today: case.to_system.code if case.to_system else "",
)  # fmt: skip
SERVICES = Field("services", "承继的服务", "many", choices=_services, initial=_held("chosen"))
UNDER = Field(
    "to_contract", "承继后的合同编号", required=False, most=30, help="合同不变的不填；由原单位自行采购的，写接收单位的合同",
    initial=lambda case, actor, today: case.to_contract.number if case.to_contract else "",
)  # fmt: skip
OLD = Field("from_contract", "原合同", "choice", choices=_contracts)
NEW = Field("to_contract", "续签的合同", "choice", choices=_contracts)
SOME = Field(
    "services", "承继的服务", "many", required=False, choices=_renewable, initial=_held("chosen"), help="不选的，全部承继",
)  # fmt: skip
NAMES = (Field("new_name", "新名称", most=80), Field("new_short_name", "新简称", most=30))

FIELDS: dict[str, tuple[Field, ...]] = {
    "renamed": NAMES,
    "unit_merged": (RECEIVER, UNDER),
    "unit_abolished": (RECEIVER, UNDER),
    "unit_split": (RECEIVER, SYSTEMS, UNDER),
    "system_moved": (RECEIVER, SYSTEMS, UNDER),
    "system_split": (SYSTEMS, TO_SYSTEM, SERVICES, UNDER),
    "system_merged": (SYSTEMS, TO_SYSTEM, UNDER),
    "contract_renewed": (OLD, NEW, SOME),
}
CONTENT = {subject: Act(do.fill, fields, label="填写承继内容") for subject, fields in FIELDS.items()}

Succession.opening = Act(
    do.prepare,
    (
        Field("subject", "事由", "choice", choices=_subjects),
        Field("effective_on", "生效日", "day", help="当日起由后继承接"),
        Field("basis", "依据文件", help="名称和文号"),
        Field("attachment", "依据文件（附件）", "file"),
        Field("unit", "撤销的单位", "choice", required=False, choices=_gone, help="只由市大数据局选择"),
    ),
    label="开始填写",
)
Succession.acts = {"propose": Act(do.propose), "sign": Act(do.sign)}
