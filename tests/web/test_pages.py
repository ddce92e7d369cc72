"""Every page for every party: its own is there, a stranger's is not; each step can be taken in the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, approved, draft, moment, opened
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application, Service

pytestmark = pytest.mark.django_db
EVERYBODY = ("chen", "luo", "he", "ma", "wu", "zhou", "sun", "qian", "zheng")
OPEN_PAGES = (
    "/",
    "/cases",
    "/services",
    "/bill",
    "/systems",
    "/assessments",
    "/metering",
    "/optimization",
    "/contracts",
    "/calendar",
    "/obligations",
    "/obligations/digest",
    "/obligations?view=month",
    "/notices",
    "/tokens",
    "/delegations",
    "/webhooks",
    "/articles",
    "/articles/15",
    "/readings/R-002",
)


def as_(cast: Cast, username: str) -> Client:
    client = Client()
    client.force_login(cast.person(username))
    return client


@pytest.fixture
def serving(cast: Cast) -> Application:
    """A case in service with a bill for May."""
    case, day = opened(cast), date(2026, 5, 8)
    for who in ("luo", "sun"):
        operations.confirm_opening(case, day=day, line_nos=[1, 2], actor=cast.actor(who), at=moment("2026-05-09 09:00"))
    accrue_month(jurisdiction_id=cast.city.pk, month=day, at=moment("2026-06-01 01:00"))
    return case


@pytest.mark.parametrize("username", EVERYBODY)
def test_the_general_pages_answer_to_everybody(cast: Cast, serving: Application, username: str) -> None:
    client = as_(cast, username)
    assert {path: client.get(path).status_code for path in OPEN_PAGES} == dict.fromkeys(OPEN_PAGES, 200)


@pytest.mark.once
def test_every_article_has_its_page(cast: Cast) -> None:
    client, paths = as_(cast, "chen"), [f"/articles/{n}" for n in range(1, 28)]
    assert [client.get(path).status_code for path in paths] == [200] * len(paths)


@pytest.mark.parametrize(
    ("username", "status"),
    [("chen", 200), ("luo", 200), ("he", 404), ("ma", 404), ("wu", 200), ("zhou", 200), ("sun", 200), ("qian", 404)],
)
def test_a_case_and_its_bill_are_there_for_its_parties_alone(
    cast: Cast, serving: Application, username: str, status: int
) -> None:
    client, service = as_(cast, username), Service.objects.first()
    assert service is not None
    paths = (f"/cases/{serving.number}", f"/cases/{serving.number}/lines.xlsx", f"/services/{service.number}/why")
    assert [client.get(path).status_code for path in paths] == [status] * 3


@pytest.mark.once
def test_cases_are_listed_by_procedure_with_its_own_states(cast: Cast) -> None:
    case = draft(cast)
    listed = {kind: as_(cast, "chen").get(f"/cases?kind={kind}").content.decode() for kind in ("application", "change")}
    assert [case.number in page for page in listed.values()] == [True, False]
    assert ["已开通</option>" in page for page in listed.values()] == [True, False]


def test_a_draft_is_not_there_for_the_bureau(cast: Cast) -> None:
    case = draft(cast)
    assert as_(cast, "zhou").get(f"/cases/{case.number}").status_code == 404
    assert as_(cast, "chen").get(f"/cases/{case.number}/edit").status_code == 200


def test_without_login_every_page_leads_to_the_login(cast: Cast) -> None:
    answer = Client().get("/cases")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_why_shows_the_arithmetic_and_the_amount(cast: Cast, serving: Application) -> None:
    service = Service.objects.get(sku="C-ECS-4C16G")
    text = as_(cast, "wu").get(f"/services/{service.number}/why?from=2026-05-08").content.decode()
    assert "为什么是 1,009.97 元" in text
    assert "12 × 24" in text
    assert "复算结果与账单所存一致" in text


def test_the_journey_in_the_pages(cast: Cast) -> None:
    case = draft(cast)

    def post(username: str, step: str, **fields: Any) -> int:
        path = f"/cases/{case.number}/steps/{step}"
        status = as_(cast, username).post(path, fields).status_code
        case.refresh_from_db()
        return status

    assert post("chen", "pass_to_head") == 302
    assert post("chen", "submit") == 403
    assert post("luo", "submit") == 302
    assert post("wu", "accept") == 302
    cut = {"grants-1-approved": "3", "grants-2-approved": "500", "contract": cast.contract.number}
    assert post("wu", "recommend", **cut) == 422
    assert post("wu", "recommend", **cut, **{"grants-1-reason": "三台可满足"}) == 302
    assert post("zhou", "approve") == 302
    assert case.state == "approved"
    assert post("luo", "supply_undertaking") == 302
    assert case.state == "notified"
    more = {"reports-1": "yes", "reports-1-quantity": "5", "reports-1-actual_on": "2026-05-08"}
    assert post("sun", "report_opened", **more) == 422
    assert case.lines.get(no=1).opened is None


def test_two_lines_of_one_workbook_come_back_as_they_went(cast: Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case, chen = draft(cast), as_(cast, "chen")
    before = list(case.lines.values_list("sku", "quantity", "purpose", "zone"))
    book = chen.get(f"/cases/{case.number}/lines.xlsx").content
    file = SimpleUploadedFile("list.xlsx", book)
    assert chen.post(f"/cases/{case.number}/edit", {"part": "workbook", "file": file}).status_code == 302
    assert list(case.lines.values_list("sku", "quantity", "purpose", "zone")) == before


def test_the_second_of_two_is_told_who_was_first(cast: Cast) -> None:
    case = approved(cast)
    answer = as_(cast, "zhou").post(f"/cases/{case.number}/steps/approve", {"version": "4"}, follow=True)
    assert "已由周明批准并通知开通" in answer.content.decode()


def test_saving_the_list_on_screen_keeps_what_the_screen_does_not_show(cast: Cast) -> None:
    case = draft(cast)
    case.lines.filter(no=1).update(environment="test", note="备注甲", trial=True)
    fields = {
        "part": "lines",
        "sku": ["C-ECS-4C16G", "N-BW"],
        "quantity": ["5", "10"],
        "spec": ["", ""],
        "purpose": ["", ""],
        "trial": ["1"],  # this one the screen shows: a tick
    }
    assert as_(cast, "chen").post(f"/cases/{case.number}/edit", fields).status_code == 302
    kept = case.lines.get(no=1)
    assert (kept.quantity, kept.environment, kept.note, kept.trial) == (5, "test", "备注甲", True)
    assert case.lines.get(no=2).environment == "production"


def test_every_wrong_row_of_a_list_is_named_on_the_page(cast: Cast) -> None:
    case = draft(cast)
    fields = {"part": "lines", "sku": ["X"] * 9, "quantity": ["1"] * 9, "spec": [""] * 9, "purpose": [""] * 9}
    answer = as_(cast, "chen").post(f"/cases/{case.number}/edit", fields)
    assert answer.status_code == 422
    assert all(f"第 {n} 行" in answer.content.decode() for n in range(1, 10))
    assert case.lines.count() == 2


def test_a_day_that_is_none_is_said_to_be_none(cast: Cast) -> None:
    case = draft(cast)
    fields = {"part": "particulars", "expected_on": "2026/1/1", "wants_coverage": "yes"}
    answer = as_(cast, "chen").post(f"/cases/{case.number}/edit", fields)
    assert answer.status_code == 422
    assert "不是日期" in answer.content.decode()
