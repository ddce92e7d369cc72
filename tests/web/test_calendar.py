"""The year's arrangement on the page: looked at first, imported by the bureau alone, nothing lost (R-002, R-010)."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, approved, moment
from yunheng.foundation.calendars.models import CalendarYear
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.calendars.queries import calendar_for

pytestmark = pytest.mark.django_db
ROWS = "日期,类别,名称\n2027-01-01,放假,元旦\n2027-01-04,放假,元旦\n2027-01-05,放假,元旦\n"
GIVEN = {"source": "国务院办公厅关于2027年部分节假日安排的通知", "text": ROWS}


@pytest.fixture
def city(cast: Cast) -> Cast:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    return cast


def test_what_would_move_is_shown_before_anything_is_imported(city: Cast, client: Client) -> None:
    case = approved(city, at="2026-12-28 10:00")
    owed = case.obligations.get(step="report_opened", closed_at=None)
    assert owed.due_on == date(2027, 1, 5)
    client.force_login(city.person("zhou"))
    page = client.post("/calendar?year=2027", {**GIVEN, "do": "preview"}).content.decode()
    assert "2027-01-05" in page
    assert "2027-01-07" in page
    owed.refresh_from_db()
    assert (owed.due_on, CalendarYear.objects.filter(year=2027).exists()) == (date(2027, 1, 5), False)
    assert calendar_for(city.city.pk).is_provisional(2027)
    assert client.post("/calendar?year=2027", {**GIVEN, "do": "import"}).status_code == 302
    owed.refresh_from_db()
    assert (owed.due_on, owed.first_due_on) == (date(2027, 1, 7), date(2027, 1, 5))


def test_wrong_rows_are_named_and_what_was_typed_stays(city: Cast, client: Client) -> None:
    client.force_login(city.person("zhou"))
    answer = client.post("/calendar?year=2027", {**GIVEN, "text": "2027-02-30,放假,春节\n2026-01-01,放假,元旦"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "第 1 行" in page
    assert "第 2 行" in page
    assert "2027-02-30,放假,春节" in page


@pytest.mark.parametrize("username", ["chen", "luo", "wu", "sun", "qian"])
def test_nobody_but_the_bureau_imports(city: Cast, client: Client, username: str) -> None:
    client.force_login(city.person(username))
    assert "导入 2027 年放假安排" not in client.get("/calendar?year=2027").content.decode()
    assert client.post("/calendar?year=2027", {**GIVEN, "do": "import"}).status_code == 422
    assert not CalendarYear.objects.filter(year=2027).exists()


@pytest.mark.parametrize(("year", "said"), [(2026, "国务院办公厅关于2026年"), (2027, "2027年放假安排未公布，日期暂定")])
def test_a_year_says_what_it_stands_on(city: Cast, client: Client, year: int, said: str) -> None:
    client.force_login(city.person("chen"))
    assert said in client.get(f"/calendar?year={year}").content.decode()
