"""Article 11: the provider's one term with the days that are not its own, the days too late, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art11_exit import (
    Release,
    Request,
    backup_wanted,
    digest_of,
    exit_request_complete,
    gone_from_inventory,
    nothing_to_back_up,
    release_day_valid,
)
from yunheng.law.ch2_use.art11_term import due_after, late_spans, stops
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import Calendar, WorkingDays, due_on

P = Parameters(date(2026, 11, 24))
FIVE = WorkingDays(5)
NATIONAL = Calendar(
    off={date(2026, 10, n): "国庆节" for n in (1, 2, 5, 6, 7)},
    work={date(2026, 9, 20): "国庆节", date(2026, 10, 10): "国庆节"},
)
SEP_30 = date(2026, 9, 30)


def october(n: int) -> date:
    return date(2026, 10, n)


def test_without_a_wait_the_term_is_five_working_days_from_receipt() -> None:
    assert due_after(SEP_30, FIVE, (), NATIONAL) == due_on(SEP_30, FIVE, NATIONAL) == october(13)


@pytest.mark.parametrize(
    ("waits", "due"),
    [
        ([Period(october(9), october(9))], 13),  # held and resumed on one day
        ([Period(october(9), october(10))], 14),  # one working day
        ([Period(october(1), october(8))], 13),  # the holidays are nobody's
        ([Period(october(12), october(14))], 15),
        ([Period(october(13), october(19))], 19),  # stopped on the last day: the day of going on is the last one
        ([Period(october(14), october(19))], 13),  # stopped when it was late already
        ([Period(october(8), october(9)), Period(october(9), october(10))], 15),
    ],
)
def test_days_of_waiting_do_not_count(waits: list[Period], due: int) -> None:
    assert due_after(SEP_30, FIVE, waits, NATIONAL) == october(due)


def test_the_wait_for_the_bureau_and_for_the_unit_are_one_when_they_overlap() -> None:
    moves = [
        (october(8), "submitted"), (october(9), "backed_up"), (october(10), "held"), (october(12), "backed_up"),
        (october(13), "acknowledged"), (october(13), "held"),
    ]  # fmt: skip
    assert stops(moves, october(15)) == (Period(october(9), october(13)), Period(october(13), october(15)))
    assert stops(moves[:1], october(15)) == ()


@pytest.mark.parametrize(("released", "days"), [(12, 0), (13, 0), (14, 1), (15, 2), (20, 7)])
def test_the_first_disputable_day_is_the_last_of_the_term(released: int, days: int) -> None:
    found = late_spans(october(13), october(released), ())
    assert sum(span.days for span in found) == days
    assert all(span.start == october(13) for span in found)


def test_waiting_after_the_term_is_nobodys_delay() -> None:
    waited = [Period(october(15), october(19))]
    assert late_spans(october(14), october(20), waited) == (
        Period(october(14), october(15)), Period(october(19), october(20)),
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=4),
    st.integers(0, 40),
)
def test_late_are_exactly_the_days_from_the_last_one_on_which_the_provider_did_not_wait(
    raw: list[tuple[int, int]], until: int
) -> None:
    start = date(2026, 3, 2)
    waited = [Period(start + timedelta(days=a), start + timedelta(days=a + n)) for a, n in raw]
    due = due_after(start, FIVE, waited, Calendar())
    end = start + timedelta(days=until)
    late = {span.start + timedelta(days=n) for span in late_spans(due, end, waited) for n in range(span.days)}
    expected = {
        day
        for day in (start + timedelta(days=n) for n in range(until))
        if day >= due and not any(day in span for span in waited)
    }
    assert late == expected
    own = [d for d in (start + timedelta(days=n) for n in range(1, (due - start).days + 1)) if d.weekday() < 5]
    assert sum(not any(d in span for span in waited) for d in own) == 5


GOOD = Request((("S-1", None),), True, "教育局存储", "不再使用")


def test_every_gap_of_a_request_is_named_at_once() -> None:
    assert exit_request_complete(GOOD, P).holds
    assert exit_request_complete(replace(GOOD, wants_backup=False, backup_to=""), P).holds
    bad = Request((("S-1 云主机", date(2026, 3, 1)), ("S-2", None)), True, " ", "", providers=2)
    sentence = exit_request_complete(bad, P).sentence
    for words in ("S-1 云主机已于2026-03-01终止", "分属几家", "移交到哪里", "退出事由"):
        assert words in sentence
    assert "选择要退出的服务" in exit_request_complete(Request((), None, "", "甲"), P).sentence
    assert "是否需要备份" in exit_request_complete(Request((), None, "", "甲"), P).sentence


@pytest.mark.parametrize(("day", "holds"), [(7, False), (8, True), (9, True), (10, True), (11, False)])
def test_a_release_lies_between_receipt_and_today(day: int, holds: bool) -> None:
    facts = Release(october(day), october(8), october(10))
    assert release_day_valid(facts, P).holds is holds


def test_a_release_never_lies_before_the_acknowledged_backup_or_the_opening() -> None:
    facts = Release(october(9), october(8), october(12), acknowledged_on=october(10))
    assert release_day_valid(facts, P).sentence == "终止日2026-10-09早于用户单位确认备份之日2026-10-10"
    late = Release(october(9), october(8), october(12), opened=(("S-1", october(10)),))
    assert "S-1自2026-10-10开通" in release_day_valid(late, P).sentence


@pytest.mark.parametrize("text", ["", "ab12", "g" * 64, "0" * 63, "0" * 65, "０" * 64])
def test_what_has_not_the_form_of_a_digest_is_none(text: str) -> None:
    assert digest_of(text) == ""
    assert digest_of(" ABCDEF01" * 8) == "abcdef01" * 8


def test_the_backup_is_as_the_unit_said_and_the_inventory_has_the_last_word() -> None:
    assert (backup_wanted(True, P).holds, backup_wanted(False, P).holds) == (True, False)
    assert (nothing_to_back_up(True, P).holds, nothing_to_back_up(False, P).holds) == (False, True)
    assert gone_from_inventory([("S-1", None), ("S-2", False)], P).holds
    still = gone_from_inventory([("S-1", True), ("S-2", False)], P)
    assert still.sentence == "云服务商的资源清单中仍有S-1，退回云服务商处置"
