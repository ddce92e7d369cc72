"""Article 26: every row is somebody's before it is confirmed, only what is confirmed or named enters the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch6_supplementary.art26_history import from_day, history_of
from yunheng.law.ch6_supplementary.art26_registration import (
    Decided,
    Lines,
    Supplied,
    lines_assigned,
    papers_supplied,
    stock_decided,
)
from yunheng.law.kernel.parameters import Parameters

P = Parameters(date(2026, 3, 2))
D, DAY = Decimal, date(2026, 3, 2)
JUNE, FEB = date(2025, 6, 1), date(2026, 2, 1)


@pytest.mark.parametrize(("assigned", "holds"), [(6, False), (7, True)])
def test_a_list_is_confirmed_when_no_row_is_left(assigned: int, holds: bool) -> None:
    found = lines_assigned(Lines(total=10, assigned=assigned, disputed=3), P)
    assert found.holds is holds
    assert holds or found.sentence == "还有1行没有归入系统，也没有提出异议"


@pytest.mark.parametrize(("entered", "holds"), [(6, False), (7, True), (8, True), (10, True), (11, False)])
def test_all_that_was_confirmed_enters_and_of_the_disputed_at_most_all(entered: int, holds: bool) -> None:
    assert stock_decided(Decided(confirmed=7, disputed=3, entered=entered), P).holds is holds


def test_what_does_not_enter_is_counted() -> None:
    assert stock_decided(Decided(confirmed=7, disputed=3, entered=8), P).sentence == "入账8行，不入账2行"


def test_every_missing_paper_is_named_at_once() -> None:
    found = papers_supplied(Supplied(("合同", "项目实施方案", "需求测算依据"), frozenset({"项目实施方案"})), P)
    assert (found.holds, found.sentence) == (False, "还缺“合同”、“需求测算依据”")
    assert papers_supplied(Supplied(("合同",), frozenset({"合同", "其他材料"})), P).holds


# ---- how a quantity went ------------------------------------------------------------------------------------------


def read(text: str) -> tuple[tuple[date, Decimal], ...]:
    return history_of(text, since=JUNE, now=D(8), day=DAY)


def test_a_quantity_is_written_down_step_by_step() -> None:
    assert read("2025-06-01 4；2026-02-01 8") == read(" 2025-06-01  4; 2026-02-01 8 ;") == ((JUNE, D(4)), (FEB, D(8)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4 2025-06-01", "须为“2026-01-31 4”这样"),
        ("2025-06-31 4；2026-02-01 8", "“2025-06-31 4”须为"),
        ("；", "须按日期先后"),
        ("2025-06-01 4；2025-06-01 8", "一日一次"),
        ("2026-02-01 4；2025-06-01 8", "须按日期先后"),
        ("2025-06-02 4；2026-02-01 8", "第一次 2025-06-02 须与“自”2025-06-01 相同"),
        ("2025-06-01 4；2026-03-03 8", "2026-03-03 晚于存量日期 2026-03-02"),
        ("2025-06-01 4；2026-02-01 9", "最后一次 9 须与数量 8 相同"),
    ],
)
def test_what_does_not_fit_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(text)


@pytest.mark.parametrize(
    ("start", "steps"),
    [
        (date(2026, 1, 31), ((date(2026, 1, 31), D(4)), (FEB, D(8)))),
        (FEB, ((FEB, D(8)),)),
        (date(2026, 2, 2), ((date(2026, 2, 2), D(8)),)),
    ],
)
def test_under_a_later_contract_it_begins_as_it_was_on_that_day(start: date, steps: tuple[object, ...]) -> None:
    assert from_day(read("2025-06-01 4；2026-02-01 8"), start) == steps


@given(st.sets(st.integers(0, 60), min_size=1, max_size=4), st.integers(0, 61))
def test_cutting_off_the_past_changes_no_later_day(days: set[int], cut: int) -> None:
    steps = [(date.fromordinal(738000 + n), D(n + 1)) for n in sorted(days)]
    start = max(steps[0][0], date.fromordinal(738000 + cut))
    kept = from_day(steps, start)

    def at(rows: object, day: date) -> Decimal:
        return [q for on, q in rows if on <= day][-1]  # type: ignore[attr-defined]

    assert kept[0][0] == start
    for n in range(start.toordinal(), 738000 + 62):
        assert at(kept, date.fromordinal(n)) == at(steps, date.fromordinal(n))
