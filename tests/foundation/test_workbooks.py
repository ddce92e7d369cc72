"""Sheets that people fill in, and what is read of their cells."""

from __future__ import annotations

import pytest

from yunheng.foundation.documents.workbooks import cell_text, read_sheets, sheet_of


@pytest.mark.parametrize(
    ("cell", "text"), [(4.0, "4"), (4.5, "4.5"), (4, "4"), (None, ""), (" 是\x00 ", "是"), ("4.0", "4.0")]
)
def test_a_cell_is_read_as_people_read_it(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_a_sheet_has_its_heads_its_rows_and_what_each_column_wants() -> None:
    name, said = read_sheets(sheet_of("用量", {"日期": "一天", "用量": "一个数"}, [["2026-01", "=1+1"]]))
    assert name == ("用量", [["日期", "用量"], ["2026-01", "=1+1"]])  # what is typed never becomes a formula
    assert said == ("填写说明", [["日期", "一天"], ["用量", "一个数"]])
