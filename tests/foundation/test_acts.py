"""What a step carries is read once, the same for a form and for a machine, and every fault is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.acts import Field, Row, read
from yunheng.foundation.workflow.errors import BadInput
from yunheng.interfaces.web.forms.acts import FieldsForm

ROWS = Field(
    "lines",
    "资源",
    "rows",
    columns=(Field("quantity", "数量", "number"), Field("on", "生效日", "day", required=False)),
    rows=lambda case, actor: [Row("S-1", "S-1 云主机", {"quantity": "4"}), Row("S-2", "S-2 云盘", {"quantity": "500"})],
    open=2,
)
FIELDS = (
    Field("day", "日期", "day"),
    Field("amount", "金额", "yuan", required=False),
    Field("cause", "原因", "choice", choices=(("unit", "业务需要"), ("platform", "平台原因"))),
    Field("why", "说明", most=5, required=False),
    ROWS,
)
GOOD: dict[str, Any] = {
    "day": "2026-05-08", "amount": "1,200.50", "cause": "unit", "lines": [{"key": "S-1", "quantity": "3"}, {"quantity": 2}],
}  # fmt: skip


def test_what_was_sent_becomes_typed_values() -> None:
    assert read(FIELDS, GOOD) == {
        "day": date(2026, 5, 8), "amount": Decimal("1200.50"), "cause": "unit", "why": "",
        "lines": [
            {"key": "S-1", "quantity": Decimal(3), "on": None}, {"key": "", "quantity": Decimal(2), "on": None},
        ],
    }  # fmt: skip


BAD = [
    ({"day": ""}, "日期", "须填写日期"),
    ({"day": "2026-02-30"}, "日期", "不是日期"),
    ({"amount": "1.001"}, "金额", "2 位小数"),
    ({"amount": "-0.01"}, "金额", "不能小于 0"),
    ({"amount": "1e3"}, "金额", "不是数字"),
    ({"amount": "NaN"}, "金额", "不是数字"),
    ({"cause": "other"}, "原因", "从列出的各项中选择"),
    ({"why": "六个字的说明"}, "说明", "最多 5 字，现有 6 字"),
    ({"more": "1"}, "more", "没有这一项"),
    ({"lines": []}, "资源", "至少填写一行"),
    ({"lines": "S-1"}, "资源", "至少填写一行"),
    ({"lines": [{"key": "S-9", "quantity": "1"}]}, "资源", "没有“S-9”这一行"),
    ({"lines": [{"key": "S-1", "quantity": "1"}, {"key": "S-1", "quantity": "2"}]}, "S-1 云主机", "出现两次"),
    ({"lines": [{"key": "S-1", "quantity": "x"}]}, "S-1 云主机 数量", "不是数字"),
    ({"lines": [{"quantity": ""}]}, "新增第 1 行 数量", "须填写"),
]


@pytest.mark.parametrize(("change", "where", "what"), BAD, ids=lambda value: str(value)[:30])
def test_each_fault_is_named_at_its_place(change: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(FIELDS, GOOD | change)
    assert [p.where for p in caught.value.problems] == [where]
    assert what in caught.value.problems[0].what


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        read(FIELDS, {"day": "x", "lines": [{"key": "S-1", "quantity": "-1"}]})
    assert {p.where for p in caught.value.problems} == {"日期", "原因", "S-1 云主机 数量"}


def test_a_form_sends_the_same_as_a_machine_and_shows_each_fault_in_its_cell() -> None:
    posted = QueryDict(
        "day=2026-05-08&amount=&cause=unit&lines-S-1-quantity=3&lines-S-2-quantity=x&lines-new2-quantity=7"
    )
    form = FieldsForm(FIELDS, case=None, actor=CLOCK, today=date(2026, 5, 9), data=posted)
    sent = form.sent(at=None)  # type: ignore[arg-type]
    assert [row["key"] for row in sent["lines"]] == ["S-1", "S-2", ""]
    with pytest.raises(BadInput) as caught:
        read(FIELDS, sent)
    form.take(caught.value)
    wrong = {line.key: [cell.errors for _, cell in line.cells] for line in form.tables[0].lines}
    assert wrong["S-2"] == [("“x”不是数字",), ()]
    assert wrong["S-1"] == [(), ()]
    assert form.errors
