"""What a form field needs to be shown: its kind, its words, and what describes it to a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BaseForm, BoundField
from django.utils.safestring import SafeString

from yunheng.interfaces.web.components.parts import Gap, error_title

_TITLE_AND_WORDS = "｜"  # in the label of a choice: what follows is set below the title
_CONTROL = {"select": "yh-input yh-select", "file": "yh-file", "check": "yh-check", "area": "yh-input yh-input--area"}


@dataclass(frozen=True)
class Option:
    """One radio or check box of a group."""

    control: SafeString
    id: str
    title: str
    words: str


@dataclass(frozen=True)
class FieldView:
    """A field as the template shows it."""

    kind: str  # text, area, select, file, check, group
    cards: bool
    id: str
    label: str
    help: str
    errors: tuple[str, ...]
    optional: bool
    control: SafeString
    options: tuple[Option, ...]

    @property
    def described_by(self) -> str:
        parts = [f"{self.id}_help" if self.help else "", f"{self.id}_error" if self.errors else ""]
        return " ".join(part for part in parts if part)


def kind_of(widget: forms.Widget) -> str:
    """How a widget is laid out."""
    for kind, classes in (
        ("group", (forms.RadioSelect, forms.CheckboxSelectMultiple)),
        ("check", (forms.CheckboxInput,)),
        ("file", (forms.FileInput,)),
        ("select", (forms.Select,)),
        ("area", (forms.Textarea,)),
    ):
        if isinstance(widget, classes):
            return kind
    return "text"


def field_view(field: BoundField) -> FieldView:
    """Prepare a bound field; the control gets its class and the ids of help and error."""
    kind = kind_of(field.field.widget)
    identity = field.auto_id or field.html_name
    shown = FieldView(
        kind=kind,
        # Django derives the group of check boxes from the group of radios.
        cards=type(field.field.widget) is forms.RadioSelect,
        id=identity,
        label=str(field.label),
        help=str(field.help_text),
        errors=tuple(str(error) for error in field.errors),
        optional=not field.field.required and kind != "check",
        control=SafeString(""),
        options=(),
    )
    attrs: dict[str, str | bool] = {"class": _CONTROL.get(kind, "yh-input")}
    if shown.described_by:
        attrs["aria-describedby"] = shown.described_by
    if kind == "group":
        return _with(shown, options=tuple(_option(choice) for choice in field))
    return _with(shown, control=field.as_widget(attrs=attrs))


def _with(view: FieldView, **changes: object) -> FieldView:
    return FieldView(**{**view.__dict__, **changes})  # type: ignore[arg-type]


def _option(choice: object) -> Option:
    title, _, words = str(choice.choice_label).partition(_TITLE_AND_WORDS)  # type: ignore[attr-defined]
    control = choice.tag(wrap_label=False)  # type: ignore[attr-defined]
    return Option(control, str(choice.id_for_label), title, words)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ErrorSummary:
    """All that has to be mended before a form can be handed in, each with a link to its place."""

    title: str
    gaps: tuple[Gap, ...]


def error_summary(form: BaseForm | None, problems: Iterable[object] = (), *, title: str = "") -> ErrorSummary | None:
    """Collect the errors of a form and other problems (``Gap``, or anything with ``where`` and ``what``)."""
    gaps = [*_of_form(form), *(_gap(problem) for problem in problems)]
    return ErrorSummary(title or error_title(len(gaps)), tuple(gaps)) if gaps else None


def _gap(problem: object) -> Gap:
    if isinstance(problem, Gap):
        return problem
    where, what = getattr(problem, "where", ""), getattr(problem, "what", str(problem))
    return Gap(f"{where}：{what}" if where else what)


def _of_form(form: BaseForm | None) -> Sequence[Gap]:
    if form is None or not form.is_bound:
        return []
    gaps = [Gap(str(error)) for error in form.non_field_errors()]
    for field in form:
        anchor = f"#{_focus_id(field)}"
        gaps += [Gap(str(error), anchor) for error in field.errors]
    return gaps


def _focus_id(field: BoundField) -> str:
    """Where the focus goes: of a group of choices the first one."""
    identity = field.auto_id or field.html_name
    return f"{identity}_0" if kind_of(field.field.widget) == "group" else identity
