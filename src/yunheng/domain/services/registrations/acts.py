"""What the steps of a registration carry."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.domain.services.models import Registration, RegistrationLine
from yunheng.domain.services.registrations import deciding, operations
from yunheng.domain.services.registrations.facts import contracts_of, decision_of, groups_of, systems_of
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.acts import OPINION, Act, Choices, Field, Row
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art06_application import PAPERS as ASKED
from yunheng.law.ch3_funding.art14_contract import LANES
from yunheng.law.kernel.terms import due_on

MOST_ROWS = 200  # on a page; more than these go through the sheet
YES_NO = (("yes", "是"), ("no", "否"))
_UNKNOWN = "系统还没有登记的，先登记系统，再回到本件归入；不是本单位的，写明异议，由云服务商答复"
_LOST = "原件遗失的，上传加盖公章的情况说明"


def _systems(case: Registration, actor: Any) -> Choices:
    return tuple((system.code, f"{system.code} {system.name}") for system in systems_of(case))


def _what(line: RegistrationLine) -> str:
    parts = (
        f"{line.sku} × {line.quantity.normalize():f}",
        line.spec,
        f"自 {line.since}" if line.since else "",
        f"{line.until} 已停用" if line.until else "",
    )
    return " · ".join(part for part in parts if part)


def _open_first(case: Registration, actor: Any) -> list[Row]:
    """Rows that wait for an answer first, then those in dispute, then the others."""
    lines = sorted(
        case.lines.select_related("system"), key=lambda r: (bool(r.system or r.disputed), not r.disputed, r.no)
    )
    return [
        Row(
            f"{line.no}", f"{line.no}. {line.instance} {line.name}".strip(),
            {"system": line.system.code if line.system else "", "disputed": line.disputed},
            words=_what(line),
        )
        for line in lines[:MOST_ROWS]
    ]  # fmt: skip


def _disputed(case: Registration, actor: Any) -> list[Row]:
    return [
        Row(
            f"{line.no}",
            f"{line.no}. {line.instance}",
            {"answer": line.answer},
            words=f"{_what(line)} · 异议：{line.disputed}",
        )
        for line in case.lines.exclude(disputed="")
    ]


def _to_decide(case: Registration, actor: Any) -> list[Row]:
    return [
        Row(
            f"{line.no}",
            f"{line.no}. {line.instance}",
            {"enter": "no"},
            words=f"{_what(line)} · 异议：{line.disputed}；答复：{line.answer or '—'}",
        )
        for line in case.lines.exclude(disputed="")
    ]


def _contracts(case: Registration, actor: Any) -> Choices:
    return tuple((c.number, f"{c.number}（{c.get_lane_display()}）") for c in contracts_of(case))


def _per_group(case: Registration, actor: Any) -> list[Row]:
    """The rows that are decided together, with what the table of Article 13 says, and what they cost in a year."""
    lanes, known = dict(LANES), contracts_of(case)
    rows = []
    for group in groups_of(case):
        found = decision_of(group.system, on=case.day)
        lane = "covered" if found.covered else "own"
        fitting = [c for c in known if c.number == group.contract] or [c for c in known if c.lane == lane] or known
        contract = fitting[0] if fitting else None
        running = group.system.operated_from is not None and group.system.operated_from <= case.day
        out = "yes" if running else "no"
        first = {"contract": contract.number if contract else "", "lane": lane, "released": out}
        named = f" · 云服务商列明合同 {group.contract}" if group.contract else ""
        fee = group.annual_fee(contract, on=case.day) if contract else None
        money = f" · 年费 {fee:,.2f} 元" if fee is not None else ""
        words = f"{group.rows:,} 行{named}{money} · 按条件表：{found.sentence}（{lanes[lane]}）"
        rows.append(Row(group.key, f"{group.key} {group.system.name}", first, words=words))
    return rows


def _paper(kind: str, zh: str) -> Field:
    """A paper of Article 6, asked for where the decision found it missing."""
    return Field(kind, zh, "file", asked=lambda case: kind in case.missing)


def _papers_due(case: Registration, actor: Any, today: date) -> date:
    term = parameters_on(today, case.jurisdiction_id)["registration_papers"]
    return due_on(today, term, calendar_for(case.jurisdiction_id))


Registration.edits = {
    "review": Act(
        operations.review,
        (
            Field(
                "rows", "存量清单", "rows", required=False, rows=_open_first,
                columns=(Field("system", "系统", "choice", required=False, choices=_systems), Field("disputed", "异议", required=False)),
                help=f"尚未核对的排在前面，最多列出 {MOST_ROWS} 行；更多的，下载清单填写后上传",
            ),
        ),
        label="逐行核对", mends=("lines_assigned",), note=_UNKNOWN,
    ),
    "sheet": Act(
        operations.review_sheet, (Field("file", "填好的存量清单（xlsx）", "file"),), label="上传核对结果",
        note="下载存量清单，在“系统编码”“异议”两列填写后上传，各行一次核对完。",
    ),
}  # fmt: skip
Registration.acts = {
    "answer": Act(
        operations.answer,
        (Field("answers", "有异议的各行", "rows", rows=_disputed, columns=(Field("answer", "答复"),)), OPINION),
    ),
    "decide": Act(
        deciding.decide,
        (
            Field(
                "systems", "各系统", "rows", required=False, rows=_per_group,
                columns=(
                    Field("contract", "合同", "choice", choices=_contracts), Field("lane", "保障方式", "choice", choices=LANES),
                    Field("released", "已对外发布", "choice", choices=YES_NO),
                ),
            ),
            Field(
                "disputes", "有异议的各行", "rows", required=False, rows=_to_decide,
                columns=(Field("enter", "入账", "choice", choices=YES_NO), Field("reason", "理由", required=False)),
            ),
            Field("missing", "缺少的材料", "many", required=False, choices=ASKED),
            Field("papers_due", "补交截止日", "day", initial=_papers_due),
            OPINION,
        ),
    ),
    "supply": Act(operations.supply, (*(_paper(kind, zh) for kind, zh in ASKED), OPINION), note=_LOST),
}  # fmt: skip
