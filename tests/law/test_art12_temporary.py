"""Article 12: what is asked for, the consent by paper or by word, the period and what lies past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art12_consent import (
    Paper,
    Shown,
    Supplied,
    Word,
    city_consent,
    consent_missing,
    consent_paper,
    paper_due_on,
)
from yunheng.law.ch2_use.art12_machine import TEMPORARY
from yunheng.law.ch2_use.art12_period import (
    Hours,
    Longer,
    Named,
    Release,
    ends_on,
    extension_allowed,
    notice_hours,
    opening_in_period,
    released_by,
    temporary_release_day,
)
from yunheng.law.ch2_use.art12_temporary import Conversion, Request, temporary_convertible, temporary_request_complete
from yunheng.law.ch3_funding.art13_coverage import Standing, coverage, decide
from yunheng.law.kernel.machine import By
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import Calendar

P = Parameters(date(2026, 11, 24))
ONE = timedelta(days=1)
NATIONAL = Calendar(
    off={date(2026, 10, n): "国庆节" for n in (1, 2, 5, 6, 7)},
    work={date(2026, 9, 20): "国庆节", date(2026, 10, 10): "国庆节"},
)
TODAY = date(2026, 9, 28)
WRITTEN = Paper("府办函〔2026〕12号", TODAY, attached=True)
SAID = Word("李副市长", TODAY, "8:40", "值班电话 0851-00000000")
REQUEST = Request("city", "防汛指挥", TODAY, date(2026, 10, 12), 2, WRITTEN, TODAY)


def test_a_request_names_the_work_the_period_the_list_and_the_consent_and_lacks_all_at_once() -> None:
    assert temporary_request_complete(REQUEST, P).holds
    assert temporary_request_complete(replace(REQUEST, consent=SAID, until=TODAY), P).holds
    empty = temporary_request_complete(Request("", " ", None, None, 0, None, TODAY), P)
    assert empty.state == "fail"
    assert empty.sentence.count("；") == 5
    bare = temporary_request_complete(replace(REQUEST, consent=Paper("", None, attached=False)), P)
    assert bare.sentence.count("；") == 2
    unsaid = temporary_request_complete(replace(REQUEST, consent=Word("", None, "下午", "")), P)
    assert unsaid.sentence.count("；") == 3


@pytest.mark.parametrize(
    ("until", "holds"),
    [(TODAY - ONE, False), (TODAY, True), (TODAY + ONE, True)],
)
def test_the_period_is_not_over_before_it_is_asked_for(until: date, holds: bool) -> None:
    asked = replace(REQUEST, from_on=TODAY - 3 * ONE, until=until)
    assert temporary_request_complete(asked, P).holds is holds
    assert not temporary_request_complete(replace(REQUEST, until=REQUEST.from_on - ONE), P).holds  # type: ignore[operator]


@pytest.mark.parametrize(
    ("consent", "holds"),
    [
        (WRITTEN, True),
        (replace(WRITTEN, attached=False), False),
        (replace(WRITTEN, number=" "), False),
        (replace(WRITTEN, on=TODAY + ONE), False),
        (SAID, True),
        (replace(SAID, time="24:00"), False),
        (replace(SAID, time="23:59"), True),
        (replace(SAID, on=TODAY + ONE), False),
        (replace(SAID, line=""), False),
        (replace(SAID, by=""), False),
    ],
)
def test_the_bureau_finds_the_consent_or_records_it(consent: Paper | Word, holds: bool) -> None:
    found = city_consent(Shown(consent, TODAY), P)
    assert found.holds is holds
    assert ("释义R-019" in found.foot) is (holds and isinstance(consent, Word))


def test_the_paper_of_an_oral_consent_follows_in_three_working_days_over_the_national_day() -> None:
    due = paper_due_on(date(2026, 9, 30), P, NATIONAL)
    assert due == date(2026, 10, 10)  # 8, 9 and the working Saturday
    paper = replace(WRITTEN, on=date(2026, 9, 30))
    found = [consent_paper(Supplied(paper, due, due + n * ONE), P) for n in (-1, 0, 1)]
    assert [one.sentence for one in found] == ["书面同意在期限内补交"] * 2 + ["书面同意逾期补交"]
    nothing = Paper("", None, attached=False)
    assert not consent_paper(Supplied(nothing, due, due), P).holds
    assert [consent_missing(Supplied(nothing, due, due + n * ONE), P).holds for n in (-1, 0, 1)] == [False, False, True]
    assert not consent_missing(Supplied(paper, due, due + ONE), P).holds


def test_the_consent_covers_whatever_the_register_says() -> None:
    bought = Standing(True, "municipal", "implementation", "other", "purchased", None, None, None, P["change_justification_amount"], "府办函〔2026〕12号")  # fmt: skip
    assert (decide(bought, P).row, decide(bought, P).covered) == (1, True)
    assert coverage(bought, P).rows[0].outcome == "满足"


@pytest.mark.parametrize(
    ("hours", "ends", "holds"),
    [
        (None, None, True),
        (0, TODAY, False),
        (1, TODAY, True),
        (24, date(2026, 10, 9), True),
        (300, date(2026, 10, 10), True),
        (301, date(2026, 10, 11), False),
    ],
)
def test_the_hours_of_the_notice_stay_within_the_term(hours: int | None, ends: date | None, holds: bool) -> None:
    assert notice_hours(Hours(hours, ends, date(2026, 10, 10)), P).holds is holds


def test_an_opening_day_lies_in_the_period() -> None:
    first, last = date(2026, 9, 28), date(2026, 10, 12)
    days = [first - ONE, first, last, last + ONE]
    assert [opening_in_period([Named("第 1 行", day, first, last)], P).holds for day in days] == [
        False,
        True,
        True,
        False,
    ]


def test_the_fund_pays_the_last_day_and_not_the_next_and_release_is_due_a_working_day_later() -> None:
    assert ends_on(date(2026, 9, 30)) == date(2026, 10, 1)
    assert released_by(date(2026, 10, 1), P, NATIONAL) == date(2026, 10, 8)
    assert released_by(date(2026, 10, 8), P, NATIONAL) == date(2026, 10, 9)
    assert released_by(date(2026, 10, 9), P, NATIONAL) == date(2026, 10, 10)  # a working Saturday


def test_an_extension_needs_a_new_consent_before_the_end_and_a_later_day_within_the_contract() -> None:
    until = date(2026, 10, 12)
    longer = Longer(until, until + ONE, WRITTEN, until, date(2026, 12, 31))
    assert [extension_allowed(replace(longer, today=until + n * ONE), P).holds for n in (-1, 0, 1)] == [
        True,
        True,
        False,
    ]
    assert [extension_allowed(replace(longer, wanted=until + n * ONE), P).holds for n in (-1, 0, 1)] == [
        False,
        False,
        True,
    ]
    ends = [extension_allowed(replace(longer, wanted=date(2026, 12, 31) + n * ONE), P).holds for n in (-1, 0, 1)]
    assert ends == [True, True, False]
    assert not extension_allowed(replace(longer, consent=replace(WRITTEN, attached=False)), P).holds
    assert (
        extension_allowed(Longer(until, None, Paper("", None, attached=False), until + ONE, until), P).sentence.count(
            "；"
        )
        == 4
    )


def test_a_conversion_is_asked_for_before_the_end_and_once() -> None:
    until = date(2026, 10, 12)
    assert [temporary_convertible(Conversion(until, until + n * ONE), P).holds for n in (-1, 0, 1)] == [
        True,
        True,
        False,
    ]
    assert not temporary_convertible(Conversion(until, until, "SQ-2026-0007"), P).holds


def test_the_release_is_on_a_day_between_the_end_and_today() -> None:
    ended, today = date(2026, 10, 13), date(2026, 10, 15)
    days = [ended - ONE, ended, today, today + ONE]
    found = [temporary_release_day(Release(day, ended, today), P).holds for day in days]
    assert found == [False, True, True, False]
    assert not temporary_release_day(Release(ended, ended, today, (("S-1", today),)), P).holds


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 60))
def test_whatever_the_days_the_release_is_due_on_a_working_day_after_the_end(on: date, n: int) -> None:
    ended = ends_on(on + n * ONE)
    last = released_by(ended, P, NATIONAL)
    assert last > ended
    assert NATIONAL.is_working_day(last)
    assert NATIONAL.working_days_between(ended, last) == 1


@pytest.mark.parametrize(
    ("step", "source", "target", "by"),
    [
        ("submit", "draft", "submitted", "user_unit head"),
        ("return", "submitted", "returned", "bureau approver"),
        ("reject", "submitted", "rejected", "bureau approver"),
        ("verify", "submitted", "notified", "bureau approver"),
        ("report_opened", "notified", "opened", "provider delivery"),
        ("confirm_opening", "opened", "in_service", "user_unit head"),
        ("confirm_opening", "opened", "in_service", "provider delivery"),
        ("extend", "in_service", "", "bureau approver"),
        ("convert", "in_service", "", "user_unit head"),
        ("end", "in_service", "ended", "user_unit head"),
        ("end", "in_service", "ended", "clock"),
        ("release", "ended", "released", "provider delivery"),
        ("cancel", "notified", "cancelled", "bureau approver"),
    ],
)
def test_the_procedure_has_the_step(step: str, source: str, target: str, by: str) -> None:
    found = TEMPORARY.find(source, step)
    assert found is not None
    assert (found.target, by in [str(one) for one in found.by]) == (target, True)


def test_the_end_is_reminded_of_seven_three_and_one_day_before_it_and_told_to_both() -> None:
    end = TEMPORARY.find("in_service", "end")
    assert end is not None
    assert [(P[watch.parameter].n, watch.before, watch.tells) for watch in end.watch] == [
        (n, True, ("user_unit", "provider")) for n in (7, 3, 1)
    ]
    assert not end.term, "the period is the consent's, no term of the law"


def test_the_clock_marks_and_ends_and_takes_no_decision() -> None:
    clock = {step.name for step in TEMPORARY.steps if By("clock") in step.by}
    assert clock == {"lapse", "expire", "mark_overdue", "end", "finish"}
    decided = TEMPORARY.find("in_service", "end_coverage")
    assert decided is not None
    assert [str(by) for by in decided.by] == ["bureau approver"]
