"""A form in front of an operation: the operation decides, the form shows what it said at the right field."""

from __future__ import annotations

from django import forms

from yunheng.foundation.workflow.errors import BadInput, Refusal, Refused

NUMBER = {"invalid": "须为数字", "max_digits": "位数过多", "max_decimal_places": "小数位过多"}
REQUIRED = {"required": "须填写", "invalid": "写法不对，核对后重填", "invalid_choice": "从列出的各项中选择"}


class ActForm(forms.Form):
    """``take`` puts the problems of a refusal at the fields that bear their labels; others stand above the form."""

    def take(self, refusal: Refusal) -> None:
        """Show a refusal of the operation on this form, which stays filled in."""
        if isinstance(refusal, BadInput):
            fields = {str(field.label): name for name, field in self.fields.items()}
            for problem in refusal.problems:
                name = fields.get(problem.where)
                self.add_error(name, problem.what if name else f"{problem.where}：{problem.what}".lstrip("："))
        elif isinstance(refusal, Refused):
            for verdict in refusal.verdicts:
                if not verdict.holds:
                    self.add_error(None, f"{verdict.sentence}（依据：{verdict.cite.zh}）")
        else:
            self.add_error(None, refusal.message)


class Day(forms.DateField):
    """A day, shown by the browser's own picker, stored and sent as 2026-01-31."""

    def __init__(self, label: str, *, required: bool = True, help_text: str = "") -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        words = {"required": "须填写日期", "invalid": "须为 2026-01-31 这样的日期"}
        super().__init__(label=label, required=required, help_text=help_text, widget=widget, error_messages=words)


class Choice(forms.ChoiceField):
    """One of the values that the vocabulary of an article lists."""

    def __init__(self, label: str, choices: tuple[tuple[str, str], ...], *, help_text: str = "") -> None:
        super().__init__(label=label, choices=choices, help_text=help_text, error_messages=REQUIRED)


class Text(forms.CharField):
    """A line of text; with ``rows`` an area."""

    def __init__(self, label: str, *, most: int, required: bool = True, rows: int = 0, help_text: str = "") -> None:
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        words = REQUIRED | {"max_length": f"最多 {most} 字"}
        super().__init__(
            label=label, max_length=most, required=required, widget=widget, help_text=help_text, error_messages=words
        )


class Yuan(forms.DecimalField):
    """An amount in yuan to the fen; empty where it is not known."""

    def __init__(self, label: str, *, places: int = 2, required: bool = False, help_text: str = "") -> None:
        super().__init__(
            label=label, min_value=0, max_digits=12 + places, decimal_places=places, required=required,
            help_text=help_text, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages=NUMBER | {"required": "须填写金额", "min_value": "不能小于 0"},
        )  # fmt: skip
