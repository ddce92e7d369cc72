"""The form of an act, drawn from its fields. What it sends is read by ``foundation.workflow.acts.read``, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict

from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field, Row
from yunheng.foundation.workflow.errors import BadInput, Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.interfaces.web.components.forms import FieldView, field_view
from yunheng.interfaces.web.forms.base import ActForm

CHOOSE, NOTHING = ("", "—"), ("", "没有可以选择的")


@dataclass(frozen=True)
class Line:
    """A row of a table as the template shows it."""

    key: str
    label: str
    words: str
    cells: tuple[tuple[Field, FieldView], ...]  # each with its column
    name: str
    chosen: bool


@dataclass(frozen=True)
class Table:
    """A field of rows: its columns, a line per row."""

    name: str
    zh: str
    help: str
    columns: tuple[Field, ...]
    lines: tuple[Line, ...]
    ticked: bool


def _cleaned(form: forms.Form) -> None:
    """What was posted is read by the act, which knows more; the form only carries words and errors."""
    form._errors, form.cleaned_data = ErrorDict(), {}  # type: ignore[attr-defined]


class FieldsForm(ActForm):
    """The form of some fields. ``tables`` are those of rows, shown beside the others."""

    use_required_attribute = False

    def __init__(
        self,
        declared: Sequence[Field],
        *,
        case: Case | None,
        actor: Actor,
        today: date,
        data: Any = None,
        files: Any = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files)
        self.declared = [field for field in declared if field.asked is None or case is None or field.asked(case)]
        self.case, self.actor, self.today = case, actor, today
        self.problems: dict[str, str] = {}
        self.tables: list[Table] = []
        if self.is_bound:
            _cleaned(self)
        for field in self.declared:
            if field.kind != "rows":
                self.fields[field.name] = self._control(field, case)
                first = (given or {}).get(field.name)
                if first is None and field.initial is not None:
                    first = field.initial(case, actor, today)
                self.initial[field.name] = first
        self.draw()

    def draw(self) -> None:
        """Lay out the tables, with what was typed and what is wrong with it."""
        self.tables = [self._table(field) for field in self.declared if field.kind == "rows"]

    def _control(self, field: Field, case: Case | None) -> forms.Field:
        words: dict[str, Any] = {"label": field.zh, "required": field.required, "help_text": field.help}
        if field.kind == "area":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **words)
        if field.kind == "day":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **words)
        if field.kind == "choice":
            choices = field.choices_for(case, self.actor)
            if not choices:
                choices = (NOTHING,)
            elif len(choices) != 1:
                choices = (CHOOSE, *choices)
            return forms.ChoiceField(choices=choices, **words)
        if field.kind == "many":
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=field.choices_for(case, self.actor), widget=boxes, **words)
        if field.kind == "flag":
            return forms.BooleanField(**{**words, "required": False})
        if field.kind == "file":
            return forms.FileField(**words)
        number: dict[str, Any] = {"inputmode": "decimal"} if field.kind in ("number", "yuan", "count") else {}
        return forms.CharField(widget=forms.TextInput(attrs=number), **words)

    def _table(self, field: Field) -> Table:
        rows = field.rows_for(self.case, self.actor)
        empty = [Row(f"new{n}", f"新增第 {n} 行", {}) for n in range(1, self._added(field) + 1)]
        lines = tuple(self._line(field, row) for row in (*rows, *empty))
        return Table(field.name, field.zh, field.help, field.columns, lines, field.ticked)

    def _added(self, field: Field) -> int:
        if not self.is_bound:
            return min(field.open, 3)
        posted = [n for n in range(1, field.open + 1) if self._typed(field, f"new{n}")]
        return min(field.open, (posted[-1] if posted else 0) + 3)

    def _typed(self, field: Field, key: str) -> bool:
        return any(str(self.data.get(f"{field.name}-{key}-{c.name}", "")).strip() for c in field.columns)

    def _line(self, field: Field, row: Row) -> Line:
        name = f"{field.name}-{row.key}"
        part = forms.Form(
            self.data if self.is_bound else None,
            prefix=name,
            initial=dict(row.values),
            use_required_attribute=False,
        )
        if self.is_bound:
            _cleaned(part)
        for column in field.columns:
            part.fields[column.name] = self._control(column, self.case)
            part.fields[column.name].label = f"{row.label} {column.zh}"
            wrong = self.problems.get(f"{row.label} {column.zh}")
            if wrong:
                part.add_error(column.name, wrong)
        chosen = name in self.data if self.is_bound else True
        cells = tuple(zip(field.columns, (field_view(bound) for bound in part), strict=True))
        return Line(row.key, row.label, row.words, cells, name, chosen)

    def sent(self, *, at: datetime) -> dict[str, Any]:
        """What was posted, as ``read`` takes it; a file is stored first. Raises BadInput for a file that will not do."""
        return {field.name: self._sent(field, at) for field in self.declared}

    def _sent(self, field: Field, at: datetime) -> Any:
        if field.kind == "many":
            return self.data.getlist(field.name)  # type: ignore[attr-defined]
        if field.kind == "file":
            return self._stored(field, self.files.get(field.name), at)
        if field.kind != "rows":
            return self.data.get(field.name)
        lines = next(table for table in self.tables if table.name == field.name).lines
        wanted = [
            line
            for line in lines
            if (self._typed(field, line.key) if line.key.startswith("new") else line.chosen or not field.ticked)
        ]
        return [
            {
                "key": "" if line.key.startswith("new") else line.key,
                **{c.name: self.data.get(f"{line.name}-{c.name}") for c in field.columns},
            }
            for line in wanted
        ]

    def _stored(self, field: Field, upload: UploadedFile | None, at: datetime) -> Any:
        if upload is None:
            return None
        return store(
            content=upload.read(), filename=upload.name or "", kind=field.name, person_id=self.actor.person_id, at=at,
            jurisdiction_id=self.actor.jurisdiction_id, case_id=self.case.pk if self.case else None,
        )  # fmt: skip

    def take(self, refusal: Refusal) -> None:
        """Show a refusal at the fields and cells that bear its words; the rest above the form."""
        if isinstance(refusal, BadInput):
            self.problems = {p.where: p.what for p in refusal.problems}
        super().take(refusal)
        self.draw()
