"""What a change begins with, what is filled in, and what each step carries (9, 4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.funding.queries import contracts
from yunheng.domain.services.change import drafting, operations
from yunheng.domain.services.change.facts import FACTS, fee_change
from yunheng.domain.services.change.fees import as_of, fees_of
from yunheng.domain.services.change.operations import plain
from yunheng.domain.services.change.sheets import read_list
from yunheng.domain.services.models import Change, ChangeLine
from yunheng.domain.services.operations import Cut
from yunheng.domain.systems.queries import system_of, systems
from yunheng.foundation.documents.operations import read as read_file
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import OPINION, Act, Choices, Field, Row
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.law.ch1_general.art04_adjustment import GROUNDS
from yunheng.law.ch2_use.art09_change import PAPERS, justification_required

MOST_ADDED = 200
ADDED = "N"  # keys of rows that were added before: N1, N2 …


# ---- begin -----------------------------------------------------------------------------------------------------------


def _systems(case: Any, actor: Actor) -> Choices:
    found = systems(actor=actor).filter(services__isnull=False).distinct().order_by("code")
    return tuple((system.code, f"{system.name}（{system.code}）") for system in found)


def _contracts(case: Any, actor: Actor) -> Choices:
    found = contracts(actor=actor).filter(lane="covered").order_by("-starts_on", "number")
    return tuple((c.number, f"{c.number} {c.name}（{c.provider.short_name}）") for c in found)


def _begin(*, actor: Actor, at: datetime, system: str, contract: str, purpose: str) -> Change:
    found = system_of(system, actor=actor)
    under = contracts(actor=actor).filter(number=contract).first() if contract else None
    return drafting.create(system=found, contract=under, purpose=purpose, actor=actor, at=at)


OPENING = Act(
    _begin,
    (
        Field("system", "政务信息系统", "choice", choices=_systems),
        Field("purpose", "变更事由", "area", most=1000),
        Field("contract", "合同", "choice", required=False, choices=_contracts,
              help="系统由多家云服务商提供服务时，选择这次变更所涉的合同"),
    ),
    label="开始填写清单",
    note="只涉及纳入市级统筹的服务。不纳入统筹的，由用户单位与云服务商自行协商，按协议登记。",
)  # fmt: skip


# ---- fill in ---------------------------------------------------------------------------------------------------------


def _listed(case: Change, actor: Actor) -> list[Row]:
    """Each service that may change, with what the list says of it now; then what is to be added."""
    assert case.system is not None
    on, lines, added = localdate(), {line.service_id: line for line in case.lines.all()}, []
    found = []
    for service in drafting.changeable(case.system, on, provider_id=case.provider_id):
        sku, quantity, line = service.at("sku", on), plain(service.at("quantity", on)), lines.get(service.pk)
        values = {"sku": sku, "quantity": quantity, "spec": service.spec, "purpose": ""} | (
            _values(line) if line else {}
        )
        words = f"现有 {quantity} {service.measure}"
        found.append(Row(service.number, f"{service.number} {service.name}", values, words=words))
    for n, line in enumerate(case.lines.filter(service=None), 1):
        added.append(Row(f"{ADDED}{n}", f"已列新增第 {n} 行 {line.name}", _values(line), words="填 0 去掉这一行"))
    return [*found, *added]


def _values(line: ChangeLine) -> dict[str, Any]:
    return {"sku": line.sku_after, "quantity": plain(line.quantity), "spec": line.spec, "purpose": line.purpose}


def _items(case: Change | None, actor: Actor) -> Choices:
    return tuple((code, f"{item.name}（{code}）") for code, item in case.offered.items()) if case else ()


def _set_lines(case: Change, *, actor: Actor, at: datetime, lines: list[dict[str, Any]]) -> Any:
    labels = {row.key: row.label for row in _listed(case, actor)}
    wanted, new = [], 0
    for row in lines:
        key, given = row["key"], {name: row[name] for name in ("quantity", "sku", "spec", "purpose")}
        new += not key
        if not (key.startswith(ADDED) and row["quantity"] == 0):
            number = "" if key.startswith(ADDED) else key
            wanted.append(drafting.Wanted(labels.get(key, f"新增第 {new} 行"), number, **given))
    return drafting.set_lines(case, lines=wanted, actor=actor, on=localdate(at))


def _import(case: Change, *, actor: Actor, at: datetime, workbook: Any) -> Any:
    return drafting.set_lines(case, lines=read_list(read_file(workbook)), actor=actor, on=localdate(at))


def _firsts(case: Change | None, actor: Actor) -> Choices:
    return (
        tuple((c.number, f"{c.number} {c.purpose[:30]}（{c.state_zh}）") for c in drafting.citable(case))
        if case
        else ()
    )


def _argue(
    case: Change, *, actor: Actor, at: datetime, purpose: str, periodic: bool, cites: str, departure: str, **files: Any
) -> Any:
    first = next((c for c in drafting.citable(case) if c.number == cites), None)
    papers = {kind: file for kind, file in files.items() if file is not None}
    return drafting.argue(
        case, actor=actor, purpose=purpose, periodic=periodic, cites=first, departure=departure, papers=papers
    )


def _unargued(case: Change) -> bool:
    """Whether the change has to be argued for and is not (9.2): only then is there anything to depart from."""
    on = localdate()
    return justification_required(fee_change(case, on, {}), parameters_on(on, case.jurisdiction_id)).state == "need"


def _now(name: str) -> Any:
    return lambda case, actor, today: getattr(case, name)


LIST = Field(
    "lines", "变更清单", "rows", help="不变的行不用改；数量填 0 即退掉", rows=_listed, open=MOST_ADDED,
    columns=(
        Field("sku", "目录编码", "choice", required=False, choices=_items),
        Field("quantity", "变更后数量", "number", required=False),
        Field("spec", "规格", required=False),
        Field("purpose", "用途", required=False, most=120),
    ),
)  # fmt: skip
EDITS = {
    "list": Act(_set_lines, (LIST,), label="填写变更清单"),
    "workbook": Act(
        _import, (Field("workbook", "变更清单", "file", help="先导出清单，在其上填写"),), label="导入变更清单",
        note="导入后替换整个清单；有一行不对，原来的清单就不变动。",
    ),
    "argument": Act(
        _argue,
        (
            Field("purpose", "变更事由", "area", most=1000, initial=_now("purpose")),
            *(Field(kind, zh, "file", required=False, help="重新上传即替换") for kind, zh in PAPERS),
            Field("periodic", "规律性、周期性较强的变更", "flag", initial=_now("periodic")),
            Field("cites", "引用首次论证", "choice", required=False, choices=_firsts,
                  initial=lambda case, actor, today: case.cites.number if case.cites else None,
                  help="同一系统、同样产品、数量不超过首次论证的，可以引用，不再论证"),
            Field("departure", "申请不作论证的理由", "area", required=False, most=1000, initial=_now("departure"),
                  help="原则上应先论证；确有特殊情况的写明理由，由市大数据局审批时决定",
                  asked=lambda case: bool(case.departure) or _unargued(case)),
        ),
        label="事由与论证",
        mends=("justification_required",),
    ),
}  # fmt: skip


# ---- steps -----------------------------------------------------------------------------------------------------------


def _asked(case: Change, actor: Actor) -> list[Row]:
    return [
        Row(
            f"{line.no}", operations.row_of(line),
            {"approved": plain(line.granted), "reason": line.cut_reason},
            words=f"{plain(line.quantity_before)} → {plain(line.quantity)} {line.unit}"
            + (f" · {line.purpose}" if line.purpose else ""),
        )
        for line in case.lines.select_related("service")
    ]  # fmt: skip


def _recommend(case: Change, *, grants: list[dict[str, Any]], **words: Any) -> Event:
    cuts = {int(row["key"]): Cut(row["approved"], row["reason"]) for row in grants}
    return operations.recommend(case, grants=cuts, **words)


def _to_do(case: Change, actor: Actor) -> list[Row]:
    return [
        Row(
            f"{line.no}", operations.row_of(line), {"effective_on": line.effective_on, "instances": line.instances},
            words=f"{plain(line.quantity_before)} → {plain(line.granted)} {line.unit} {line.spec}".strip(),
        )
        for line in case.lines.select_related("service")
        if line.differs
    ]  # fmt: skip


def _complete(case: Change, *, days: list[dict[str, Any]], **words: Any) -> Event:
    done = {int(row["key"]): operations.Done(row["effective_on"], row["instances"]) for row in days}
    return operations.complete(case, done=done, **words)


GRANTS = Field(
    "grants", "逐行核定", "rows", help="不超过申请；减少的写明理由", rows=_asked,
    columns=(Field("approved", "核定数量", "number"), Field("reason", "核减理由", required=False, most=300)),
)  # fmt: skip
DAYS = Field(
    "days", "完成情况", "rows", help="台账和计费自生效日起改变", rows=_to_do,
    columns=(
        Field("effective_on", "生效日", "day"),
        Field("instances", "实例与地址", required=False, most=2000, help="新增或换了实例时填写"),
    ),
)  # fmt: skip
ACTS = {
    "pass_to_head": Act(operations.pass_to_head),
    "submit": Act(operations.submit),
    "resubmit": Act(operations.resubmit),
    "return": Act(
        operations.send_home, (Field("demand", "疑似拆分，要求论证", "flag", help="勾选后，单位须补交论证或引用首次论证"),)
    ),
    "recommend": Act(_recommend, (GRANTS,)),
    "approve": Act(
        operations.approve,
        (
            OPINION,
            Field("waiver", "同意不作论证的理由", "area", required=False, most=1000,
                  help="只在原则上应先论证、又没有论证时填写；记入意见书", asked=_unargued),
        ),
    ),
    "reject": Act(operations.reject),
    "notify": Act(operations.notify),
    "propose": Act(operations.propose, (Field("ground", "调整依据", "choice", choices=GROUNDS),)),
    "adjust": Act(operations.adjust),
    "complete": Act(_complete, (DAYS,)),
    "confirm": Act(operations.confirm),
    "dispute": Act(operations.dispute),
}  # fmt: skip

Change.opening, Change.edits, Change.acts = OPENING, EDITS, ACTS
Change.gathered, Change.shown = FACTS, {"fees": lambda case, on: fees_of(case, on=as_of(case, on)).plain()}
