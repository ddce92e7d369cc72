"""Article 13: what a request shows, from which day, with which money, how it ends; the day a project's money is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunheng.law.ch3_funding.art13_coverage import Standing, decide, row_of
from yunheng.law.ch3_funding.art13_decision import (
    NamedDay,
    Request,
    Room,
    coverage_day_valid,
    coverage_head_room,
    coverage_possible,
    coverage_request_complete,
)
from yunheng.law.ch3_funding.art13_ending import (
    End,
    cite_of_ground,
    coverage_end_valid,
    coverage_restored_forward,
    covered_now,
    rule_of,
)
from yunheng.law.ch3_funding.art13_machine import COVERAGE
from yunheng.law.ch3_funding.art13_shortfall import PROJECT, SHORTFALL, conditions, covered_from, spent
from yunheng.law.ch3_funding.art15_facts import Account, Condition, Contract, Price, Service, Terms
from yunheng.law.ch3_funding.art15_payer import UNCOVERED, cite_of
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period

D = Decimal
ONE = timedelta(days=1)
P = Parameters(date(2026, 11, 24))
TERMS = Terms.of(P)
GOOD = Standing(True, "municipal", "operation", "unit", "self", date(2024, 3, 1), date(2025, 8, 12), None, D(0))


# ---- the decision --------------------------------------------------------------------------------------------------


def test_every_gap_of_a_request_is_named_at_once() -> None:
    good = Request(2, date(2026, 5, 1), "转入运维", "验收意见", "资产登记")
    assert coverage_request_complete(good, P).sentence == "2项在用服务申请自2026-05-01起纳入市级统筹保障"
    words = coverage_request_complete(Request(0, None, " ", "", ""), P).sentence
    for gap in ("没有由本单位保障的在用服务", "申请事由", "所处阶段的依据", "资产归属", "希望纳入的日期"):
        assert gap in words


def test_what_the_table_says_is_own_cannot_be_decided_as_covered() -> None:
    assert coverage_possible(GOOD, P).state == "ok"
    assert coverage_possible(replace(GOOD, asset_owner="supplier", started_on=date(2025, 3, 1)), P).state == "fail"
    running = replace(GOOD, phase="accepted", accepted_on=P["in_force_from"], started_on=P["in_force_from"] - ONE)
    assert coverage_possible(running, P).state == "undetermined"
    assert not coverage_possible(running, P).waivable
    assert row_of(coverage_possible(running, P).foot) == 4
    assert row_of(coverage_possible(replace(GOOD, asked=False), P).foot) is None


def test_what_was_moved_out_is_not_covered_by_asking_again_but_by_the_city_government_for_its_period() -> None:
    ended = decide(replace(GOOD, ended="BZ-2026-0001"), P)
    assert (ended.row, ended.covered) == (8, False)
    assert "BZ-2026-0001" in ended.sentence
    assert decide(replace(GOOD, ended="BZ-2026-0001", temporary_consent="筑府办〔2026〕1号"), P).row == 1


@pytest.mark.parametrize(("shift", "holds"), [(-1, False), (0, True), (1, True)])
def test_coverage_begins_neither_before_the_application_nor_before_the_facts(shift: int, holds: bool) -> None:
    day = date(2026, 5, 9)
    facts = NamedDay(day + shift * ONE, [("提出申请之日", day), ("转入运维之日", day - 9 * ONE)])
    assert coverage_day_valid(facts, P).holds is holds
    late = NamedDay(day + shift * ONE, [("提出申请之日", day - 9 * ONE), ("转入运维之日", day)])
    assert coverage_day_valid(late, P).holds is holds


@pytest.mark.parametrize(("shift", "holds"), [(-1, True), (0, True), (1, False)])
def test_a_service_of_a_units_own_contract_is_taken_over_when_the_day_has_come(shift: int, holds: bool) -> None:
    today = date(2026, 5, 9)
    facts = NamedDay(today + shift * ONE, [], ("S-2026-0001",), today)
    assert coverage_day_valid(facts, P).holds is holds
    assert coverage_day_valid(replace(facts, too_early=()), P).holds


# 184 days of 365 are left from 1 July on: 36500.00 × 184 / 365 = 18400.00
@pytest.mark.parametrize(("left", "holds"), [("18399.99", False), ("18400.00", True), ("18400.01", True)])
def test_head_room_is_measured_to_the_fen(left: str, holds: bool) -> None:
    room = Room(date(2026, 7, 1), date(2026, 6, 20), D("100000.00") + D(left), D("100000.00"), D("36500.00"))
    assert room.added == D("18400.00")
    found = coverage_head_room(room, P)
    assert found.holds is holds
    assert found.state == ("ok" if holds else "need")
    assert coverage_head_room(replace(room, source="筑财预〔2026〕9号"), P).holds


@pytest.mark.parametrize(
    ("day", "holds"),
    [(date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2027, 1, 2), False), (date(2026, 1, 1), False)],
)
def test_without_head_room_it_begins_with_a_coming_year(day: date, holds: bool) -> None:
    for available in (None, D(0)):
        found = coverage_head_room(Room(day, date(2026, 6, 20), available, D(1), D(100)), P)
        assert found.holds is holds


# ---- the end and the return -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "earliest"), [("10.3", date(2026, 5, 9)), ("13.2", date(2026, 5, 8)), ("24.2", date(2026, 5, 12))]
)
def test_each_ground_has_its_first_day(ground: str, earliest: date) -> None:
    for shift, holds in ((-1, False), (0, True), (1, True)):
        facts = End(earliest + shift * ONE, ground, date(2026, 5, 8), date(2026, 1, 1), date(2026, 5, 12))
        assert coverage_end_valid(facts, P).holds is holds, shift
        assert coverage_end_valid(facts, P).cites == (cite_of_ground(ground),)
    assert cite_of(rule_of(ground)) == cite_of_ground(ground)


def test_nothing_ends_before_it_began_or_by_a_ground_to_come() -> None:
    began = date(2026, 5, 20)
    for shift in (-1, 0, 1):
        facts = End(began + shift * ONE, "13.2", date(2026, 5, 8), began, date(2026, 6, 1))
        assert coverage_end_valid(facts, P).holds is (shift >= 0)
    coming = End(date(2026, 6, 9), "10.3", date(2026, 6, 2), began, date(2026, 6, 1))
    assert "晚于今天" in coverage_end_valid(coming, P).sentence


@pytest.mark.parametrize(("shift", "holds"), [(-1, False), (0, True), (1, True)])
def test_restoring_never_looks_back(shift: int, holds: bool) -> None:
    today = date(2026, 6, 1)
    assert coverage_restored_forward((today + shift * ONE, today, date(2026, 5, 1)), P).holds is holds
    ended_from = date(2026, 7, 1)
    assert coverage_restored_forward((ended_from + shift * ONE, today, ended_from), P).holds is holds


def test_only_what_the_fund_pays_for_is_taken_up() -> None:
    assert covered_now((("S-1", True),), P).holds
    assert not covered_now((("S-1", True), ("S-2", False)), P).holds
    assert not covered_now((), P).holds


def test_nothing_in_the_table_restores_by_itself() -> None:
    into = {step.name for step in COVERAGE.steps if step.target == "covered"}
    assert into == {"decide", "take_up", "restore"}
    assert {str(by) for step in COVERAGE.steps if step.name in into | {"end"} for by in step.by} == {"bureau approver"}


# ---- the money of a running project ---------------------------------------------------------------------------------

START = date(2026, 3, 17)


def account(*conditions: Condition, per: str = "day", price: str = "10", closed_on: date | None = None) -> Account:
    """One service at 10 yuan a day in lane own."""
    service = Service("S-1", "U", "X", "C", "sku", D(1), "own", date(2026, 1, 1), closed_on)
    prices = (Price("C", "sku", per, D(price), date(2025, 1, 1)),)  # type: ignore[arg-type]
    return Account(service, Contract("C", "P"), prices, conditions)


# Ten yuan a day from 17 March: 100 yuan pay ten days, the 17th to the 26th.
@pytest.mark.parametrize(
    ("money", "first"),
    [
        ("0", START), ("0.01", START + ONE), ("10.00", START + ONE), ("10.01", START + 2 * ONE),
        ("99.99", date(2026, 3, 27)), ("100.00", date(2026, 3, 27)), ("100.01", date(2026, 3, 28)),
        ("150.00", date(2026, 4, 1)), ("150.01", date(2026, 4, 2)), ("2900.00", date(2027, 1, 1)),
    ],
)  # fmt: skip
def test_the_day_after_the_sum_reaches_the_money_is_the_first_covered(money: str, first: date) -> None:
    found = covered_from([account()], start=START, money=D(money), until=date(2027, 1, 1), terms=TERMS)
    assert found == first


def test_money_that_lasts_gives_no_day() -> None:
    until = date(2027, 1, 1)
    assert covered_from([account()], start=START, money=D("2900.01"), until=until, terms=TERMS) is None
    stopped = account(closed_on=START + ONE)
    assert covered_from([stopped], start=START, money=D("10.01"), until=until, terms=TERMS) is None


def test_days_that_the_fund_pays_do_not_use_the_money() -> None:
    covered = account(Condition(START, "lane", "covered"), Condition(START + 5 * ONE, "lane", "own"))
    assert spent([covered], Period(START, START + 6 * ONE), TERMS) == D("10.00")


@settings(max_examples=40)
@given(
    st.decimals("0.01", "4000", places=2),
    st.decimals("0.01", "900", places=2),
    st.sampled_from(["day", "month", "year"]),
)
def test_the_day_found_is_the_one_that_adding_day_by_day_finds(money: Decimal, price: Decimal, per: str) -> None:
    until = date(2026, 6, 5)
    rows = [account(per=per, price=f"{price}"), account(per="day", price="0.37")]
    found = covered_from(rows, start=START, money=money, until=until, terms=TERMS)
    day = START
    while day < until and spent(rows, Period(START, day), TERMS) < money:
        day += ONE
    reached = spent(rows, Period(START, day), TERMS) >= money
    assert found == (day if reached else None)


def test_the_lanes_of_a_project_follow_the_money_and_the_decision() -> None:
    used = START + 10 * ONE
    project, fund = (START, "own", PROJECT), (used, "covered", SHORTFALL)
    assert conditions(start=START, used_up=used, day=used) == (project, fund)
    later = used + 3 * ONE
    assert conditions(start=START, used_up=used, day=later) == (
        project, (used, "own", UNCOVERED), (later, "covered", SHORTFALL),
    )  # fmt: skip
    assert conditions(start=START, used_up=START, day=START) == ((START, "covered", SHORTFALL),)
