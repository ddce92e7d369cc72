"""The rows of a registration as a workbook: out with every column, in again with the unit's answer to each row."""

from __future__ import annotations

import io

import xlsxwriter

from yunheng.domain.services.models import Registration
from yunheng.foundation.documents.workbooks import read_rows
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.law.kernel.citation import art

HEAD = ("序号", "实例编号", "名称", "目录编码", "数量", "规格", "自", "止（不含）", "数量变动", "合同编号", "地址", "系统编码", "异议")  # fmt: skip
_NEEDED = ("序号", "系统编码", "异议")


def write_review(case: Registration) -> bytes:
    """The list as xlsx. Texts are written as texts, so that nothing typed becomes a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet("存量清单")
        bold = book.add_format({"bold": True, "bg_color": "#eceff3"})
        for column, words in enumerate(HEAD):
            sheet.write_string(0, column, words, bold)
        for row, line in enumerate(case.lines.select_related("system"), 1):
            sheet.write_number(row, 0, line.no)
            texts = (
                line.instance, line.name, line.sku, f"{line.quantity.normalize():f}", line.spec,
                line.since.isoformat() if line.since else "", f"{line.until or ''}", line.history, line.contract, line.addresses, line.system.code if line.system else "",
                line.disputed,
            )  # fmt: skip
            for column, words in enumerate(texts, 1):
                sheet.write_string(row, column, words)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def read_review(content: bytes) -> dict[int, tuple[str, str]]:
    """System and dispute by number of row. Raises BadInput that names each wrong row."""
    rows = read_rows(content, cite=art(26))
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    if missing := [name for name in _NEEDED if name not in head]:
        words = f"第一行没有“{'”“'.join(missing)}”列。先下载存量清单，在其上填写"
        raise BadInput([Problem("表头", words)], cite=art(26))
    places = [head.index(name) for name in _NEEDED]
    problems: list[Problem] = []
    found: dict[int, tuple[str, str]] = {}
    for number, row in enumerate(rows[1:], 2):
        texts = ["" if at >= len(row) else str(row[at]).strip() for at in places]
        if not any(texts):
            continue
        no = texts[0].removesuffix(".0")
        if not no.isdecimal():
            problems.append(Problem(f"第 {number} 行", f"序号“{no[:20]}”不是清单中的序号"))
        elif int(no) in found:
            problems.append(Problem(f"第 {number} 行", f"序号 {no} 出现两次"))
        else:
            found[int(no)] = (texts[1], texts[2])
    if problems or not found:
        raise BadInput(problems or [Problem("文件", "没有一行")], cite=art(26), todo="改正后重新上传")
    return found
