"""What a step carries, said once: the page draws its form from it, the machine interface reads its body by it.

An ``Act`` names the operation that takes the step and the fields that it wants. ``read`` turns what somebody sent
(words from a form, JSON from a machine) into typed values, or names everything that is wrong at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from yunheng.foundation.workflow.errors import BadInput, Problem

# text one line · area · day · number (up to 9 and 6 places) · yuan (12 and 2) · count (a whole number) · choice ·
# many (several choices) · flag (yes or no) · file (an Attachment) · rows (a table: one dictionary per row, with its key)
Kind = Literal["text", "area", "day", "number", "yuan", "count", "choice", "many", "flag", "file", "rows"]
Choices = tuple[tuple[str, str], ...]
_PLACES = {"number": (9, 6), "yuan": (12, 2), "count": (9, 0)}
MOST_ROWS = 5000


@dataclass(frozen=True)
class Row:
    """A row that a table offers: its key, what it is, what stands in its columns now."""

    key: str
    label: str
    values: Mapping[str, Any]
    words: str = ""  # beneath the label, small


@dataclass(frozen=True)
class Field:
    """One thing that an act carries. ``choices``, ``initial`` and ``rows`` may depend on the case and who acts."""

    name: str
    zh: str
    kind: Kind = "text"
    required: bool = True
    most: int = 200  # characters
    help: str = ""
    choices: Choices | Callable[[Any, Any], Choices] = ()
    initial: Callable[[Any, Any, date], Any] | None = None
    columns: tuple[Field, ...] = ()
    rows: Callable[[Any, Any], Sequence[Row]] | None = None
    open: int = 0  # how many empty rows may be added to a table; their keys are "+1", "+2" …
    ticked: bool = False  # rows are taken only when they are chosen
    only: str = ""  # the one kind of party whose page shows it
    asked: Callable[[Any], bool] | None = None  # whether a case wants it at all; always when None

    def choices_for(self, case: Any, actor: Any) -> Choices:
        """The values to choose from, with their words."""
        return self.choices(case, actor) if callable(self.choices) else self.choices

    def rows_for(self, case: Any, actor: Any) -> list[Row]:
        """The rows of the table, without the empty ones."""
        return list(self.rows(case, actor)) if self.rows else []


OPINION = Field("opinion", "意见", "area", required=False, most=1000)


@dataclass(frozen=True)
class Act:
    """An operation and what it wants beside the case, the actor, the moment and the version that the actor saw.

    ``run(case, *, actor, at, version, **given)``; an opening act has no case: ``run(*, actor, at, **given)``.
    """

    run: Callable[..., Any]
    fields: tuple[Field, ...] = ()
    label: str = ""  # of an edit or an opening; a step has its own
    note: str = ""  # said above the form
    mends: tuple[str, ...] = ()  # of an edit: the rules whose gaps are filled there


def read(fields: Sequence[Field], sent: Mapping[str, Any], *, case: Any = None, actor: Any = None) -> dict[str, Any]:
    """Typed values of all fields by name; what was not sent is None, "" or empty. Raises BadInput with every problem."""
    problems: list[Problem] = []
    values = {field.name: _value(field, sent.get(field.name), field.zh, problems, case, actor) for field in fields}
    unknown = sorted(set(sent) - {field.name for field in fields})
    problems += [Problem(name, "没有这一项") for name in unknown]
    if problems:
        raise BadInput(problems, todo="改正后重新提交，其他内容没有变动")
    return values


def _value(field: Field, raw: Any, where: str, problems: list[Problem], case: Any, actor: Any) -> Any:
    if field.kind == "rows":
        return _rows(field, raw, problems, case, actor)
    if field.kind == "many":
        return _many(field, raw, where, problems, case, actor)
    if field.kind == "flag":
        return raw in (True, "yes", "on", "true")
    if field.kind == "file":
        if raw is None and field.required:
            problems.append(Problem(where, "须上传文件"))
        return raw
    text = "" if raw is None else str(raw).strip()
    if not text:
        if field.required:
            problems.append(Problem(where, _MISSING.get(field.kind, "须填写")))
        return "" if field.kind in ("text", "area", "choice") else None
    return _typed(field, text, where, problems, case, actor)


_MISSING = {"day": "须填写日期", "choice": "须选择一项", "yuan": "须填写金额", "number": "须填写数量"}


def _typed(field: Field, text: str, where: str, problems: list[Problem], case: Any, actor: Any) -> Any:
    if field.kind == "day":
        try:
            return date.fromisoformat(text)
        except ValueError:
            problems.append(Problem(where, f"“{text[:20]}”不是日期，须为 2026-01-31 这样的日期"))
            return None
    if field.kind in _PLACES:
        return _number(field, text, where, problems)
    if field.kind == "choice" and text not in dict(field.choices_for(case, actor)):
        problems.append(Problem(where, "从列出的各项中选择"))
    elif len(text) > field.most:
        problems.append(Problem(where, f"最多 {field.most} 字，现有 {len(text)} 字"))
    return text


def _number(field: Field, text: str, where: str, problems: list[Problem]) -> Any:
    whole, places = _PLACES[field.kind]
    try:
        value = Decimal(text.replace(",", ""))
        if "e" in text.lower() or not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        problems.append(Problem(where, f"“{text[:20]}”不是数字"))
        return None
    exponent = value.normalize().as_tuple().exponent
    if abs(value) >= Decimal(10) ** whole or (isinstance(exponent, int) and -exponent > places):
        problems.append(Problem(where, f"最多 {whole} 位整数" + (f"、{places} 位小数" if places else "，不带小数")))
        return None
    if value < 0:
        problems.append(Problem(where, "不能小于 0"))
    return int(value) if field.kind == "count" else value


def _many(field: Field, raw: Any, where: str, problems: list[Problem], case: Any, actor: Any) -> list[str]:
    chosen = [str(one) for one in raw] if isinstance(raw, list | tuple) else []
    known = dict(field.choices_for(case, actor))
    if any(one not in known for one in chosen):
        problems.append(Problem(where, "从列出的各项中选择"))
    elif field.required and not chosen:
        problems.append(Problem(where, "至少选择一项"))
    return list(dict.fromkeys(chosen))


def _rows(field: Field, raw: Any, problems: list[Problem], case: Any, actor: Any) -> list[dict[str, Any]]:
    sent = [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list | tuple) else []
    if len(sent) > MOST_ROWS:
        problems.append(Problem(field.zh, f"共 {len(sent)} 行，超过 {MOST_ROWS} 行，分几次提交"))
        return []
    offered = {row.key: row.label for row in field.rows_for(case, actor)}
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for row in sent:
        key = str(row.get("key", ""))
        added = not key or key.startswith("+")
        if (not added and key not in offered) or (added and not field.open):
            problems.append(Problem(field.zh, f"没有“{key[:20]}”这一行"))
            continue
        if key in seen and not added:
            problems.append(Problem(offered[key], "同一行出现两次"))
            continue
        seen.add(key)
        label = offered.get(key) or f"新增第 {sum(r['key'] == '' for r in found) + 1} 行"
        values = {c.name: _value(c, row.get(c.name), f"{label} {c.zh}", problems, case, actor) for c in field.columns}
        found.append({"key": "" if added else key, **values})
    if field.required and not sent:
        problems.append(Problem(field.zh, "至少填写一行"))
    return found
