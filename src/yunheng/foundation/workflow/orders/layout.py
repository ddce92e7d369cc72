"""How the orders of a step lie in a sheet: the columns of its fields, a row for each row or choice that it offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field
from yunheng.foundation.workflow.models import Case

NUMBER, REVISION, LIST, KEY = "工单编号", "版本", "清单", "行号"
FIXED = (
    NUMBER, REVISION, "办件", "事项", "用户单位", "系统", "收到日", "截止日", "剩余工作日（负数为超期）", LIST, KEY, "名称", "说明",
)  # fmt: skip
ACCEPTED, IN_THE_WAY = "接单", "办理困难（原因和预计日期）"
YES, NO = "是", "否"
LATER = "须上传文件，在页面上办理"
MOST_LISTED = 255  # characters of a list of choices that a cell can offer


@dataclass(frozen=True)
class Column:
    """A column to be filled in: the field, and within a field of rows one of its columns."""

    head: str
    field: Field
    part: Field | None = None

    @property
    def what(self) -> Field:
        return self.part or self.field


@dataclass(frozen=True)
class Offered:
    """A row of a sheet: a row of a table, or a choice of several; ``field`` is None where the order has neither."""

    field: Field | None
    key: str
    label: str
    words: str = ""


def needs_file(fields: Iterable[Field]) -> bool:
    """Whether a step cannot be reported in a sheet, since it wants a file."""
    return any(field.kind == "file" and field.required for field in fields)


def columns_of(fields: Sequence[Field]) -> list[Column]:
    """The columns of a step, none twice; a step that wants a file has none."""
    if needs_file(fields):
        return []
    found: list[Column] = []
    for field in fields:
        parts: Sequence[Field | None] = field.columns if field.kind == "rows" else (None,)
        for part in parts:
            head = (part or field).zh
            if head in FIXED or any(column.head == head for column in found):
                head = f"{field.zh}：{head}"
            if (part or field).kind != "file":
                found.append(Column(head, field, part))
    return found


def rows_of(fields: Sequence[Field], case: Case, actor: Actor) -> list[Offered]:
    """What an order's rows stand for; at least one row."""
    if needs_file(fields):
        return [Offered(None, "", "", LATER)]
    found: list[Offered] = []
    for field in fields:
        if field.kind == "rows":
            found += [Offered(field, row.key, row.label, row.words) for row in field.rows_for(case, actor)]
            if field.open:
                found.append(Offered(field, "+1", "新增", "可以增加行，行号填 +1、+2"))
        if field.kind == "many":
            found += [Offered(field, key, words) for key, words in field.choices_for(case, actor)]
    return found or [Offered(None, "", "")]


def offers(column: Column, case: Case, actor: Actor) -> list[str]:
    """The words among which a cell is to be chosen; none where it is free, or where there are too many for a cell."""
    kind = column.what.kind
    if kind == "flag" or kind == "many":
        return [YES, NO]
    words = [zh for _, zh in column.what.choices_for(case, actor)] if kind == "choice" else []
    return words if len(",".join(words)) <= MOST_LISTED and not any("," in word for word in words) else []


def words_for(fields: Sequence[Field], sent: dict[str, Any], case: Case, actor: Actor) -> dict[str, Any]:
    """What was filled in, with the value of each choice in place of its words."""
    made = dict(sent)
    for field in fields:
        if field.kind == "choice" and field.name in made:
            made[field.name] = _value(field, made[field.name], case, actor)
        if field.kind == "rows" and field.name in made:
            chosen = [column for column in field.columns if column.kind == "choice"]
            made[field.name] = [
                {**row, **{c.name: _value(c, row[c.name], case, actor) for c in chosen if c.name in row}}
                for row in made[field.name]
            ]
    return made


def _value(field: Field, text: str, case: Case, actor: Actor) -> str:
    return next((value for value, zh in field.choices_for(case, actor) if zh == text), text)
