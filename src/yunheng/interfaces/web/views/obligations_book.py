"""The ledger of obligations as a workbook. Texts are written as texts: nothing that somebody typed becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import xlsxwriter
from django.db.models import QuerySet
from django.utils.timezone import localdate, localtime

from yunheng.foundation.workflow.ledger import Duty, days_left, duty_of
from yunheng.foundation.workflow.models import Obligation
from yunheng.interfaces.web.components.dates import weekday
from yunheng.law.ch1_general.art04_parties import ROLES

HEADS = (
    "应办事项", "办件", "编号", "程序", "用户单位", "责任单位", "角色", "依据", "收到日", "截止日", "星期", "剩余工作日（负数为超期）",
    "暂定", "重算前截止日", "送达", "打开", "打开人", "办结", "结果", "随后", "逾期可能的后果",
)  # fmt: skip
LEFT = HEADS.index("剩余工作日（负数为超期）")
OUTCOMES = {"done": "已办结", "moot": "不再需要办理"}


def role_words(roles: Sequence[str]) -> str:
    """负责人、经办人: who of the holder can settle a duty."""
    return "、".join(zh for role in roles if (zh := dict(ROLES).get(role, "")))


def workbook(found: QuerySet[Obligation], today: date, roles: Mapping[Duty, Sequence[str]]) -> bytes:
    """One row for each duty, in the order given, with the ``roles`` that can settle it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet("义务台账")
        sheet.set_column(0, len(HEADS) - 1, 18)
        sheet.freeze_panes(1, 1)
        for column, head in enumerate(HEADS):
            sheet.write_string(0, column, head)
        for row, owed in enumerate(found.iterator(chunk_size=2000), 1):
            for column, text in enumerate(_texts(owed, role_words(roles[duty_of(owed)]))):
                sheet.write_string(row, column, text)
            left = days_left(owed, on=today)
            if left is not None:
                sheet.write_number(row, LEFT, left)
    return buffer.getvalue()


def _texts(owed: Obligation, roles: str) -> tuple[str, ...]:
    case, step = owed.case, owed.row
    due = owed.due_on
    return (
        step.duty, case.title, case.number, case.procedure.zh, case.unit.name, owed.holder.name,
        roles, owed.article.zh, f"{owed.received_on}", f"{due}" if due else "无法定时限",
        weekday(due) if due else "", "", "暂定" if owed.provisional else "",
        f"{owed.first_due_on}" if owed.first_due_on else "", _when(getattr(owed, "told_at", None)),
        _when(getattr(owed, "opened_at", None)), getattr(owed, "opened_by", None) or "",
        f"{localdate(owed.closed_at)}" if owed.closed_at else "", OUTCOMES.get(owed.outcome, ""), "" if step.asks else step.follows,
        step.lapse,
    )  # fmt: skip


def _when(at: datetime | None) -> str:
    return f"{localtime(at):%F %R}" if at else ""
