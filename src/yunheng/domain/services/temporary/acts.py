"""What a temporary service begins with, what its draft says, and what its steps carry (12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.catalog.queries import items_on
from yunheng.domain.services import application_acts as opening
from yunheng.domain.services.application_acts import fitting_contracts
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.models import Temporary
from yunheng.domain.services.sheets import read_list
from yunheng.domain.services.temporary import operations
from yunheng.domain.systems.queries import systems
from yunheng.foundation.documents.operations import read as read_file
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field, Row
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch2_use.art12_consent import CONSENTS
from yunheng.law.ch2_use.art12_temporary import LEVELS
from yunheng.law.kernel.citation import art

MOST_ADDED = 200


def _systems(case: Any, actor: Actor) -> Choices:
    return tuple((row.code, f"{row.name}（{row.code}）") for row in systems(actor=actor).order_by("code"))


def _now(name: str) -> Any:
    return lambda case, actor, today: getattr(case, name)


# ---- fill in ---------------------------------------------------------------------------------------------------------


def _items(case: Temporary | None, actor: Actor) -> Choices:
    found = items_on(jurisdiction_id=case.jurisdiction_id, on=localdate()) if case else {}
    return tuple((code, f"{item.name}（{code}）") for code, item in found.items())


def _listed(case: Temporary, actor: Actor) -> list[Row]:
    return [
        Row(
            f"{line.no}", f"{line.no}. {line.name}",
            {"sku": line.sku, "quantity": f"{line.quantity.normalize():f}", "spec": line.spec, "purpose": line.purpose},
            words="填 0 去掉这一行",
        )
        for line in case.lines.all()
    ]  # fmt: skip


def _set_lines(case: Temporary, *, lines: list[dict[str, Any]], actor: Actor, at: datetime) -> Any:
    kept = [row for row in lines if not (row["key"] and not row["quantity"])]
    given = [
        LineInput(f"第 {n} 行", row["sku"], row["quantity"], spec=row["spec"], purpose=row["purpose"])
        for n, row in enumerate(kept, 1)
    ]
    return operations.set_lines(case, lines=given, actor=actor, at=at)


def _import(case: Temporary, *, workbook: Any, actor: Actor, at: datetime) -> Any:
    return operations.set_lines(case, lines=read_list(read_file(workbook)), actor=actor, at=at)


COLUMNS = (
    Field("sku", "产品", "choice", choices=_items),
    Field("quantity", "数量", "number", required=False),
    Field("spec", "规格", required=False),
    Field("purpose", "用途", required=False, most=120),
)
ORAL = (
    Field("oral_by", "口头同意：何人", required=False, most=60, initial=_now("oral_by"), help="口头同意的，填写以下四项"),
    Field("oral_on", "口头同意：何日", "day", required=False, initial=_now("oral_on")),
    Field("oral_time", "口头同意：何时", required=False, most=8, initial=_now("oral_time"), help="24小时制，如 8:40"),
    Field("oral_line", "口头同意：以何方式", required=False, most=100, initial=_now("oral_line"), help="如值班电话及号码"),
)  # fmt: skip

Temporary.opening = Act(
    operations.create,
    (Field("system", "政务信息系统", "choice", choices=_systems),),
    label="开始填写",
    note="用于国家、省、市重大工作安排的紧急或临时使用，须市政府同意。其余临时服务由用户单位与云服务商自行协商，按协议登记。",
)
Temporary.edits = {
    "request": Act(
        operations.describe,
        (
            Field("level", "重大工作", "choice", choices=LEVELS, initial=_now("level")),
            Field("purpose", "工作安排与事由", "area", most=1000, initial=_now("purpose")),
            Field("from_on", "期间自", "day", initial=_now("from_on")),
            Field("until", "期间至（含当日）", "day", initial=_now("until"), help="当日24:00届满，次日起统筹资金不再承担"),
            Field("consent", "市政府同意", "choice", choices=CONSENTS, initial=_now("consent")),
            Field("consent_number", "书面同意：文号", required=False, most=60, initial=_now("consent_number")),
            Field("consent_on", "书面同意：日期", "day", required=False, initial=_now("consent_on")),
            Field("paper", "书面同意：文件", "file", required=False, help="重新上传即替换"),
            *ORAL,
        ),
        label="填写事由与期间",
        mends=("temporary_request_complete",),
    ),
    "list": Act(
        _set_lines,
        (Field("lines", "资源清单", "rows", required=False, rows=_listed, open=MOST_ADDED, columns=COLUMNS),),
        label="填写资源清单",
    ),
    "workbook": Act(
        _import,
        (Field("workbook", "资源清单", "file", help="按服务申请的清单格式"),),
        label="导入资源清单",
        note="导入后替换整个清单；有一行不对，原来的清单就不变动。",
    ),
}  # fmt: skip


# ---- steps -----------------------------------------------------------------------------------------------------------


def _contracts(case: Temporary | None, actor: Actor) -> Choices:
    found = fitting_contracts(case, actor, localdate()) if case else []
    return tuple((c.number, f"{c.number} {c.name}（{c.provider.short_name}）") for c in found if c.lane == "covered")


def _likely(case: Temporary, actor: Actor, today: date) -> str:
    """The newest covered contract."""
    return next((number for number, _ in _contracts(case, actor)), "")


def _verify(case: Temporary, *, contract: str, actor: Actor, at: datetime, **given: Any) -> Event:
    found = fitting_contracts(case, actor, localdate(at))
    chosen = next((c for c in found if c.number == contract and c.lane == "covered"), None)
    if chosen is None:
        raise BadInput([Problem("计价合同", "选择今天在服务期内的市级统筹合同")], cite=art(14))
    return operations.verify(case, contract=chosen, actor=actor, at=at, **given)


def _confirm(case: Temporary, *, day: date, lines: list[str], opinion: str, **given: Any) -> Event:
    return operations.confirm_opening(case, day=day, line_nos=[int(no) for no in lines], reason=opinion, **given)


def _dispute(case: Temporary, *, lines: list[str], **given: Any) -> Event:
    return operations.dispute_resources(case, line_nos=[int(no) for no in lines], **given)


def _longer(*, asked: bool) -> tuple[Field, ...]:
    """A new last day with its consent; the bureau finds what was asked for."""
    until, number, on = (_now(f"asked_{name}") if asked else None for name in ("until", "number", "on"))
    return (
        Field("until", "延期至（含当日）", "day", initial=until, help="晚于现在的最后一日"),
        Field("number", "新的同意文号", most=60, initial=number),
        Field("on", "新的同意日期", "day", initial=on),
        Field("paper", "新的同意文件", "file", required=not asked, help="单位已上传的，可以不再上传" if asked else ""),
    )


VERIFY = (
    Field("contract", "计价合同", "choice", choices=_contracts, initial=_likely),
    Field("hours", "通知的时限（小时）", "count", required=False,
          help="紧急的写明小时数，最长不超过5个工作日；不填的，按5个工作日"),
)  # fmt: skip
# fmt: off
ACTS = {
    **{name: opening.ACTS[name] for name in ("report_opened", "mediate", "mediate_at_bureau", "drop_lines")},
    "pass_to_head":      Act(operations.pass_to_head),
    "verify":            Act(_verify, VERIFY),
    "reject":            Act(operations.reject),
    "confirm_opening":   Act(_confirm, opening.ACTS["confirm_opening"].fields),
    "dispute_resources": Act(_dispute, opening.ACTS["dispute_resources"].fields),
    "supply_consent":    Act(operations.supply_consent, (
        Field("number", "同意文号", most=60), Field("on", "同意日期", "day"), Field("paper", "市政府同意的文件", "file"))),
    "end_coverage":      Act(operations.end_coverage),
    "ask_extension":     Act(operations.ask_extension, _longer(asked=False)),
    "extend":            Act(operations.extend, _longer(asked=True)),
    "decline_extension": Act(operations.decline_extension),
    "convert":           Act(operations.convert),
    "end":               Act(operations.end),
    "release":           Act(operations.release, (
        Field("day", "实际释放日", "day", initial=lambda case, actor, today: today, help="当日不计费；不早于终止日，不晚于今天"),)),
}
# fmt: on
# What is verified of an oral consent is the duty officer's record; he finds what the unit said.
OF_ORAL = {"verify": Act(_verify, (*VERIFY, *(replace(field, required=True) for field in ORAL)))}
