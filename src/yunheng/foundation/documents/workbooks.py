"""Workbooks that people hand in: the first sheet as rows, and a refusal for what cannot be trusted as a figure.

A formula is refused with its cell. What it shows was worked out elsewhere, perhaps from a sheet that was not handed
in, and a reader that sees only the last result cannot tell whether it still holds.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, load_workbook

from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import Cite

LARGEST_SHEET = 100 * 1024 * 1024  # bytes unpacked: more than any list of resources, less than what hurts
MOST_NAMED = 50
_CELL_WITH_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f\b')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*?\b\w+:id=\"([^\"]+)\"")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
NO_WORKBOOK = "不是可以打开的 xlsx 文件，重新导出后再上传"


def read_rows(content: bytes, *, cite: Cite) -> list[list[Any]]:
    """The cells of the first sheet, row by row, the head first. Raises BadInput: no workbook, too large, formulas."""
    return _read(content, cite=cite, first=True)[0][1]


def read_sheets(content: bytes) -> list[tuple[str, list[list[Any]]]]:
    """All sheets, each with its name, as ``read_rows`` reads the first one. Raises BadInput."""
    return _read(content, cite=None, first=False)


def _read(content: bytes, *, cite: Cite | None, first: bool) -> list[tuple[str, list[list[Any]]]]:
    problems: list[Problem] = []
    try:
        formulas, book = _formulas(content), load_workbook(io.BytesIO(content))
        names = [book.sheet_names[0]] if first else book.sheet_names
        for name, cells in zip(names, formulas[:1] if first else formulas, strict=True):
            where = "" if first else f"“{name}”"
            problems += [
                Problem(f"{where}第 {_row(cell)} 行", f"{cell} 单元格是公式，改为数值后再导入") for cell in cells
            ]
        sheets = [(name, list(book.get_sheet_by_name(name).to_python(skip_empty_area=False))) for name in names]
    except (CalamineError, IndexError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput([Problem("文件", NO_WORKBOOK)], cite=cite) from error
    if problems:
        todo = "在表格软件中复制后选择“粘贴为数值”，再上传；原来的内容没有变动"
        raise BadInput(problems[:MOST_NAMED], cite=cite, todo=todo)
    return sheets


def read_table(content: bytes, filename: str, *, cite: Cite) -> list[list[Any]]:
    """The same of a workbook or, by its name, of a CSV file in UTF-8, whose cells are texts. Raises BadInput."""
    if not filename.lower().endswith(".csv"):
        return read_rows(content, cite=cite)
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput([Problem("文件", "不是UTF-8编码的CSV文件")], cite=cite) from error


def cell_text(value: Any) -> str:
    """A cell as people read it: 4.0 is 4."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).replace("\x00", "").strip()


def sheet_of(
    name: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]] = (), *, frozen: int = 0, as_text: bool = False
) -> bytes:
    """A sheet with the heads of ``columns`` and rows of texts, and a second one that says what each column wants.

    ``frozen`` columns stay in view. ``as_text`` keeps a program from making a day of what is typed as a month.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, said = book.add_worksheet(name), book.add_worksheet("填写说明")
        bold = book.add_format({"bold": True, "bg_color": "#eceff3"})
        for number, (head, hint) in enumerate(columns.items()):
            sheet.write_string(0, number, head, bold)
            said.write_string(number, 0, head)
            said.write_string(number, 1, hint)
        for number, row in enumerate(rows, 1):
            for column, words in enumerate(row):
                sheet.write_string(number, column, words)
        sheet.set_column(0, len(columns) - 1, 18, book.add_format({"num_format": "@"}) if as_text else None)
        said.set_column(0, 0, 20)
        said.set_column(1, 1, 60)
        sheet.freeze_panes(1, frozen)
    return buffer.getvalue()


def _row(cell: str) -> str:
    return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _formulas(content: bytes) -> list[list[str]]:
    """The cells of each sheet that hold a formula, as people name them (G7)."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_SHEET:
            raise ValueError("unpacks to more than a sheet may hold")
        return [
            [found.decode() for found in _CELL_WITH_FORMULA.findall(packed.read(sheet))] for sheet in _sheets(packed)
        ]


def _sheets(packed: zipfile.ZipFile) -> list[str]:
    """The names inside the package of the sheets, in the order of the workbook. Raises KeyError or IndexError."""
    relations = _RELATION.findall(packed.read("xl/_rels/workbook.xml.rels"))
    found = []
    for identity in _SHEET.findall(packed.read("xl/workbook.xml")):
        relation = next((one for one in relations if b'Id="' + identity + b'"' in one), None)
        if relation is None:
            raise KeyError("xl/workbook.xml names a sheet that is not there")
        target = re.findall(rb'Target="([^"]+)"', relation)[0].decode()
        found.append(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return found
