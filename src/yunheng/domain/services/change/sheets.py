"""The list of a change as a workbook: out with every service and added row, in again with every wrong row named."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter

from yunheng.domain.services.change.drafting import Wanted
from yunheng.domain.services.change.fees import fees_of
from yunheng.domain.services.models import Change
from yunheng.domain.services.sheets import text_of
from yunheng.foundation.documents.workbooks import read_rows
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import art

HEAD = ("服务编号", "产品", "目录编码", "规格", "计量单位", "变更前数量", "变更后数量", "用途")
_NEEDED = ("服务编号", "目录编码", "变更后数量")
MOST = 5000
CITE = art(9, 1)


def write_list(case: Change, *, on: date) -> bytes:
    """The whole list as xlsx, texts as texts. Rows without a service number are added ones."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("变更清单")
        bold = book.add_format({"bold": True, "bg_color": "#eceff3"})
        for column, words in enumerate(HEAD):
            sheet.write_string(0, column, words, bold)
        for row, fee in enumerate(fees_of(case, on=on).rows, 1):
            texts = (
                fee.number, fee.name, fee.sku_after, fee.spec, fee.unit, f"{fee.quantity_before.normalize():f}",
                f"{fee.quantity_after.normalize():f}", fee.line.purpose if fee.line else "",
            )  # fmt: skip
            for column, words in enumerate(texts):
                sheet.write_string(row, column, words)
        sheet.set_column(0, 7, 18)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def read_list(content: bytes) -> list[Wanted]:
    """The rows of a workbook. Raises BadInput that names each wrong row by the number the reader sees."""
    rows = read_rows(content, cite=CITE)
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    missing = [name for name in _NEEDED if name not in head]
    if missing:
        words = f"第一行没有“{'”“'.join(missing)}”列。先导出清单，在其上填写"
        raise BadInput([Problem("表头", words)], cite=CITE)
    if len(rows) > MOST + 1:
        raise BadInput([Problem("文件", f"共 {len(rows)} 行，超过 {MOST} 行，分成几次变更")], cite=CITE)
    columns = {name: n for n, name in enumerate(head)}
    problems: list[Problem] = []
    found = [
        _row(row, number, columns, problems)
        for number, row in enumerate(rows[1:], 2)
        if any(str(cell).strip() for cell in row)
    ]
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后重新导入，原来的清单没有变动")
    return found


def _row(row: list[Any], number: int, columns: dict[str, int], problems: list[Problem]) -> Wanted:
    where = f"第 {number} 行"

    def cell(name: str) -> str:
        at = columns.get(name)
        return "" if at is None or at >= len(row) else text_of(row[at])

    quantity, text = None, cell("变更后数量")
    try:
        quantity = Decimal(text.replace(",", "")) if text else None
    except InvalidOperation:
        problems.append(Problem(where, f"变更后数量“{text[:20]}”不是数字"))
    if quantity is not None and not quantity.is_finite():
        problems.append(Problem(where, f"变更后数量“{text[:20]}”不是数字"))
        quantity = None
    return Wanted(where, cell("服务编号"), quantity, cell("目录编码"), cell("规格")[:200], cell("用途")[:120])
