"""The resource list as a workbook: what is wrong is named by row, and the list on the page stays as it was."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from tests.cast import Cast, D, draft, moment
from yunheng.domain.services import applications
from yunheng.domain.services.sheets import HEAD, read_list, write_list
from yunheng.foundation.workflow.errors import BadInput

pytestmark = pytest.mark.django_db
ON = moment("2026-04-27 09:00").date()


def book(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD, merge: str = "") -> bytes:
    """A workbook with the head of the list and these rows (number, code, name, spec, unit, quantity …)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for n, row in enumerate((head, *rows)):
            for column, value in enumerate(row):
                sheet.write(n, column, value)
        if merge:
            sheet.merge_range(merge, "C-ECS-4C16G")
    return buffer.getvalue()


def enter(content: bytes, cast: Cast | None) -> None:
    """Read a workbook, and put it into a draft where there is a cast."""
    lines = read_list(content)
    if cast is not None:
        applications.set_lines(draft(cast), lines=lines, actor=cast.actor("chen"), on=ON)


def problems(content: bytes, cast: Cast | None = None) -> list[tuple[str, str]]:
    """Where and what is wrong."""
    with pytest.raises(BadInput) as caught:
        enter(content, cast)
    return [(problem.where, problem.what) for problem in caught.value.problems]


def test_a_list_comes_back_as_it_went(cast: Cast) -> None:
    case = draft(cast)
    lines = read_list(write_list(case))
    assert [(line.sku, line.quantity, line.zone) for line in lines] == [
        ("C-ECS-4C16G", D(4), "internet"), ("S-DISK-SSD", D(500), "internet"),
    ]  # fmt: skip


def test_text_in_a_number_cell_and_a_missing_code_are_both_named(cast: Cast) -> None:
    found = problems(book((1, "C-ECS-4C16G", "", "", "", "四台"), (2, "", "", "", "", 3)))
    assert [where for where, _ in found] == ["第 2 行", "第 3 行"]
    assert "不是数字" in found[0][1]
    assert "没有目录编码" in found[1][1]


def test_a_code_outside_the_catalogue_and_a_zero_are_named(cast: Cast) -> None:
    found = problems(book((1, "C-NONE", "", "", "", 1), (2, "N-BW", "", "", "", 0)), cast)
    assert [where for where, _ in found] == ["第 2 行", "第 3 行"]
    assert "C-NONE" in found[0][1]


def test_every_formula_is_named_by_its_cell_even_where_it_has_a_value(cast: Cast) -> None:
    rows = ((1, "C-ECS-4C16G", "", "", "", "=2+2"), (2, "N-BW", "", "", "", 5), (3, '="N-"&"BW"', "", "", "", 5))
    found = problems(book(*rows), cast)
    assert found == [
        ("第 2 行", "F2 单元格是公式，改为数值后再导入"), ("第 4 行", "B4 单元格是公式，改为数值后再导入"),
    ]  # fmt: skip


def test_a_formula_on_another_sheet_is_nobody_s_business() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        sheet, other = made.add_worksheet(), made.add_worksheet()
        for column, words in enumerate(HEAD):
            sheet.write(0, column, words)
        sheet.write(1, 1, "N-BW")
        sheet.write(1, 5, 7)
        other.write(0, 0, "=1+1")
    assert [line.quantity for line in read_list(buffer.getvalue())] == [D(7)]


def test_merged_cells_are_named_row_by_row() -> None:
    rows = ((1, "", "", "", "", 1), (2, "", "", "", "", 2))
    assert ("第 3 行", "没有目录编码；合并的单元格请拆开，逐行填写") in problems(book(*rows, merge="B2:B3"))


@pytest.mark.parametrize(("rows", "refused"), [(4999, False), (5000, False), (5001, True), (10000, True)])
def test_a_list_is_as_long_as_it_may_be(cast: Cast, rows: int, refused: bool) -> None:
    content = book(*((n, "N-BW", "", "", "", 1) for n in range(1, rows + 1)))
    if refused:
        assert "超过 5000 行" in problems(content, cast)[0][1]
    else:
        assert len(read_list(content)) == rows


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_said_to_be_none(content: bytes) -> None:
    assert "不是可以打开的 xlsx" in problems(content)[0][1]


def test_without_the_head_the_columns_are_asked_for() -> None:
    assert "目录编码" in problems(book((1, 2), head=("甲", "乙")))[0][1]
