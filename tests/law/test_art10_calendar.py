"""Article 10, second paragraph: a declared busy period; from when it protects, until when, and what it must leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.law.test_art10_optimization import BUSY_HOURS, HEARD, LADDER, MONTH, QUARTER, D, of, said, watched
from yunheng.law.ch2_use.art10_calendar import (
    Declared,
    Standing,
    Year,
    calendar_complete,
    calendar_leaves_days,
    calendar_protects,
    last_day,
    next_year,
    provisional_until,
    quiet_spans,
)
from yunheng.law.ch2_use.art10_season import Busy, Peak, Season, last_times, outside_season, quiet_in_season
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import Calendar

ONE = timedelta(days=1)
TODAY = date(2026, 9, 21)  # a Monday
P = Parameters(TODAY)
OFF = {date(2026, 10, day): "国庆节" for day in range(1, 9) if date(2026, 10, day).weekday() < 5}
HOLIDAYS = Calendar(off=OFF, work={date(2026, 9, 27): "国庆节"}, official=frozenset({2026}))
WHOLE = Declared("年报", date(2027, 3, 1), date(2027, 3, 31), "yearly", "企业年度报告集中报送", TODAY)


def standing(state: str, on: date, *unconfirmed: date, declared_on: date = date(2026, 9, 18)) -> Standing:
    return Standing(state, on, declared_on, unconfirmed, HOLIDAYS)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ""),
        ({"name": " "}, "写明高峰期名称"),
        ({"ground": " ", "recurs": "weekly"}, "选择周期；写明业务依据"),
        ({"first": None}, "写明首日和末日"),
        ({"last": date(2027, 2, 28)}, "末日不能早于首日"),
        ({"last": date(2027, 3, 1)}, ""),
        ({"last": date(2028, 2, 29)}, ""),
        ({"last": date(2028, 3, 1)}, "高峰期不能长于一个周期"),
        ({"recurs": "once", "first": TODAY, "last": TODAY}, ""),
        ({"recurs": "once", "first": TODAY - ONE, "last": TODAY - ONE}, "仅一次的高峰期已于2026-09-20结束"),
    ],
)
def test_a_declaration_says_when_how_often_and_for_which_business(more: dict[str, object], said: str) -> None:
    verdict = calendar_complete(replace(WHOLE, **more), P)  # type: ignore[arg-type]
    assert verdict.holds is (said == "")
    assert verdict.sentence == (said or "高峰期“年报”的日期、周期和业务依据已写明")


@pytest.mark.parametrize("state", ["declared", "checked"])
def test_while_it_is_looked_at_it_protects_from_the_day_of_declaration(state: str) -> None:
    assert calendar_protects(standing(state, date(2026, 9, 18)), P).holds


def test_the_days_of_provisional_protection_are_working_days_and_end() -> None:
    until = provisional_until(date(2026, 9, 18), (), P, HOLIDAYS)
    days = [date(2026, 9, 18) + n * ONE for n in range(1, 40)]
    assert [day for day in days if HOLIDAYS.is_working_day(day)][9] == until == date(2026, 10, 9)
    assert [calendar_protects(standing("checked", until + n * ONE), P).holds for n in (-1, 0, 1)] == [True, True, False]
    assert calendar_protects(standing("confirmed", until + 900 * ONE), P).holds


@pytest.mark.parametrize("state", ["draft", "returned", "refused", "withdrawn", "ended"])
def test_returned_refused_withdrawn_or_ended_it_protects_nothing(state: str) -> None:
    assert not calendar_protects(standing(state, date(2026, 9, 18)), P).holds


def test_declaring_again_under_whatever_name_gives_no_new_days() -> None:
    first = date(2026, 9, 18)
    until = provisional_until(first, (), P, HOLIDAYS)
    later = first + 5 * ONE
    assert provisional_until(later, (first,), P, HOLIDAYS) == until
    assert calendar_protects(standing("declared", until, first, declared_on=later), P).holds
    late = calendar_protects(standing("declared", until + ONE, first, declared_on=until + ONE), P)
    assert (late.holds, "此前的申报没有得到确认" in late.sentence) == (False, True)
    for day, shared in ((date(2027, 9, 17), True), (date(2027, 9, 18), False), (date(2027, 9, 19), False)):
        assert (provisional_until(day, (first,), P, HOLIDAYS) == until) is shared
    assert provisional_until(first, (later,), P, HOLIDAYS) == until  # what comes after changes nothing


@pytest.mark.parametrize(("days", "left"), [(244, 91), (245, 90), (246, 89)])
def test_a_calendar_leaves_days_on_which_advice_may_be_given(days: int, left: int) -> None:
    first = TODAY + 60 * ONE
    year = Year(TODAY, Busy("旺季", first, first + (days - 1) * ONE))
    verdict = calendar_leaves_days(year, P)
    assert (verdict.rows[0].value, verdict.holds) == (f"{left}天", left >= 90)


def test_what_comes_every_month_needs_no_declaration_and_several_periods_count_together() -> None:
    monthly = calendar_leaves_days(Year(TODAY, Busy("月结", date(2026, 9, 28), date(2026, 9, 30), "monthly")), P)
    assert monthly.sentence.endswith("观察窗口内已经看到，不需要申报")
    quarter = Busy("季末", date(2026, 9, 19), date(2026, 9, 27), "quarterly")
    assert calendar_leaves_days(Year(TODAY, quarter), P).holds
    middle = replace(quarter, first=date(2026, 11, 5), last=date(2026, 11, 14))
    assert not calendar_leaves_days(Year(TODAY, middle, (quarter,)), P).holds
    assert calendar_leaves_days(Year(TODAY, quarter, (quarter,)), P).holds  # the same days count once


def test_each_time_that_it_comes_is_told_with_the_days_before() -> None:
    busy = Busy("年报", date(2025, 3, 1), date(2025, 3, 31))
    spans = [(since, span.start, last_day(span)) for since, span in quiet_spans(busy, next_year(TODAY), P)]
    assert spans == [(date(2027, 1, 30), date(2027, 3, 1), date(2027, 3, 31))]


# ---- the last busy period -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peak", "cores", "holds"),
    [
        (Peak(cores=D("0.79")), 4, True), (Peak(cores=D("0.80")), 4, True), (Peak(cores=D("0.81")), 4, False),
        (Peak(network=D(99)), 0, True), (Peak(network=D(100)), 0, True), (Peak(network=D(101)), 0, False),
        (Peak(network=D(101)), 4, True),
    ],
)  # fmt: skip
def test_what_the_last_busy_period_used_is_not_given_back(peak: Peak, cores: int, holds: bool) -> None:
    assert quiet_in_season((peak, cores), P).holds is holds


def test_no_advice_goes_below_what_the_last_busy_period_used() -> None:
    used = Season(date(2026, 10, 1), (QUARTER,), HEARD, peak=Peak(cores=D(3), memory=D(5)))
    idle = said(watched(season=used))["idle"]
    assert (idle.result, idle.verdict.rule) == ("quiet", "quiet_in_season")
    assert idle.verdict.sentence == "上一次业务高峰期用到3.00核，不建议回收"
    assert said(watched(season=replace(used, peak=Peak(cores=D("0.8")))))["idle"].result == "advise"
    facts = watched(memory=of(2 * MONTH, peak="10"), **BUSY_HOURS)
    for memory, to in (("3.99", LADDER[1]), ("4", LADDER[1]), ("4.01", LADDER[2])):
        advice = said(replace(facts, season=replace(used, peak=Peak(memory=D(memory)))))["cpu"]
        assert (advice.result, advice.to) == ("advise", to)


def test_the_days_remembered_hold_the_last_time_of_every_period_before_which_advice_is_given() -> None:
    """So the highest daily maximum kept, below which no size is suggested, is at least that of the last busy period."""
    for recurs, most in (("yearly", 366), ("quarterly", 92), ("monthly", 31)):
        for days in range(1, most, 7):
            busy = Busy("忙", date(2024, 1, 1), date(2024, 1, 1) + (days - 1) * ONE, recurs)
            for on in (date(2026, 1, 1) + n * ONE for n in range(0, 366, 9)):
                if outside_season(Season(on, (busy,), ()), P).holds:
                    [span] = last_times((busy,), on, P)
                    assert on - 400 * ONE <= span.start < span.end <= on
    assert list(last_times((replace(QUARTER, recurs="once"),), TODAY, P)) == []
