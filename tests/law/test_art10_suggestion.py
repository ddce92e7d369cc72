"""Article 10, second and third paragraph: the steps of a suggestion, and whose days count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art10_objection import (
    Objection,
    Running,
    objection_allowed,
    paid_by_fund,
    suggestion_term_over,
)
from yunheng.law.ch2_use.art10_suggestion import (
    Filed,
    Held,
    adjustment_filed,
    ledger_shows_adjustment,
    paid_by_unit,
    suggestion_current,
)
from yunheng.law.ch2_use.art10_term import FAILED, UNFILED, WITH_UNIT, elsewhere
from yunheng.law.ch2_use.art11_term import due_after
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import Calendar, WorkingDays
from yunheng.law.registry import machines

DAY, ONE = date(2026, 5, 20), timedelta(days=1)  # a Wednesday
P = Parameters(DAY)
HELD = Held("S-1", "A", "2", "A", "2", None, less=False)
FILED = Filed("TC-1", "exit", "退出使用", "submitted", "已提出", same_service=True, less=True, filed_on=DAY, due=DAY)


@pytest.mark.parametrize(
    ("held", "changed"),
    [
        (HELD, False),
        (replace(HELD, sku_now="B", less=True), True),
        (replace(HELD, quantity_now="1", less=True), True),
        (replace(HELD, quantity_now="3"), True),
        (replace(HELD, ended=DAY, less=True), True),
    ],
)
def test_what_has_changed_is_not_suggested_and_only_less_is_adjusted(held: Held, changed: bool) -> None:
    assert suggestion_current(held, P).holds is not changed
    assert ledger_shows_adjustment(held, P).holds is held.less


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (FILED, ""),
        (replace(FILED, filed_on=DAY - ONE), ""),
        (replace(FILED, filed_on=DAY + ONE), "时限已于2026-05-20届满"),
        (replace(FILED, state="draft", state_zh="草稿", filed_on=None), "还是草稿"),
        (replace(FILED, state="withdrawn", state_zh="已撤回"), "没有在办"),
        (replace(FILED, kind="application", kind_zh="服务申请"), "不是调整的办法"),
        (replace(FILED, same_service=False), "没有涉及"),
        (replace(FILED, less=False), "没有减少"),
    ],
)
def test_the_term_is_kept_by_a_change_or_exit_of_these_resources_filed_within_it(facts: Filed, why: str) -> None:
    verdict = adjustment_filed(facts, P)
    assert verdict.holds is not bool(why)
    assert why in verdict.sentence


@pytest.mark.parametrize(
    ("days", "refused", "expert", "allowed"),
    [(6, 0, False, True), (7, 0, False, True), (8, 0, False, False), (1, 1, False, False), (1, 1, True, True)],
)
def test_an_objection_comes_within_five_working_days_and_again_only_with_a_new_opinion(
    days: int, refused: int, expert: bool, allowed: bool
) -> None:
    facts = Objection(DAY, DAY + days * ONE, refused, expert, Calendar())
    assert objection_allowed(facts, P).holds is allowed


@pytest.mark.parametrize(
    ("days", "away", "over"), [(-1, False, False), (0, False, False), (1, False, True), (1, True, False)]
)
def test_the_term_is_over_on_the_first_day_after_it_while_the_unit_has_the_matter(
    days: int, away: bool, over: bool
) -> None:
    assert suggestion_term_over(Running(DAY, DAY + days * ONE, away), P).holds is over


@pytest.mark.parametrize(("lane", "noted"), [("own", True), ("covered", False)])
def test_only_what_the_unit_pays_for_anyhow_is_merely_noted(lane: str, noted: bool) -> None:
    assert paid_by_unit(lane, P).holds is noted
    assert paid_by_fund(lane, P).holds is not noted


def test_the_states_in_which_a_unit_has_its_case_are_states_of_those_procedures() -> None:
    for kind, states in (*WITH_UNIT.items(), *UNFILED.items(), *FAILED.items()):
        assert set(states) <= {state.name for state in machines()[kind].states}
        assert set(states) <= set(WITH_UNIT[kind])


def test_days_in_other_hands_do_not_count() -> None:
    moves = [(DAY + ONE, "submitted"), (DAY + 9 * ONE, "returned")]
    spans = elsewhere(moves, "change", DAY + 20 * ONE)
    assert spans == (Period(DAY + ONE, DAY + 9 * ONE),)
    assert due_after(DAY, WorkingDays(5), (), Calendar()) == date(2026, 5, 27)
    assert due_after(DAY, WorkingDays(5), spans, Calendar()) == date(2026, 6, 4)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["draft", "submitted", "returned", "approved"])), max_size=8)
)
def test_every_day_is_either_the_units_or_anothers(moves: list[tuple[int, str]]) -> None:
    ordered = sorted((DAY + n * ONE, state) for n, state in moves)
    end = DAY + 40 * ONE
    spans = elsewhere(ordered, "change", end)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    for n in range(41):
        day = DAY + n * ONE
        state = next((state for on, state in reversed(ordered) if on <= day), "draft")
        at_last = [s for on, s in ordered if on == day]
        if day < end and len(at_last) < 2:
            assert any(day in span for span in spans) is (state not in WITH_UNIT["change"])
