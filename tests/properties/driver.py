"""Drives any procedure by what it says of itself: its steps, the fields that they carry, whom the table names.

Nothing here knows a procedure. What is sent is taken from the fields: the values that the form would propose, one of the
choices, a day near today; so most steps go through, and what does not is refused in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from tests.cast import Cast
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Field
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import may_take
from yunheng.foundation.workflow.queries import concrete, kinds

PEOPLE = ("chen", "luo", "he", "wu", "zhou", "tang", "sun")

ENDS = ("withdraw", "cancel", "abort", "retire", "reject", "return")  # taken now and then, so that walks get somewhere


class Driver:
    """One walk: the cast, the time, and its chance."""

    def __init__(self, cast: Cast, chance: Random, at: datetime, paper: Attachment) -> None:
        self.cast, self.chance, self.at, self.paper = cast, chance, at, paper
        self.taken: list[str] = []
        self.refused: list[str] = []

    @property
    def today(self) -> date:
        return (self.at + timedelta(hours=8)).date()

    def actor(self, username: str) -> Actor:
        return self.cast.actor(username, self.at)

    def attempt(self, words: str, act: Callable[[], Any]) -> None:
        """Do it or be refused in words; a refusal leaves nothing behind."""
        try:
            with transaction.atomic():
                act()
        except Refusal as refusal:
            self.refused.append(f"{words}: {refusal.message.strip()}")
        else:
            self.taken.append(words)

    def begin(self) -> None:
        """Somebody begins a case of some kind."""
        actor = self.actor(self.chance.choice(PEOPLE))
        models = [m for m in kinds().values() if m.opening is not None and doors.may_open(m.machine, actor)]
        if models:
            model = self.chance.choice(models)
            assert model.opening is not None
            sent = self.sent(model.opening.fields, None, actor)
            self.attempt(
                f"begin {model.machine.kind}", lambda: doors.begin_case(model, sent=sent, actor=actor, at=self.at)
            )

    def edit(self) -> None:
        """Somebody fills in a part of a draft."""
        found = [(c, name) for c in self.open_cases() for name in c.edits]
        if found:
            case, name = self.chance.choice(found)
            actor = self.actor("chen" if case.unit_id == self.cast.education.pk else "he")
            sent = self.sent(self.act(case, name).fields, case, actor)
            self.attempt(f"edit {case.kind}.{name}", lambda: doors.edit(case, name, sent=sent, actor=actor, at=self.at))

    @staticmethod
    def act(case: Case, name: str) -> Act:
        return case.edits[name]

    def step(self) -> None:
        """Somebody takes a step that the table gives to them."""
        cases = self.open_cases()
        if not cases:
            return
        case = self.chance.choice(cases)
        people = {username: self.actor(username) for username in PEOPLE}
        found = [
            (step, actor)
            for step in case.procedure.leaving(case.state)
            for actor in people.values()
            if may_take(case, step, actor)
        ]
        if found:
            weights = [1 if step.name in ENDS else 6 for step, _ in found]
            step, actor = self.chance.choices(found, weights)[0]
            sent = self.sent(doors.fields_of(case, step), case, actor)
            self.attempt(
                f"{case.kind}.{step.name} from {case.state}",
                lambda: doors.take(case, step.name, sent=sent, actor=actor, at=self.at),
            )

    def open_cases(self) -> list[Case]:
        return [concrete(c) for c in Case.objects.order_by("pk") if c.procedure.leaving(c.state)]

    def sent(self, fields: Sequence[Field], case: Case | None, actor: Actor) -> dict[str, Any]:
        """Something that could be meant."""
        return {field.name: self._value(field, case, actor) for field in fields}

    def _value(self, field: Field, case: Case | None, actor: Actor) -> Any:
        first = field.initial(case, actor, self.today) if field.initial else None
        if field.kind == "rows":
            return self._rows(field, case, actor)
        if field.kind == "file":
            return self.paper
        if field.kind == "flag":
            return self.chance.random() < 0.5
        if field.kind == "choice":
            values = [value for value, _ in field.choices_for(case, actor)]
            return self.chance.choice(values) if values else ""
        if field.kind == "many":
            values = [value for value, _ in field.choices_for(case, actor)]
            return self.chance.sample(values, self.chance.randint(1, len(values))) if values else []
        if first is not None and self.chance.randint(0, 3):
            return first.isoformat() if isinstance(first, date) else first
        return self._plain(field)

    def _plain(self, field: Field) -> Any:
        if field.kind == "day":
            return (self.today + timedelta(days=self.chance.randint(-20, 40))).isoformat()
        if field.kind in ("number", "yuan", "count"):
            return str(self.chance.randint(0, 12))
        if "摘要" in field.zh:
            return "0123456789abcdef" * 4
        return "写明理由"[: field.most]

    def _rows(self, field: Field, case: Case | None, actor: Actor) -> list[dict[str, Any]]:
        found = []
        for row in field.rows_for(case, actor):
            if field.ticked and not self.chance.random() < 0.5:
                continue
            values = {
                column.name: row.values[column.name]
                if row.values.get(column.name) is not None and self.chance.randint(0, 2)
                else self._value(column, case, actor)
                for column in field.columns
            }
            found.append({"key": row.key, **values})
        return found
