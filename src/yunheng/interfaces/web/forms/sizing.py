"""The sizing worksheet as a form: one field per input of Article 6, and the words that go with them."""

from __future__ import annotations

from typing import Any

from django import forms

from yunheng.domain.services.sizing import BASIS, LONGEST_BASIS, NAMES
from yunheng.interfaces.web.forms.base import ActForm

HELP = {
    "daily_share": "0 至 1 之间，例如 0.3",
    "peak_seconds": "不填按 3600",
    "target_load": "不填按参数",
    "storage_reserve": "不填按参数",
}


class SizingForm(ActForm):
    """All fields are optional by themselves; the worksheet says what is wrong with them together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "sizing")
        super().__init__(*args, **kwargs)
        for name, label in NAMES.items():
            number = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            self.fields[name] = forms.CharField(
                label=label, required=False, widget=number, help_text=HELP.get(name, ""), max_length=30
            )
        self.fields[BASIS] = forms.CharField(
            label="测算说明", required=False, max_length=LONGEST_BASIS, widget=forms.Textarea(attrs={"rows": 3})
        )

    @property
    def figures(self) -> dict[str, str]:
        """What was typed into the numbers."""
        return {name: self.data.get(self.add_prefix(name), "").strip() for name in NAMES}

    @property
    def basis(self) -> str:
        return str(self.data.get(self.add_prefix(BASIS), ""))
