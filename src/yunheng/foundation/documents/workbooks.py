"""Workbooks that people hand in: the first sheet as rows, and a refusal for what cannot be trusted as a figure.

A formula is refused with its cell. What it shows was worked out elsewhere, perhaps from a sheet that was not handed
in, and a reader that sees only the last result cannot tell whether it still holds.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

from python_calamine import CalamineError, load_workbook

from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import Cite

LARGEST_SHEET = 100 * 1024 * 1024  # bytes unpacked: more than any list of resources, less than what hurts
MOST_NAMED = 50
_CELL_WITH_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f\b')
_FIRST_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*?\b\w+:id=\"([^\"]+)\"")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
NO_WORKBOOK = "不是可以打开的 xlsx 文件，重新导出后再上传"


def read_rows(content: bytes, *, cite: Cite) -> list[list[Any]]:
    """The cells of the first sheet, row by row, the head first. Raises BadInput: no workbook, too large, formulas."""
    try:
        formulas = _formulas(content)
        rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput([Problem("文件", NO_WORKBOOK)], cite=cite) from error
    if formulas:
        problems = [
            Problem(f"第 {_row(cell)} 行", f"{cell} 单元格是公式，改为数值后再导入") for cell in formulas[:MOST_NAMED]
        ]
        raise BadInput(problems, cite=cite, todo="在表格软件中复制后选择“粘贴为数值”，再上传；原来的清单没有变动")
    return list(rows)


def read_table(content: bytes, filename: str, *, cite: Cite) -> list[list[Any]]:
    """The same of a workbook or, by its name, of a CSV file in UTF-8, whose cells are texts. Raises BadInput."""
    if not filename.lower().endswith(".csv"):
        return read_rows(content, cite=cite)
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput([Problem("文件", "不是UTF-8编码的CSV文件")], cite=cite) from error


def _row(cell: str) -> str:
    return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _formulas(content: bytes) -> list[str]:
    """The cells of the first sheet that hold a formula, as people name them (G7)."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_SHEET:
            raise ValueError("unpacks to more than a sheet may hold")
        sheet = _first_sheet(packed)
        return [found.decode() for found in _CELL_WITH_FORMULA.findall(packed.read(sheet))]


def _first_sheet(packed: zipfile.ZipFile) -> str:
    """The name inside the package of the sheet that comes first in the workbook. Raises KeyError or IndexError."""
    identity = _FIRST_SHEET.findall(packed.read("xl/workbook.xml"))[0]
    for relation in _RELATION.findall(packed.read("xl/_rels/workbook.xml.rels")):
        if b'Id="' + identity + b'"' in relation:
            target = re.findall(rb'Target="([^"]+)"', relation)[0].decode()
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError("xl/workbook.xml names a sheet that is not there")
