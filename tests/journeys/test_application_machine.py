"""Generated from the table of Articles 6 and 7, and asked of the operations, the machine interface and the pages:

every state is reached; every step is taken by everyone whom its row names; every step is refused to everybody else
in its states, and to everybody in all other states. The column `by` is the oracle, not the code that reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.cast import Cast, sign_undertaking
from tests.journeys.recipes import AT, DAY, EVERYBODY, REACHED, READY, WHO, body, fields, grants, right_people
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art07_machine import APPLICATION
from yunheng.law.kernel.machine import By, Step

pytestmark = pytest.mark.django_db
Door = Callable[[Cast, str, Application, str], int]
REFUSED = {403, 404, 409}
NAMES = list(dict.fromkeys(step.name for step in APPLICATION.steps))


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and interface take the time from the clock on the wall; here it stands still."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def by_operation(cast: Cast, username: str, case: Application, step: str) -> int:
    """The act itself; 200, or the status of its refusal."""
    carried, actor = body(cast, case, step), cast.actor(username)
    given: dict[str, Any] = {"actor": actor, "at": AT, "opinion": "理由"}
    lines = {"line_nos": carried.get("lines", [])}
    day = {"day": DAY} if "day" in carried else {}
    special: dict[str, tuple[Callable[..., Event], dict[str, Any]]] = {
        "recommend": (operations.recommend, {**given, "grants": grants(case), "contract": cast.contract}),
        "report_opened": (operations.report_opened, {"actor": actor, "at": AT, "reports": _reports(carried)}),
        "confirm_opening": (operations.confirm_opening, {"actor": actor, "at": AT, **day, **lines}),
        "mediate": (operations.mediate, {**given, **day}),
        "mediate_at_bureau": (operations.mediate, {**given, **day, "step": step}),
        "dispute_resources": (operations.dispute_resources, {**given, **lines}),
        "drop_lines": (operations.drop_lines, {**given, **lines}),
    }
    operation, words = special.get(step, (operations.take, {**given, "step": step}))
    try:
        operation(case, **words)
    except Refusal as refusal:
        return refusal.status
    return 200


def _reports(carried: dict[str, Any]) -> list[operations.Report]:
    return [operations.Report(r["no"], Decimal(r["quantity"]), DAY) for r in carried.get("reports", [])]


def by_api(cast: Cast, username: str, case: Application, step: str) -> int:
    """The call of a machine with that person's token."""
    token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=AT)
    answer = Client().post(
        f"/api/cases/{case.number}/steps/{step}", json.dumps(body(cast, case, step)), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code


def by_page(cast: Cast, username: str, case: Application, step: str) -> int:
    """The form that the person sends; a redirect to the case is a success or a step that is not open."""
    client = Client()
    client.force_login(cast.person(username))
    answer: HttpResponse = client.post(f"/cases/{case.number}/steps/{step}", fields(cast, body(cast, case, step)))
    return answer.status_code


DOORS = pytest.mark.parametrize("door", [by_operation, by_api, by_page], ids=["操作", "接口", "页面"])
ROWS = [(source, step, by) for step in APPLICATION.steps for source in step.source for by in step.by]
BY_PEOPLE = [row for row in ROWS if row[2].kind != "clock"]


def test_the_recipes_know_every_state_and_every_column() -> None:
    assert set(REACHED) == {state.name for state in APPLICATION.states}
    assert {by for step in APPLICATION.steps for by in step.by} - {By("clock")} == set(WHO)


@DOORS
@pytest.mark.parametrize(("source", "step", "by"), BY_PEOPLE, ids=lambda value: getattr(value, "name", str(value)))
def test_every_step_is_taken_by_each_party_whom_its_row_names(
    cast: Cast, source: str, step: Step, by: By, door: Door
) -> None:
    if source != "approved":
        sign_undertaking(cast)
    case = READY.get((step.name, source), REACHED[source])(cast)
    before = case.version
    others = sorted(right_people(step) - {WHO[by]}) if step.joint else []
    answers = [door(cast, username, case, step.name) for username in (*others, WHO[by])]
    assert set(answers) <= {200, 302}
    event = Event.objects.filter(case_id=case.pk, step=step.name, sequence__gt=before).order_by("sequence").last()
    assert event is not None
    assert (event.from_state, event.to_state) == (source, step.target or source)
    assert (event.cite, event.actor_name) == (step.under.key, cast.person(WHO[by]).name)


@DOORS
@pytest.mark.parametrize("state", list(REACHED))
def test_every_step_is_refused_to_each_wrong_party(cast: Cast, state: str, door: Door) -> None:
    if state != "approved":
        sign_undertaking(cast)
    case = REACHED[state](cast)
    before = (case.state, case.version)
    asked = [
        (step.name, username)
        for step in APPLICATION.leaving(state)
        for username in EVERYBODY
        if username not in right_people(step)
    ]
    assert asked or APPLICATION.state(state).final
    let_through = [(step, username) for step, username in asked if door(cast, username, case, step) not in REFUSED]
    case.refresh_from_db()
    assert (let_through, (case.state, case.version)) == ([], before)


@DOORS
@pytest.mark.parametrize("state", list(REACHED))
def test_no_step_of_another_state_is_taken_by_anybody(cast: Cast, state: str, door: Door) -> None:
    if state != "approved":
        sign_undertaking(cast)
    case = REACHED[state](cast)
    before = (case.state, case.version)
    closed = [name for name in NAMES if APPLICATION.find(state, name) is None]
    for name in closed:
        named = {username for step in APPLICATION.named(name) for username in right_people(step)}
        for username in EVERYBODY if door is by_operation else sorted(named):
            door(cast, username, case, name)
            case.refresh_from_db()
            assert (name, username, (case.state, case.version)) == (name, username, before)


def test_the_clock_alone_lets_a_returned_application_lapse(cast: Cast) -> None:
    case = REACHED["returned"](cast)
    assert {door_answer for who in EVERYBODY if (door_answer := by_operation(cast, who, case, "lapse"))} <= REFUSED
    advance(case, "lapse", actor=CLOCK, at=AT + timedelta(days=91))
    assert case.state == "lapsed"
