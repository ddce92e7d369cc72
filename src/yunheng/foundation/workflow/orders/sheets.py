"""Work orders as a workbook for a provider without a machine: a sheet for each step, a row for each line of an order.

Texts are written as texts, so that nothing that somebody typed becomes a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

import xlsxwriter

from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.ledger import days_left
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.orders.layout import (
    ACCEPTED,
    FIXED,
    IN_THE_WAY,
    LATER,
    YES,
    Column,
    columns_of,
    offers,
    rows_of,
)
from yunheng.foundation.workflow.orders.queries import OBSTACLE_STEP
from yunheng.foundation.workflow.queries import concrete
from yunheng.law.kernel.machine import Step

GUIDE = "填写说明"
LINES = (
    "每张表是一类工单，一行是工单的一行内容。只填右侧深色表头的各列，左侧各列不改。",
    "一行都不填的，这次不回报；可以先报一部分，其余的重新导出后再报。",
    "日期写成 2026-01-31 这样；“是”“否”和列出的各项照列表选。公式不导入，改为数值。",
    f"“{ACCEPTED}”填“是”即确认接单，不影响任何时限：收到之日以送达为准。",
    f"“{IN_THE_WAY}”与办理结果不同时填；时限照常计算。",
    f"标明“{LATER}”的工单，不能用表格回报。",
    "导入时逐行检查，有一行不对，全部不导入。同一个文件导入两次，第二次没有变动。",
    "“版本”是导出时的版本。工单此后有变动的，重新导出后再报。",
)


def write_orders(found: Iterable[Any], *, actor: Actor, on: date) -> bytes:
    """The open orders given, as xlsx that can be filled in and handed in again."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        pages: dict[tuple[str, ...], _Page] = {}
        for owed in found:
            case = concrete(owed.case)
            columns = columns_of(doors.fields_of(case, owed.row))
            key = (case.procedure.zh, owed.row.label, *(column.head for column in columns))
            if key not in pages:
                pages[key] = _Page(book, f"{case.procedure.zh}-{owed.row.label}", columns, case.procedure.steps)
            pages[key].add(owed, case, actor=actor, on=on)
        guide = book.add_worksheet(GUIDE)
        guide.set_column(0, 0, 90)
        for row, words in enumerate(LINES):
            guide.write_string(row, 0, words)
    return buffer.getvalue()


class _Page:
    """A sheet for the orders of one step."""

    def __init__(self, book: Any, title: str, columns: list[Column], steps: tuple[Step, ...]) -> None:
        taken = {sheet.get_name() for sheet in book.worksheets()}
        names = (f"{title[: 31 - len(tail)]}{tail}" for tail in ("", *(f"({n})" for n in range(2, 999))))
        self.sheet = book.add_worksheet(next(name for name in names if name not in taken))
        self.columns, self.last = columns, 0
        self.heads = [*FIXED, *(column.head for column in columns), ACCEPTED]
        if any(step.name == OBSTACLE_STEP for step in steps):
            self.heads.append(IN_THE_WAY)
        given, asked = (
            {"bold": True, "bg_color": "#eceff3"},
            {"bold": True, "bg_color": "#33406b", "font_color": "#fff"},
        )
        formats = [book.add_format(given), book.add_format(asked)]
        for n, head in enumerate(self.heads):
            self.sheet.write_string(0, n, head, formats[n >= len(FIXED)])
        self.sheet.set_column(0, len(self.heads) - 1, 16)
        self.sheet.freeze_panes(1, 1)

    def add(self, owed: Any, case: Case, *, actor: Actor, on: date) -> None:
        fields = doors.fields_of(case, owed.row)
        left = days_left(owed, on=on)
        system = f"{case.system.name}（{case.system.code}）" if case.system else ""
        head = (
            owed.order, f"{owed.revision}", case.number, case.title, case.unit.name, system, f"{owed.received_on}",
            f"{owed.due_on}" if owed.due_on else "无法定时限", "" if left is None else f"{left}",
        )  # fmt: skip
        first = self.last + 1
        for offered in rows_of(fields, case, actor):
            self.last += 1
            listed = offered.field.zh if offered.field else ""
            for n, text in enumerate((*head, listed, offered.key, offered.label, offered.words)):
                self.sheet.write_string(self.last, n, text)
        for n, column in enumerate(self.columns, len(FIXED)):
            self._choose(first, n, offers(column, case, actor))
        self._choose(first, self.heads.index(ACCEPTED), [YES])

    def _choose(self, first: int, column: int, words: list[str]) -> None:
        if words:
            self.sheet.data_validation(first, column, self.last, column, {"validate": "list", "source": words})
