"""R-002, R-010: the State Council's arrangement decides, and a year without one is provisional."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from tests.cast import Cast, approved, moment
from yunheng.foundation.calendars.operations import import_year, seed
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.errors import BadInput
from yunheng.law.kernel.terms import WorkingDays, due_on

SOURCE = "国务院办公厅关于2027年部分节假日安排的通知"
START = moment("2026-01-01 00:00")


@pytest.fixture
def city(cast: Cast) -> Cast:
    seed(jurisdiction_id=cast.city.pk, at=START)
    return cast


def test_every_day_of_the_official_years_is_as_published(city: Cast) -> None:
    calendar = calendar_for(city.city.pk)
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]
    wrong = [day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert wrong == []
    assert days[-1] == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-02-12", "2026-02-26", id="春节前，2月14日调休上班"),
        pytest.param("2026-02-13", "2026-02-27", id="春节前一天"),
        pytest.param("2026-04-29", "2026-05-09", id="截止日是调休上班的周六"),
        pytest.param("2026-09-18", "2026-09-24", id="经过周日调休"),
        pytest.param("2026-09-29", "2026-10-12", id="国庆前，10月10日调休上班"),
        pytest.param("2026-09-30", "2026-10-13", id="国庆前夜"),
        pytest.param("2026-11-23", "2026-11-30", id="平常的一周"),
    ],
)
def test_five_working_days(city: Cast, received: str, due: str) -> None:
    calendar = calendar_for(city.city.pk)
    assert due_on(date.fromisoformat(received), WorkingDays(5), calendar) == date.fromisoformat(due)


def test_a_term_into_a_year_without_notice_is_provisional_and_keeps_both_values(city: Cast) -> None:
    case = approved(city, at="2026-12-28 10:00")
    owed = case.obligations.get(step="report_opened", closed_at=None)
    assert (owed.due_on, owed.provisional) == (date(2027, 1, 5), True)
    rows = "日期,类别,名称\n2027-01-01,放假,元旦\n2027-01-02,放假,元旦\n2027-01-04,放假,元旦\n2027-01-03,上班,元旦\n"
    import_year(jurisdiction_id=city.city.pk, year=2027, text=rows, source=SOURCE, actor=city.actor("zhou"), at=START)
    owed.refresh_from_db()
    assert (owed.due_on, owed.first_due_on, owed.provisional) == (date(2027, 1, 5), None, False)
    rows = rows.replace("2027-01-03,上班,元旦\n", "2027-01-05,放假,元旦\n")
    import_year(jurisdiction_id=city.city.pk, year=2027, text=rows, source=SOURCE, actor=city.actor("zhou"), at=START)
    owed.refresh_from_db()
    assert (owed.due_on, owed.first_due_on) == (date(2027, 1, 7), date(2027, 1, 5))


def test_every_wrong_row_is_named_and_the_calendar_stays(city: Cast) -> None:
    rows = (
        "2027-01-01,放假,元旦\n2027-02-30,放假,春节\n2026-02-06,放假,春节\n2027-02-08,休息,春节\n2027-02-09,上班,春节\n"
    )
    with pytest.raises(BadInput) as caught:
        import_year(
            jurisdiction_id=city.city.pk, year=2027, text=rows, source=SOURCE, actor=city.actor("zhou"), at=START
        )
    assert [problem.where for problem in caught.value.problems] == ["第 2 行", "第 3 行", "第 4 行", "第 5 行"]
    assert calendar_for(city.city.pk).is_provisional(2027)
    assert date(2027, 2, 8) in calendar_for(city.city.pk).off
