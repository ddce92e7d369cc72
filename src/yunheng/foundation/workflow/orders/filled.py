"""What a provider filled in in a workbook of work orders, order by order; nothing is judged yet but the cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yunheng.foundation.documents.workbooks import read_sheets
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.orders.layout import (
    ACCEPTED,
    FIXED,
    IN_THE_WAY,
    KEY,
    LATER,
    LIST,
    NO,
    NUMBER,
    REVISION,
    YES,
    Column,
    columns_of,
    needs_file,
)
from yunheng.foundation.workflow.orders.queries import NONE
from yunheng.foundation.workflow.queries import concrete

MOST_SHEET_ROWS = 10_000
TODO = "改正后重新导入；没有导入任何一行"


@dataclass
class Filled:
    """What was filled in for one order. ``rows`` says where the row of each key stands, ``where`` its first row."""

    number: str
    revision: int
    where: str
    owed: Any
    case: Any
    columns: dict[str, Column]
    data: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    accepted: bool = False
    obstacle: str = ""

    @property
    def results(self) -> bool:
        """Whether something is reported as done."""
        return any(self.data.values())

    @property
    def said(self) -> bool:
        """Whether anything was filled in at all."""
        return self.results or self.accepted or bool(self.obstacle)


Find = Callable[[str], Any]  # the open or closed order of a number, None where the reader has none
Cells = Mapping[str, str]


def read(content: bytes, *, find: Find) -> list[Filled]:
    """The orders of a workbook for which something was filled in. Raises BadInput that names every wrong row."""
    problems: list[Problem] = []
    found: dict[str, Filled] = {}
    sheets = [(name, rows) for name, rows in read_sheets(content) if rows and NUMBER in _heads(rows)]
    if not sheets:
        raise BadInput([Problem("文件", f"没有带“{NUMBER}”一列的表。先导出工单，在其上填写")], todo=TODO)
    if sum(len(rows) for _, rows in sheets) > MOST_SHEET_ROWS:
        raise BadInput([Problem("文件", f"超过 {MOST_SHEET_ROWS} 行，分几次导入")], todo=TODO)
    for name, rows in sheets:
        heads = _heads(rows)
        if len(set(filter(None, heads))) < len([head for head in heads if head]):
            problems.append(Problem(f"“{name}”", "表头有重复的列"))
            continue
        for number, row in enumerate(rows[1:], 2):
            cells = {head: cell_text(cell) for head, cell in zip(heads, row, strict=False)}
            if any(cells.values()):
                _row(cells, f"“{name}”第 {number} 行", found, find, problems)
    if problems:
        raise BadInput(problems, todo=TODO)
    said = [filled for filled in found.values() if filled.said]
    if not said:
        raise BadInput([Problem("文件", "没有填写任何回报")], todo="填写右侧各列后再导入")
    return said


def cell_text(value: Any) -> str:
    """A cell as people read it: 4.0 is 4, a day is 2026-01-31."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\x00", "").strip()


def _heads(rows: list[list[Any]]) -> list[str]:
    return [cell_text(cell) for cell in rows[0]]


def _row(cells: Cells, where: str, found: dict[str, Filled], find: Find, problems: list[Problem]) -> None:
    """Add a row to its order, or say what is wrong with it."""
    number = cells.get(NUMBER, "")
    typed = {head: text for head, text in cells.items() if head and head not in FIXED and text}
    if not number:
        if typed:
            problems.append(Problem(where, f"没有{NUMBER}"))
        return
    filled = found.get(number) or _first(cells, where, find, problems)
    if filled is None:
        return
    found[number] = filled
    if cells.get(REVISION, "") != str(filled.revision):
        problems.append(Problem(where, f"工单 {number} 各行的版本不一致"))
    if typed.pop(ACCEPTED, NO) not in (YES, NO):
        problems.append(Problem(where, f"{ACCEPTED}须为{YES}或{NO}"))
    filled.accepted = filled.accepted or cells.get(ACCEPTED) == YES
    obstacle = typed.pop(IN_THE_WAY, filled.obstacle)
    if filled.obstacle not in ("", obstacle):
        problems.append(Problem(where, f"同一工单各行的“{IN_THE_WAY}”不一致"))
    filled.obstacle = obstacle
    filled.rows.setdefault(cells.get(KEY, ""), where)
    if typed and needs_file(doors.fields_of(filled.case, filled.owed.row)):
        problems.append(Problem(where, f"这一工单{LATER}"))
        return
    for head, text in typed.items():
        column = filled.columns.get(head)
        if column is None:
            problems.append(Problem(where, f"这一工单没有“{head[:40]}”这一列"))
        elif wrong := _cell(filled, column, cells, text):
            problems.append(Problem(where, wrong))


def _first(cells: Cells, where: str, find: Find, problems: list[Problem]) -> Filled | None:
    number, revision = cells[NUMBER], cells.get(REVISION, "")
    if not (revision.isascii() and revision.isdecimal() and len(revision) < 9):
        problems.append(Problem(where, f"{REVISION}“{revision[:20]}”不是导出时的版本"))
        return None
    owed = find(number)
    if owed is None:
        problems.append(Problem(where, f"{number[:40]}：{NONE}"))
        return None
    case = concrete(owed.case)
    columns = {column.head: column for column in columns_of(doors.fields_of(case, owed.row))}
    return Filled(number, int(revision), where, owed, case, columns)


def _cell(filled: Filled, column: Column, cells: Cells, text: str) -> str:
    """Take in a cell; says what is wrong with it, or nothing."""
    into, kind = column.field, column.what.kind
    if kind in ("flag", "many"):
        if text not in (YES, NO):
            return f"{column.head}须为{YES}或{NO}"
        text = "yes" if text == YES else ""
    if into.kind not in ("rows", "many"):
        held = filled.data.setdefault(into.name, text)
        return "" if held == text else f"同一工单各行的“{column.head}”不一致"
    key = cells.get(KEY, "")
    if cells.get(LIST, "") != into.zh or not key:
        return f"“{column.head}”只在“{into.zh}”的各行填写"
    if into.kind == "many":
        chosen = filled.data.setdefault(into.name, [])
        if text and key not in chosen:
            chosen.append(key)
        return ""
    rows = filled.data.setdefault(into.name, {})
    row = rows.setdefault(key, {"key": key})
    name = column.what.name
    if name in row:
        return f"“{into.zh}”第 {key} 行出现两次"
    row[name] = text
    return ""
