"""Article 7.2 as arithmetic: thirty free days that do not roll, reminders before the end, extension in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yunheng.law.ch2_use.art07_trial import (
    Extension,
    kept_until,
    reminders_due,
    trial_day,
    trial_extension_allowed,
    trial_stops_on,
)
from yunheng.law.kernel.parameters import Parameters

OPENED, P = date(2026, 9, 10), Parameters(date(2026, 9, 10))  # the thirtieth day lies in the October holidays


def test_day_30_is_the_last_free_one_and_a_holiday_does_not_move_it() -> None:
    stops = trial_stops_on(OPENED, P)
    assert stops == date(2026, 10, 10)
    assert [trial_day(OPENED, stops + timedelta(days=n)) for n in (-2, -1, 0)] == [29, 30, 31]
    assert (trial_day(OPENED, OPENED), trial_day(OPENED, OPENED - timedelta(days=1))) == (1, 0)
    assert kept_until(stops, P) == date(2026, 10, 16)  # the seventh day, the day of the stop being the first


@pytest.mark.parametrize(
    ("left", "days"), [(8, []), (7, [7]), (4, [7]), (3, [7, 3]), (1, [7, 3, 1]), (0, []), (-1, [])]
)
def test_each_reminder_has_its_day_and_none_comes_after_the_end(left: int, days: list[int]) -> None:
    stops = trial_stops_on(OPENED, P)
    assert [term.n for term in reminders_due(stops, stops - timedelta(days=left), P)] == days


@pytest.mark.parametrize(
    ("today", "until", "holds"),
    [
        pytest.param(-1, 0, True, id="最后一日签署，延长一天"),
        pytest.param(0, 20, False, id="已经停止"),
        pytest.param(-1, -1, False, id="没有更晚"),
        pytest.param(-5, None, False, id="没有写明"),
    ],
)
def test_an_extension_is_agreed_while_the_trial_runs(today: int, until: int | None, holds: bool) -> None:
    stops = trial_stops_on(OPENED, P)
    last = None if until is None else stops + timedelta(days=until)
    facts = (Extension("S-1", stops, last, stops + timedelta(days=today)),)
    assert trial_extension_allowed(facts, P).holds is holds


def test_what_is_no_extension_is_not_asked() -> None:
    assert trial_extension_allowed((), P).holds
