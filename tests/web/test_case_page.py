"""The page of a case: whose turn, what is missing, who of the own organisation can go on; and lists without N+1."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast, draft
from tests.journeys.recipes import REACHED
from yunheng.interfaces.web.views.casework import arrivals

pytestmark = pytest.mark.django_db


def _page(client: Client, cast: Cast, username: str, number: str) -> str:
    client.force_login(cast.person(username))
    return client.get(f"/cases/{number}").content.decode()


def test_a_step_that_is_not_complete_is_shown_with_what_is_missing(cast: Cast, client: Client) -> None:
    case = draft(cast)
    case.papers.filter(kind="plan").delete()
    page = _page(client, cast, "luo", case.number)
    assert "项目实施方案" in page.split("yh-actions__blocked")[1].split("</p>")[0]
    assert "disabled" in page.split("yh-actions__do")[1]


def test_a_colleague_is_told_who_can_go_on(cast: Cast, client: Client) -> None:
    case = REACHED["opened"](cast)
    assert "由罗建华办理" in _page(client, cast, "chen", case.number)


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("returned", "提出申请"),
        ("submitted", "受理"),
        ("recommended", "审批"),
        ("notified", "开通"),
        ("opened", "确认"),
    ],
)
def test_the_step_bar_stands_at_what_is_to_be_done(cast: Cast, client: Client, state: str, stage: str) -> None:
    page = _page(client, cast, "luo", REACHED[state](cast).number)
    assert stage in page.split('aria-current="step"')[1].split("</li>")[0]


def test_what_was_sent_stays_in_the_form_of_a_refused_step(cast: Cast, client: Client) -> None:
    case = REACHED["opened"](cast)
    client.force_login(cast.person("luo"))
    sent = {"day": "2026-05-01", "lines": ["2"], "opinion": "以验收单为准"}
    answer = client.post(f"/cases/{case.number}/steps/confirm_opening", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="1" id="id_lines_0">' in page
    assert 'value="2" id="id_lines_1" checked>' in page
    assert 'value="2026-05-01"' in page
    assert "以验收单为准" in page


def test_what_was_typed_into_a_draft_stays_after_a_refusal(cast: Cast, client: Client) -> None:
    case = draft(cast)
    client.force_login(cast.person("chen"))
    sent = {"part": "particulars", "purpose": "全市统考期间扩容", "expected_on": "下周", "wants_coverage": "no"}
    answer = client.post(f"/cases/{case.number}/edit", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "全市统考期间扩容" in page
    assert "“下周”不是日期" in page


@pytest.mark.parametrize("path", ["/cases", "/", "/systems", "/services"])
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(cast: Cast, client: Client, path: str) -> None:
    client.force_login(cast.person("wu"))

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    REACHED["submitted"](cast)
    asked()
    few = asked()
    for _ in range(6):
        REACHED["submitted"](cast)
    assert asked() == few


def test_a_stage_is_his_who_led_to_it_and_not_his_who_sent_the_case_back_there() -> None:
    """10.3: the bureau's excuse brings a suggestion back to where the provider had brought it; a unit submits anew."""
    came = [("", "detected", 0), ("detected", "issued", 1), ("issued", "lapsed", 0), ("lapsed", "issued", 2)]
    again = [("", "draft", 3), ("draft", "submitted", 3), ("submitted", "returned", 4), ("returned", "submitted", 3)]
    events = [
        [SimpleNamespace(from_state=a, to_state=b, organisation_id=who, at=n) for n, (a, b, who) in enumerate(one)][
            ::-1
        ]
        for one in (came, again)
    ]
    assert arrivals(events[0])["issued"].at == 1
    assert arrivals(events[1])["submitted"].at == 3
