"""Generated from the table of Articles 6 and 7: every state is reached, every step is refused to each wrong party.

The same questions are asked of the operations, the machine interface and the pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Cast, approved, draft, moment, opened
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application, Undertaking
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import Refusal
from yunheng.foundation.workflow.operations import advance, may_take
from yunheng.law.ch2_use.art07_machine import APPLICATION

pytestmark = pytest.mark.django_db
EVERYBODY = ("chen", "luo", "he", "ma", "wu", "zhou", "sun", "qian", "zheng")
AT = moment("2026-05-09 10:00")


def _path(cast: Cast, *steps: str) -> Application:
    """A draft, taken through some of the plain steps."""
    case = draft(cast)
    who = {
        "pass_to_head": "chen", "submit": "luo", "accept": "wu", "return": "wu", "reject": "zhou", "approve": "zhou",
        "withdraw": "luo",
    }  # fmt: skip
    for step in steps:
        if step == "recommend":
            grants = {line.no: operations.Cut(line.quantity) for line in case.lines.all()}
            operations.recommend(
                case, grants=grants, contract=cast.contract, actor=cast.actor("wu"), at=AT, opinion="同意"
            )
        else:
            operations.take(case, step, actor=cast.actor(who[step]), at=AT, opinion="理由")
    return case


def _cancelled(cast: Cast) -> Application:
    case = approved(cast)
    operations.take(case, "cancel", actor=cast.actor("luo"), at=AT, opinion="项目调整")
    return case


def _disputed(cast: Cast) -> Application:
    case = opened(cast)
    operations.take(case, "dispute_day", actor=cast.actor("luo"), at=AT, opinion="网络未通")
    return case


def _serving(cast: Cast) -> Application:
    case = opened(cast)
    for who in ("luo", "sun"):
        operations.confirm_opening(case, day=date(2026, 5, 8), line_nos=[1, 2], actor=cast.actor(who), at=AT)
    return case


def _lapsed(cast: Cast) -> Application:
    case = _path(cast, "pass_to_head", "submit", "return")
    advance(case, "lapse", actor=CLOCK, at=AT + timedelta(days=91))
    return case


SUBMITTED = ("pass_to_head", "submit")
REACHED: dict[str, Callable[[Cast], Application]] = {
    "draft": draft,
    "submitted": lambda cast: _path(cast, *SUBMITTED),
    "returned": lambda cast: _path(cast, *SUBMITTED, "return"),
    "accepted": lambda cast: _path(cast, *SUBMITTED, "accept"),
    "recommended": lambda cast: _path(cast, *SUBMITTED, "accept", "recommend"),
    "approved": lambda cast: _path(cast, *SUBMITTED, "accept", "recommend", "approve"),
    "rejected": lambda cast: _path(cast, *SUBMITTED, "accept", "recommend", "reject"),
    "notified": approved,
    "opened": opened,
    "day_disputed": _disputed,
    "in_service": _serving,
    "cancelled": _cancelled,
    "withdrawn": lambda cast: _path(cast, *SUBMITTED, "withdraw"),
    "lapsed": _lapsed,
}


def by_operation(cast: Cast, username: str, case: Application, step: str) -> bool:
    """Whether the operation is refused."""
    try:
        advance(case, step, actor=cast.actor(username), at=AT, opinion="理由")
    except Refusal as refusal:
        return refusal.status in (403, 404, 409)
    return False


def by_api(cast: Cast, username: str, case: Application, step: str) -> bool:
    """Whether the machine interface refuses."""
    token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=timezone.now())
    body = {"opinion": "理由", "day": "2026-05-08", "lines": [1], "contract": cast.contract.number}
    answer = Client().post(
        f"/api/cases/{case.number}/steps/{step}", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code in (403, 404, 409)


def by_page(cast: Cast, username: str, case: Application, step: str) -> bool:
    """Whether the page refuses: no redirect to a case that has moved."""
    client = Client()
    client.force_login(cast.person(username))
    fields = {"opinion": "理由", "day": "2026-05-08", "lines": "1", "contract": str(cast.contract.pk)}
    return client.post(f"/cases/{case.number}/steps/{step}", fields).status_code in (403, 404, 409)


def test_the_recipes_know_every_state() -> None:
    assert set(REACHED) == {state.name for state in APPLICATION.states}


@pytest.mark.parametrize("state", list(REACHED))
@pytest.mark.parametrize("refused", [by_operation, by_api, by_page], ids=["操作", "接口", "页面"])
def test_every_step_is_refused_to_each_wrong_party(cast: Cast, state: str, refused: Callable[..., bool]) -> None:
    if state != "approved":
        Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=AT)
    case = REACHED[state](cast)
    assert case.state == state
    version = case.version
    asked = [
        (step.name, username)
        for step in APPLICATION.leaving(state)
        for username in EVERYBODY
        if not may_take(case, step, cast.actor(username))
    ]
    let_through = [(step, username) for step, username in asked if not refused(cast, username, case, step)]
    assert let_through == []
    case.refresh_from_db()
    assert (case.state, case.version) == (state, version)
    assert asked or APPLICATION.state(state).final
