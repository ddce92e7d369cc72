"""The resource list as a workbook: out with every column, in again with every wrong row named."""

from __future__ import annotations

import io
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter

from yunheng.domain.services.applications import MOST_LINES, LineInput
from yunheng.domain.services.models import ENVIRONMENTS, Application
from yunheng.foundation.documents.workbooks import read_rows
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.ch1_general.art03_scope import ZONES
from yunheng.law.kernel.citation import art

HEAD = ("序号", "目录编码", "产品", "规格", "计量单位", "申请数量", "用途", "网络区域", "环境", "免费试用", "备注")
_NEEDED = ("目录编码", "申请数量")
_EMPTY_ROWS = 50


def write_list(case: Application) -> bytes:
    """The list as xlsx. Texts are written as texts, so that nothing typed becomes a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("资源清单")
        bold = book.add_format({"bold": True, "bg_color": "#eceff3"})
        for column, words in enumerate(HEAD):
            sheet.write_string(0, column, words, bold)
        for row, line in enumerate(case.lines.all(), 1):
            sheet.write_number(row, 0, line.no)
            texts = (
                line.sku, line.name, line.spec, line.unit, f"{line.quantity.normalize():f}", line.purpose,
                dict(ZONES)[line.zone], dict(ENVIRONMENTS)[line.environment], "是" if line.trial else "否", line.note,
            )  # fmt: skip
            for column, words in enumerate(texts, 1):
                sheet.write_string(row, column, words)
        sheet.set_column(1, 10, 16)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def read_list(content: bytes) -> list[LineInput]:
    """The lines of a workbook. Raises BadInput that names each wrong row by the number the reader sees."""
    rows = read_rows(content, cite=art(6, 2))
    if len(rows) > MOST_LINES + _EMPTY_ROWS:
        words = f"共 {len(rows)} 行，超过 {MOST_LINES} 行，分成几个申请提出"
        raise BadInput([Problem("文件", words)], cite=art(6, 2))
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    missing = [name for name in _NEEDED if name not in head]
    if missing:
        words = f"第一行没有“{'”“'.join(missing)}”列。先导出清单，在其上填写"
        raise BadInput([Problem("表头", words)], cite=art(6, 2))
    return _lines(rows, {name: n for n, name in enumerate(head)})


def _lines(rows: list[list[Any]], columns: dict[str, int]) -> list[LineInput]:
    problems: list[Problem] = []
    lines: list[LineInput] = []
    for number, row in enumerate(rows[1:], 2):
        if any(str(cell).strip() for cell in row):
            lines.append(_line(row, number, columns, problems))
    if not lines and not problems:
        problems.append(Problem("文件", "没有任何资源"))
    if problems:
        raise BadInput(problems, cite=art(6, 2), todo="改正后重新导入，原来的清单没有变动")
    return lines


def _line(row: list[Any], number: int, columns: dict[str, int], problems: list[Problem]) -> LineInput:
    where = f"第 {number} 行"

    def cell(name: str) -> str:
        at = columns.get(name)
        return "" if at is None or at >= len(row) else text_of(row[at])

    def word(name: str, words: tuple[tuple[str, str], ...], default: str) -> str:
        text = cell(name)
        found = {zh: key for key, zh in words}.get(text, "" if text else default)
        if text and not found:
            problems.append(Problem(where, f"{name}“{text}”须为{'、'.join(zh for _, zh in words)}之一"))
        return found or default

    if not cell("目录编码"):
        problems.append(Problem(where, "没有目录编码；合并的单元格请拆开，逐行填写"))
    return LineInput(
        where=where,
        sku=cell("目录编码"),
        quantity=_quantity(cell("申请数量"), where, problems),
        spec=cell("规格")[:200],
        purpose=cell("用途")[:120],
        zone=word("网络区域", ZONES, ""),
        environment=word("环境", ENVIRONMENTS, "production"),
        trial=cell("免费试用") == "是",
        note=cell("备注")[:200],
    )


def text_of(value: Any) -> str:
    """A cell as people read it: 4.0 is 4."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\x00", "").strip()


def _quantity(text: str, where: str, problems: list[Problem]) -> Decimal | None:
    """A quantity; text in its place (a formula without value, a remark) is named."""
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        problems.append(Problem(where, f"申请数量“{text}”不是数字" if text else "没有申请数量（公式请改为数值）"))
        return None
    if not value.is_finite():
        problems.append(Problem(where, f"申请数量“{text}”不是数字"))
        return None
    return value
