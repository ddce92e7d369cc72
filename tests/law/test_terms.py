"""Working days against the State Council's arrangements of 2024 to 2026, calendar days, and what a missing year does."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.accounts import day
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import Calendar, CalendarDays, WorkingDays, due_on, touches_provisional


def arrangement() -> Calendar:
    """The official days of 2024 to 2026, and 2027 as it stands before its notice."""
    off, work = {}, {}
    today = date(2024, 1, 1)
    while today < date(2027, 1, 1):
        working = chinese_calendar.is_workday(today)
        if working and today.weekday() >= 5:
            work[today] = "调休"
        if not working and today.weekday() < 5:
            off[today] = "节假日"
        today += timedelta(days=1)
    off |= {day(d): "法定节假日" for d in ("2027-01-01", "2027-02-05", "2027-02-08", "2027-04-05", "2027-10-01")}
    return Calendar(off, work, frozenset({2024, 2025, 2026}))


CALENDAR = arrangement()
FIVE_DAYS = WorkingDays(5)
TERMS_OF_FIVE = ["open_service_term", "change_term", "suggestion_term", "objection_term", "exit_term"]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-02-12", "2026-02-26", id="跨春节，其中2月14日调休上班"),
        pytest.param("2026-02-13", "2026-02-27", id="收到次日是调休上班的周六"),
        pytest.param("2026-04-29", "2026-05-09", id="届满于调休上班的周六"),
        pytest.param("2026-09-18", "2026-09-24", id="周日9月20日上班"),
        pytest.param("2026-09-29", "2026-10-12", id="跨国庆，周六10月10日上班"),
        pytest.param("2026-09-30", "2026-10-13", id="节前最后一日收到"),
        pytest.param("2026-11-23", "2026-11-30", id="平常一周"),
        pytest.param("2026-11-21", "2026-11-27", id="周六收到，周一是第一日"),
    ],
)
@pytest.mark.parametrize("name", TERMS_OF_FIVE)
def test_five_working_days(name: str, received: str, due: str) -> None:
    term = Parameters(date(2026, 11, 24))[name]
    last = due_on(day(received), term, CALENDAR)
    assert str(last) == due
    assert CALENDAR.working_days_between(day(received), last) == 5
    assert CALENDAR.working_days_between(day(received), last - timedelta(days=1)) == 4


def test_the_ninth_of_may_2026_is_a_saturday_on_which_people_work() -> None:
    assert day("2026-05-09").weekday() == 5
    assert CALENDAR.is_working_day(day("2026-05-09"))
    assert CALENDAR.is_makeup_workday(day("2026-05-09"))
    assert not CALENDAR.is_makeup_workday(day("2026-05-11"))


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_working_days_of_a_year(year: int, days: int) -> None:
    assert CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == days


def test_calendar_days_are_limits_and_do_not_roll_but_a_term_for_handing_in_does() -> None:
    received, term = day("2026-09-03"), CalendarDays(30)
    assert due_on(received, term, CALENDAR) == day("2026-10-03")
    assert due_on(received, term, CALENDAR, rolls=True) == day("2026-10-08")
    assert due_on(day("2026-11-24"), CalendarDays(1), CALENDAR, rolls=True) == day("2026-11-25")


@pytest.mark.parametrize(
    ("received", "provisional"), [("2026-12-24", False), ("2026-12-25", True), ("2027-01-04", True)]
)
def test_a_term_that_touches_a_year_without_notice_is_provisional(received: str, provisional: bool) -> None:
    due = due_on(day(received), FIVE_DAYS, CALENDAR)
    assert touches_provisional(day(received), due, CALENDAR) is provisional


def test_a_term_has_a_day_although_the_year_has_no_notice() -> None:
    assert due_on(day("2026-12-25"), FIVE_DAYS, CALENDAR) == day("2027-01-04")


@given(st.dates(date(2024, 1, 1), date(2026, 11, 1)), st.integers(1, 15))
def test_a_term_ends_on_a_working_day_and_counts_exactly_its_days(received: date, n: int) -> None:
    due = due_on(received, WorkingDays(n), CALENDAR)
    assert CALENDAR.is_working_day(due)
    assert CALENDAR.working_days_between(received, due) == n
    assert chinese_calendar.is_workday(due)


@given(st.dates(date(2024, 1, 1), date(2026, 11, 1)), st.integers(1, 10))
def test_receiving_later_never_ends_earlier(received: date, n: int) -> None:
    term = WorkingDays(n)
    assert due_on(received, term, CALENDAR) <= due_on(received + timedelta(days=1), term, CALENDAR)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 1, 31), []),
        (date(2026, 1, 31), date(2026, 2, 1), [1]),
        (date(2026, 1, 31), date(2026, 3, 2), [1, 28, 1]),
        (date(2028, 2, 1), date(2028, 3, 1), [29]),
    ],
)
def test_a_period_by_months_is_the_period(start: date, end: date, months: list[int]) -> None:
    cut = Period(start, end).by_months()
    assert [part.days for part in cut] == months
    assert [part.start for part in cut] == ([start] if cut else []) + [part.end for part in cut[:-1]]


@given(st.dates(date(2024, 1, 8), date(2026, 11, 30)), st.integers(1, 20))
def test_every_working_day_of_a_term_leaves_one_less_and_then_it_is_late(received: date, term: int) -> None:
    last = due_on(received, WorkingDays(term), CALENDAR)
    days = [received + timedelta(days=n) for n in range((last - received).days + 1)]
    left = [CALENDAR.working_days_left(received, last, today) for today in days]
    assert (left[0], left[-1]) == (term, 1)
    worked = [CALENDAR.is_working_day(today) for today in days[:-1]]
    assert [a - b for a, b in pairwise(left[1:])] == [int(on) for on in worked[1:]]
    late = next(CALENDAR.working_days_after(last))
    assert CALENDAR.working_days_left(received, last, late) == -1
    assert CALENDAR.working_days_left(received, last, last + timedelta(days=1)) in (0, -1)
