"""A contract's price table as a workbook: out with every row, in again with every wrong row named (Article 14)."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.operations import MOST_PRICES, PriceInput
from yunheng.foundation.documents.workbooks import read_rows
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.ch3_funding.art14_contract import PERS
from yunheng.law.kernel.citation import art

HEAD = ("目录编码", "产品", "计量单位", "计价", "单价（元）", "自", "至（不含）")
_NEEDED = ("目录编码", "计价", "单价（元）", "自")
_EMPTY_ROWS = 50


def write_prices(contract: Contract) -> bytes:
    """The price table as xlsx; of a contract without prices the catalogue, ready to be filled in."""
    names = dict(Item.objects.filter(jurisdiction_id=contract.jurisdiction_id).values_list("code", "name"))
    words, rows = dict(PERS), []
    for price in contract.prices.order_by("sku", "valid_from"):
        until = price.valid_to.isoformat() if price.valid_to else ""
        figure = f"{price.unit_price.normalize():f}"
        rows.append(
            (price.sku, names.get(price.sku, ""), price.unit, words[price.per], figure, f"{price.valid_from}", until)
        )
    if not rows:
        for item in Item.objects.filter(jurisdiction_id=contract.jurisdiction_id, valid_to=None):
            rows.append((item.code, item.name, item.unit, words["month"], "", f"{contract.starts_on}", ""))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("价目")
        for column, text in enumerate(HEAD):
            sheet.write_string(0, column, text, book.add_format({"bold": True, "bg_color": "#eceff3"}))
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
        sheet.set_column(0, 6, 18)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def read_prices(content: bytes) -> list[PriceInput]:
    """The rows of a price table. Raises BadInput that names each wrong row by the number the reader sees."""
    rows = read_rows(content, cite=art(14))
    if len(rows) > MOST_PRICES + _EMPTY_ROWS:
        raise BadInput([Problem("文件", f"共 {len(rows)} 行，超过 {MOST_PRICES} 行")], cite=art(14))
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    if missing := [name for name in _NEEDED if name not in head]:
        words = f"第一行没有“{'”“'.join(missing)}”列。先导出价目，在其上填写"
        raise BadInput([Problem("表头", words)], cite=art(14))
    problems: list[Problem] = []
    columns = {name: n for n, name in enumerate(head)}
    found = [
        _price(row, number, columns, problems)
        for number, row in enumerate(rows[1:], 2)
        if any(str(cell).strip() for cell in row)
    ]
    if problems or not found:
        problems = problems or [Problem("文件", "没有任何价格")]
        raise BadInput(problems, cite=art(14), todo="改正后重新导入，原有价目没有变动")
    return found


def _price(row: list[Any], number: int, columns: dict[str, int], problems: list[Problem]) -> PriceInput:
    where = f"第 {number} 行"

    def cell(name: str) -> Any:
        at = columns.get(name)
        return "" if at is None or at >= len(row) else row[at]

    sku, per = str(cell("目录编码")).strip(), str(cell("计价")).strip()
    if not sku:
        problems.append(Problem(where, "没有目录编码；合并的单元格请拆开，逐行填写"))
    key = next((name for name, zh in PERS if zh == per), "")
    if not key:
        problems.append(Problem(where, f"计价“{per}”须为{'、'.join(zh for _, zh in PERS)}之一"))
    return PriceInput(
        where=where,
        sku=sku,
        per=key or "month",
        unit_price=_money(cell("单价（元）"), where, problems),
        valid_from=_day(cell("自"), "自", where, problems) or date(1990, 1, 1),
        valid_to=_day(cell("至（不含）"), "至（不含）", where, problems, optional=True),
    )


def _money(value: Any, where: str, problems: list[Problem]) -> Decimal:
    """A price as it is shown: 0.35 of a number cell is 0.35, since its shortest text is read."""
    text = str(value).replace(",", "").strip()
    try:
        found = Decimal(text)
        if not found.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        problems.append(Problem(where, f"单价“{text}”不是数字" if text else "没有单价"))
        return Decimal(0)
    return found


def _day(value: Any, name: str, where: str, problems: list[Problem], *, optional: bool = False) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if not text and optional:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(
            Problem(where, f"“{name}”栏的“{text}”不是 2026-01-01 这样的日期" if text else f"没有填写“{name}”")
        )
        return None
