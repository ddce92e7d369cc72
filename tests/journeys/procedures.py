"""The same questions for every procedure: reached, taken by whom its row names, refused to everybody else.

A test module gives its ``Recipes`` and subclasses ``ProcedureTests``. The column ``by`` of the table is the oracle, not
the code that reads it. The cast is put on the stage once for each question; every attempt happens behind a savepoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.test import Client

from tests.cast import Cast, moment
from yunheng.domain.parties.operations import issue_token
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Case, Event
from yunheng.law.kernel.machine import BACK, By, Machine, Step

EVERYBODY = ("chen", "luo", "he", "ma", "wu", "zhou", "tang", "sun", "qian", "zheng")
# Who of the cast is meant by a column `by`, in a case of the education bureau; one person may hold several roles.
WHO: dict[By, str] = {
    By("user_unit", "handler"): "chen",
    By("user_unit", "head"): "luo",
    By("user_unit"): "chen",
    By("centre", "acceptor"): "wu",
    By("centre", "reviewer"): "wu",
    By("centre", "verifier"): "wu",
    By("bureau", "approver"): "zhou",
    By("bureau", "finance"): "tang",
    By("bureau"): "zhou",
    By("provider", "delivery"): "sun",
    By("provider"): "sun",
}
REFUSED = {403, 404, 409}
Sent = dict[str, Any]


@dataclass(frozen=True)
class Recipes:
    """How each state of a machine is reached, and what each step carries (as the machine interface takes it)."""

    machine: Machine
    at: datetime
    reached: dict[str, Callable[[Cast], Case]]
    carried: Callable[[Cast, Case, str], Sent] = lambda cast, case, step: {}
    # Where a step needs more than its state: (step, source) → how to get there, or (step, source, by) for one party.
    ready: dict[tuple[Any, ...], Callable[[Cast], Case]] = field(default_factory=dict)
    by_clock: dict[str, Callable[[Case, datetime], Any]] = field(default_factory=dict)  # operations of clock steps
    also: dict[str, frozenset[str]] = field(default_factory=dict)  # step → people who may take it beside those of `WHO`
    ground: Callable[[Cast], object] = lambda cast: None  # what every state stands on, made once in a test


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _sent(recipes: Recipes, cast: Cast, case: Case, step: str) -> Sent:
    return {"opinion": "理由", **recipes.carried(cast, case, step)}


def _actor(cast: Cast, username: str, at: datetime) -> Actor:
    """The person as an actor, looked up once in a test."""
    known: dict[str, Actor] = cast.__dict__.setdefault("actors", {})
    if username not in known:
        known[username] = cast.actor(username, at)
    return known[username]


def by_operation(recipes: Recipes, cast: Cast, username: str, case: Case, step: str) -> int:
    """The door that page and interface share; 200, or the status of the refusal."""
    sent = _sent(recipes, cast, case, step)
    try:
        with transaction.atomic():
            doors.take(case, step, sent=sent, actor=_actor(cast, username, recipes.at), at=recipes.at)
    except Refusal as refusal:
        return refusal.status
    return 200


def by_api(recipes: Recipes, cast: Cast, username: str, case: Case, step: str) -> int:
    """The call of a machine with that person's token."""
    token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=recipes.at)
    sent = {
        key: value.pk if hasattr(value, "digest") else value for key, value in _sent(recipes, cast, case, step).items()
    }
    opinion = sent.pop("opinion", "")
    answer = Client().post(
        f"/api/cases/{case.number}/steps/{step}", json.dumps({"opinion": opinion, "data": sent}),
        content_type="application/json", headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code


def by_page(recipes: Recipes, cast: Cast, username: str, case: Case, step: str) -> int:
    """The form that the person sends; a redirect to the case is a success or a step that is not open."""
    client = Client()
    client.force_login(cast.person(username))
    posted = _posted(_sent(recipes, cast, case, step))
    return client.post(f"/cases/{case.number}/steps/{step}", posted).status_code


def _posted(sent: Sent) -> dict[str, Any]:
    """A body of the machine interface as the fields of a form."""
    posted: dict[str, Any] = {}
    for name, value in sent.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for n, row in enumerate(value, 1):
                key = row.get("key") or f"new{n}"
                posted[f"{name}-{key}"] = "yes"
                posted |= {f"{name}-{key}-{c}": v for c, v in row.items() if c != "key" and v is not None}
        elif hasattr(value, "digest"):  # an attachment: handed in again as a file
            from django.core.files.uploadedfile import SimpleUploadedFile

            from yunheng.foundation.documents.operations import read

            posted[name] = SimpleUploadedFile(value.filename, read(value))
        elif value is not None:
            posted[name] = "yes" if value is True else "" if value is False else value
    return posted


@pytest.mark.django_db
class ProcedureTests:
    """Subclass with ``recipes``; the class name should name the article."""

    recipes: ClassVar[Recipes]

    @pytest.fixture(autouse=True)
    def _on_the_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pages and interface take the time from the clock on the wall; here it stands still."""
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.recipes.at)

    @pytest.fixture(autouse=True)
    def _ground(self, cast: Cast) -> None:
        self.recipes.ground(cast)

    def _right(self, step: Step) -> set[str]:
        named = {WHO[by] for by in step.by if by.kind != "clock"}
        if By("user_unit") in step.by:
            named |= {"chen", "luo"}
        if By("bureau") in step.by:
            named |= {"zhou", "tang"}
        return named | self.recipes.also.get(step.name, frozenset())

    def _rows(self) -> list[tuple[str, Step, By]]:
        steps = self.recipes.machine.steps
        return [(source, step, by) for step in steps for source in step.source for by in step.by if by.kind != "clock"]

    def _ready(self, cast: Cast, step: Step, source: str, by: By | None = None) -> Case:
        ready = self.recipes.ready
        found = ready.get((step.name, source, by)) or ready.get((step.name, source)) or self.recipes.reached[source]
        return found(cast)

    def test_every_state_is_reached(self, cast: Cast) -> None:
        assert set(self.recipes.reached) == {state.name for state in self.recipes.machine.states}
        for state, reach in self.recipes.reached.items():
            with undone():
                assert reach(cast).state == state

    def test_every_step_is_taken_by_each_party_whom_its_row_names(self, cast: Cast) -> None:
        for source, step, by in self._rows():
            with undone():
                self._taken(cast, source, step, by, by_operation)

    @pytest.mark.once
    def test_every_step_is_taken_over_the_interface_and_on_the_page(self, cast: Cast) -> None:
        seen: set[str] = set()
        for source, step, by in self._rows():
            if step.name in seen:
                continue
            seen.add(step.name)
            for door in (by_api, by_page):
                with undone():
                    self._taken(cast, source, step, by, door)

    def _taken(self, cast: Cast, source: str, step: Step, by: By, door: Callable[..., int]) -> None:
        case = self._ready(cast, step, source, by)
        before, who = case.version, WHO[by]
        others = sorted({WHO[other] for other in step.by if other.kind != "clock"} - {who}) if step.joint else []
        words = f"{step.name} from {source} by {who} ({door.__name__})"
        for username in (*others, who):
            assert door(self.recipes, cast, username, case, step.name) in (200, 302), words
        found = Event.objects.filter(case_id=case.pk, step=step.name, sequence__gt=before).order_by("sequence")
        event = found.last()
        assert event is not None, words
        assert event.from_state == source, words
        if step.target != BACK:
            assert event.to_state == (step.target or source), words
        assert (event.cite, event.actor_name) == (step.under.key, cast.person(who).name), words

    @pytest.mark.once
    def test_every_step_is_refused_to_each_wrong_party(self, cast: Cast) -> None:
        for state, reach in self.recipes.reached.items():
            with undone():
                case = reach(cast)
                before = (case.state, case.version)
                for step in self.recipes.machine.leaving(state):
                    wrong = [username for username in EVERYBODY if username not in self._right(step)]
                    doors_of = dict.fromkeys(wrong, by_operation)
                    for username in wrong[:2]:
                        for door in (by_api, by_page):
                            answer = door(self.recipes, cast, username, case, step.name)
                            assert answer in REFUSED, (step.name, username, door.__name__)
                    for username, door in doors_of.items():
                        assert door(self.recipes, cast, username, case, step.name) in REFUSED, (step.name, username)
                case.refresh_from_db()
                assert (case.state, case.version) == before

    @pytest.mark.once
    def test_no_step_of_another_state_is_taken_by_anybody(self, cast: Cast) -> None:
        names = list(dict.fromkeys(step.name for step in self.recipes.machine.steps))
        for state, reach in self.recipes.reached.items():
            with undone():
                case = reach(cast)
                before = (case.state, case.version)
                for name in names:
                    if self.recipes.machine.find(state, name) is None:
                        named = {who for step in self.recipes.machine.named(name) for who in self._right(step)}
                        for username in sorted(named):
                            assert by_operation(self.recipes, cast, username, case, name) in REFUSED, (name, username)
                case.refresh_from_db()
                assert (case.state, case.version) == before

    def test_the_clock_alone_takes_its_steps(self, cast: Cast) -> None:
        rows = [step for step in self.recipes.machine.steps if {by.kind for by in step.by} == {"clock"}]
        assert set(self.recipes.by_clock) == {step.name for step in rows}
        for step in rows:
            for source in step.source:
                with undone():
                    case = self._ready(cast, step, source)
                    before = case.version
                    assert all(by_operation(self.recipes, cast, who, case, step.name) in REFUSED for who in EVERYBODY)
                    self.recipes.by_clock[step.name](case, self.recipes.at)
                    event = Event.objects.filter(case_id=case.pk, step=step.name, sequence__gt=before).first()
                    assert event is not None, step.name
                    assert event.actor_name == CLOCK.person_name


AT = moment("2026-05-09 10:00")
