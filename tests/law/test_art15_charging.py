"""Article 15, clause by clause: who pays for a day, where a piece ends, what a missing price does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.law.accounts import ITSELF, TERMS, account, day, period, price
from yunheng.law.ch3_funding.art15_charging import Charged, MissingPrice, charge, factor
from yunheng.law.ch3_funding.art15_facts import Account, Condition, Migration, Terms, Usage
from yunheng.law.ch3_funding.art15_payer import cite_of, payer
from yunheng.law.kernel.citation import Cite, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import CalendarDays

YEAR = period("2026-01-01", "2027-01-01")
P = Parameters(date(2026, 11, 24))


def done(known: Account, when: Period = YEAR) -> Charged:
    return charge(known, period=when, terms=TERMS)


def spans(charged: Charged, payer: str = "") -> list[tuple[str, str]]:
    """The days of the lines of one payer (or of all), neighbours joined."""
    joined: list[list[date]] = []
    for line in charged.lines:
        if payer and line.payer != payer:
            continue
        if joined and joined[-1][1] == line.period.start:
            joined[-1][1] = line.period.end
        else:
            joined.append([line.period.start, line.period.end])
    return [(str(a), str(b)) for a, b in joined]


def change(on: str, kind: Any, value: Any, rule: str = "") -> Condition:
    return Condition(day(on), kind, Decimal(value) if kind == "quantity" else value, rule)


def leaves(cause: Any, target_opened: str, confirmed: str = "") -> Migration:
    return Migration(ITSELF, "T-1", cause, day(target_opened), day(confirmed) if confirmed else None)


def arrives(cause: Any, confirmed: str = "") -> Migration:
    return Migration("O-1", ITSELF, cause, day("2026-01-01"), day(confirmed) if confirmed else None)


# ---- the life ---------------------------------------------------------------------------------------------------


def test_the_opening_day_is_charged_and_the_day_of_release_is_not() -> None:
    assert spans(done(account(opened="2026-03-17", closed="2026-03-20"))) == [("2026-03-17", "2026-03-20")]


def test_opened_and_closed_on_one_day_has_no_line_and_no_error() -> None:
    assert done(account(opened="2026-03-17", closed="2026-03-17", prices=())).lines == ()


def test_a_life_outside_the_period_has_no_line() -> None:
    assert done(account(opened="2027-01-01")).pieces == ()
    assert done(account(opened="2020-01-01", closed="2026-01-01")).pieces == ()


def test_conditions_before_the_period_still_set_the_values_at_its_start() -> None:
    known = account(opened="2025-01-01", conditions=[change("2025-06-01", "quantity", "7")])
    assert {line.quantity for line in done(known).lines} == {Decimal(7)}


def test_a_condition_on_the_opening_day_replaces_the_initial_value() -> None:
    known = account(conditions=[change("2026-01-01", "quantity", "7"), change("2026-01-01", "lane", "own", "art10.3")])
    assert {(line.quantity, line.payer, line.rule) for line in done(known).lines} == {(Decimal(7), "unit", "art10.3")}


# ---- 7.2: trial -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closed", "lines"),
    [
        pytest.param("2026-03-30", [], id="第29日止"),
        pytest.param("2026-03-31", [], id="第30日仍免费"),
        pytest.param("2026-04-01", [("2026-03-31", "2026-04-01")], id="第31日由单位承担"),
    ],
)
def test_thirty_calendar_days_of_trial_are_free(closed: str, lines: list[tuple[str, str]]) -> None:
    known = account(opened="2026-03-01", closed=closed, trial=True)
    assert spans(done(known), "unit") == lines
    assert spans(done(known), "fund") == []


def test_a_suspension_does_not_stop_the_count_of_the_trial() -> None:
    known = account(
        opened="2026-03-01",
        closed="2026-04-10",
        trial=True,
        conditions=[change("2026-03-05", "suspended", True), change("2026-03-20", "suspended", False)],
    )
    charged = done(known)
    assert spans(charged) == [("2026-03-31", "2026-04-10")]
    assert {line.rule for line in charged.lines} == {"art7.2-extension"}


def test_a_free_trial_needs_no_price() -> None:
    assert done(account(opened="2026-03-01", closed="2026-03-31", trial=True, prices=())).lines == ()


# ---- 24: suspension ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("charged_anyway", "days"), [(False, 24), (True, 31)])
def test_a_suspended_service_is_not_charged_unless_the_contract_says_so(charged_anyway: bool, days: int) -> None:
    known = account(
        charge_suspended=charged_anyway,
        conditions=[change("2026-08-03", "suspended", True), change("2026-08-10", "suspended", False)],
    )
    assert sum(line.days for line in done(known, period("2026-08-01", "2026-09-01")).lines) == days


# ---- 15.2: migrations -------------------------------------------------------------------------------------------


def test_of_a_platform_migration_the_old_node_ends_where_the_new_one_begins() -> None:
    old = done(account(migrations=[leaves("platform", "2026-05-01", "2026-06-10")]))
    new = done(account(opened="2026-05-01", migrations=[arrives("platform", "2026-06-10")]))
    assert spans(old) == [("2026-01-01", "2026-06-10")]
    assert spans(new) == [("2026-06-10", "2027-01-01")]
    assert new.uncharged[0].reason == "migration"


def test_while_a_platform_migration_is_unconfirmed_only_the_old_node_is_charged() -> None:
    assert spans(done(account(migrations=[leaves("platform", "2026-05-01")]))) == [("2026-01-01", "2027-01-01")]
    assert done(account(opened="2026-05-01", migrations=[arrives("platform")])).lines == ()


def test_several_platform_migrations_the_source_leaves_at_the_first_the_target_starts_at_the_last() -> None:
    two = [("2026-06-10", "T-1"), ("2026-07-10", "T-2")]
    out = [replace(leaves("platform", "2026-05-01", on), target=name) for on, name in two]
    into = [replace(arrives("platform", on), source=name) for on, name in two]
    assert spans(done(account(migrations=out))) == [("2026-01-01", "2026-06-10")]
    assert spans(done(account(migrations=into))) == [("2026-07-10", "2027-01-01")]
    assert done(account(migrations=[*into, arrives("platform")])).lines == ()


def test_a_service_may_be_the_target_of_one_migration_and_the_source_of_the_next() -> None:
    chain = [arrives("platform", "2026-03-01"), leaves("platform", "2026-08-01", "2026-09-01")]
    assert spans(done(account(migrations=chain))) == [("2026-03-01", "2026-09-01")]


def test_of_a_unit_migration_day_60_is_still_covered_and_day_61_is_the_units() -> None:
    charged = done(account(closed="2026-10-01", migrations=[leaves("unit", "2026-05-01", "2026-09-01")]))
    assert day("2026-05-01") + timedelta(days=59) == day("2026-06-29")  # day 60
    assert spans(charged, "fund") == [("2026-01-01", "2026-06-30")]
    assert spans(charged, "unit") == [("2026-06-30", "2026-10-01")]
    assert {line.rule for line in charged.lines if line.payer == "unit"} == {"art15.2-parallel"}


def test_the_parallel_run_counts_from_the_target_that_opened_first_confirmed_or_not() -> None:
    moves = [leaves("unit", "2026-05-10", "2026-05-20"), replace(leaves("unit", "2026-05-01"), target="T-2")]
    assert spans(done(account(migrations=moves)), "unit") == [("2026-06-30", "2027-01-01")]


def test_the_new_node_of_a_unit_migration_is_charged_from_its_opening() -> None:
    assert spans(done(account(opened="2026-05-01", migrations=[arrives("unit")]))) == [("2026-05-01", "2027-01-01")]


def test_on_an_own_service_the_parallel_run_changes_the_rule() -> None:
    charged = done(account(lane="own", migrations=[leaves("unit", "2026-05-01")]))
    assert [line.rule for line in charged.lines if line.period.start.month == 6] == [
        "art13-uncovered",
        "art15.2-parallel",
    ]


def test_the_limits_are_figures_that_are_passed_in() -> None:
    shorter = Terms(trial=CalendarDays(10), parallel=CalendarDays(20))
    trial = charge(account(opened="2026-03-01", closed="2026-03-13", trial=True), period=YEAR, terms=shorter)
    moved = charge(account(migrations=[leaves("unit", "2026-05-01")]), period=YEAR, terms=shorter)
    assert spans(trial) == [("2026-03-11", "2026-03-13")]
    assert spans(moved, "unit")[0][0] == "2026-05-21"


# ---- the order of the tests -------------------------------------------------------------------------------------


def test_the_first_test_that_answers_decides_and_is_shown() -> None:
    known = account(
        opened="2026-03-01",
        trial=True,
        conditions=[change("2026-03-10", "suspended", True)],
        migrations=[leaves("platform", "2026-03-01", "2026-03-05")],
    )
    both = payer((known, day("2026-03-12")), P)
    assert [(row.what, row.outcome) for row in both.rows] == [("试用期", "命中")]
    later = payer((known, day("2026-04-12")), P)
    assert [(row.what, row.outcome) for row in later.rows] == [("试用期", "不适用"), ("暂停", "命中")]
    assert (both.cites, later.cites) == ((art(7, 2), art(15, 1)), (art(24, 2), art(15, 1)))


@pytest.mark.parametrize(("lane", "rule", "cites"), [
    ("covered", "", (art(15, 1),)), ("own", "", (art(13, 4), art(15, 1))), ("own", "art10.3", (art(10, 3), art(15, 1))),
    ("own", "art24.2", (art(24, 2), art(15, 1))),
])  # fmt: skip
def test_the_article_that_moved_the_payer_is_the_first_that_the_verdict_stands_on(
    lane: str, rule: str, cites: tuple[Cite, ...]
) -> None:
    moved = account(conditions=[change("2026-03-10", "lane", lane, rule)])
    assert payer((moved, day("2026-03-10")), P).cites == cites


def test_a_covered_day_shows_the_five_tests_with_the_last_one_hit() -> None:
    verdict = payer((account(), day("2026-09-05")), P)
    assert [row.what for row in verdict.rows] == [
        "试用期",
        "暂停",
        "平台原因迁移",
        "业务原因迁移超过并行期",
        "统筹范围",
    ]
    assert [row.hit for row in verdict.rows] == [False] * 4 + [True]
    assert verdict.sentence == "2026-09-05由市级统筹资金承担"
    assert dict(verdict.parameters) == {"parallel_run_term": "60个自然日", "trial_term": "30个自然日"}


@pytest.mark.parametrize(
    ("rule", "cite"),
    [
        ("art10.3", art(10, 3)),
        ("art12-ended", art(12)),
        ("art7.2-extension", art(7, 2)),
        ("art15.1", art(15, 1)),
        ("art13-uncovered", art(13, 4)),
        ("art13.3-project", art(13, 3)),
    ],
)
def test_the_rule_on_a_line_names_its_article(rule: str, cite: object) -> None:
    assert cite_of(rule) == cite


def test_the_rule_is_read_only_for_a_change_to_own() -> None:
    known = account(lane="own", conditions=[change("2026-02-01", "lane", "covered", "art10.3")])
    assert {(line.payer, line.rule) for line in done(known).lines} == {("unit", "art13-uncovered"), ("fund", "art15.1")}


# ---- pieces -----------------------------------------------------------------------------------------------------

MARCH = period("2026-03-01", "2026-04-01")


def test_the_same_value_in_another_row_does_not_cut() -> None:
    known = account(
        prices=[price("2020-01-01", "month", "100", until="2026-03-10"), price("2026-03-10", "month", "100.00")],
        conditions=[change("2026-03-05", "quantity", "1.0"), change("2026-03-20", "lane", "covered")],
    )
    assert len(done(known, MARCH).lines) == 1


def test_a_change_of_the_rule_alone_cuts() -> None:
    known = account(
        conditions=[change("2026-03-05", "lane", "own", "art10.3"), change("2026-03-10", "lane", "own", "art12-ended")]
    )
    rules = [line.rule for line in done(known, MARCH).lines]
    assert rules == ["art15.1", "art10.3", "art12-ended"]


def test_quantity_zero_gives_no_line_and_still_needs_a_price() -> None:
    assert done(account(quantity="0"), MARCH).lines == ()
    assert done(account(quantity="0"), MARCH).uncharged[0].reason == "zero"
    assert done(account(quantity="0", prices=()), MARCH).gaps


def test_a_price_of_zero_or_an_amount_that_rounds_to_zero_still_gives_a_line() -> None:
    free = done(account(prices=[price("2020-01-01", "month", "0")]), MARCH).lines
    tiny = done(account(prices=[price("2020-01-01", "month", "0.000001")]), MARCH).lines
    assert [line.amount for line in (*free, *tiny)] == [Decimal("0.00")] * 2


def test_clipping_changes_the_days_and_not_the_denominators() -> None:
    for proration in ("calendar_month", "annual_actual"):
        known = account(proration=proration)
        (whole,) = done(known, MARCH).lines
        (part,) = done(known, period("2026-03-10", "2026-03-20")).lines
        assert part.denominator == whole.denominator
        assert part.exact * 31 == whole.exact * 10


@pytest.mark.parametrize(
    ("per", "proration", "expected"),
    [
        ("month", "annual_actual", (12 * 29, 366)),
        ("month", "annual_365", (12 * 29, 365)),
        ("month", "month_30", (29, 30)),
        ("month", "calendar_month", (29, 29)),
        ("year", "annual_actual", (29, 366)),
        ("year", "calendar_month", (29, 366)),
        ("year", "annual_365", (29, 365)),
        ("year", "month_30", (29, 360)),
        ("day", "month_30", (29, 1)),
        ("use", "annual_actual", (1, 1)),
        ("once", "annual_actual", (1, 1)),
    ],
)
def test_the_factor_of_february_in_a_leap_year(per: Any, proration: Any, expected: tuple[int, int]) -> None:
    assert factor(per, proration, period("2024-02-01", "2024-03-01")) == expected


@pytest.mark.parametrize(
    ("amount", "fen"),
    [("0.0049", "0.00"), ("0.005", "0.01"), ("0.0051", "0.01"), ("0.015", "0.02"), ("2.675", "2.68")],
)
def test_half_a_fen_goes_up(amount: str, fen: str) -> None:
    (line,) = done(account(prices=[price("2020-01-01", "day", amount)]), period("2026-03-01", "2026-03-02")).lines
    assert line.amount == Decimal(fen)


# ---- use and once -----------------------------------------------------------------------------------------------


def test_use_adds_up_the_records_of_the_piece_and_ignores_its_own_quantity() -> None:
    known = account(
        prices=[price("2020-01-01", "use", "0.5")],
        conditions=[change("2026-03-10", "quantity", "9")],
        usage=[Usage(day(on), Decimal(n)) for on, n in [("2026-03-02", "3"), ("2026-03-02", "4"), ("2026-03-31", "1")]],
    )
    (line,) = done(known, MARCH).lines
    assert (line.quantity, line.days, line.amount) == (Decimal(8), 31, Decimal("4.00"))


def test_use_on_days_without_payer_or_at_another_price_gives_no_line() -> None:
    known = account(
        prices=[price("2020-01-01", "use", "0.5", until="2026-03-15"), price("2026-03-15", "month", "31")],
        conditions=[change("2026-03-05", "suspended", True), change("2026-03-10", "suspended", False)],
        usage=[Usage(day(on), Decimal(1)) for on in ("2026-03-06", "2026-03-12", "2026-03-20")],
    )
    lines = done(known, MARCH).lines
    assert [(line.per, line.quantity, line.days) for line in lines] == [("use", 1, 5), ("month", 1, 17)]


def test_once_is_one_line_of_one_day_on_the_opening_day() -> None:
    known = account(opened="2026-03-17", quantity="3", prices=[price("2020-01-01", "once", "1200")])
    (line,) = done(known).lines
    assert (line.period, line.amount) == (period("2026-03-17", "2026-03-18"), Decimal("3600.00"))
    assert done(known, period("2026-03-18", "2027-01-01")).lines == ()


def test_once_needs_a_price_on_the_opening_day_alone() -> None:
    ended = [price("2020-01-01", "once", "1200", until="2026-03-18")]
    late = [price("2026-03-18", "once", "1200")]
    assert len(done(account(opened="2026-03-17", prices=ended)).lines) == 1
    assert [gap.period for gap in done(account(opened="2026-03-17", prices=late)).gaps] == [
        period("2026-03-17", "2026-03-18")
    ]


def test_once_on_an_opening_day_without_payer_is_never_charged() -> None:
    known = account(
        opened="2026-03-17",
        prices=[price("2020-01-01", "once", "1200")],
        conditions=[change("2026-03-17", "suspended", True), change("2026-03-20", "suspended", False)],
    )
    assert done(known).lines == ()


# ---- a missing price --------------------------------------------------------------------------------------------


def test_a_missing_price_names_service_product_and_days() -> None:
    known = account(prices=[price("2020-01-01", "month", "100", until="2026-03-10"), price("2026-05-02", "month", "1")])
    charged = done(known)
    assert [(g.service_id, g.sku, g.period) for g in charged.gaps] == [
        (ITSELF, "ECS", period("2026-03-10", "2026-05-02"))
    ]
    with pytest.raises(MissingPrice, match=r"S-1 ECS \[2026-03-10, 2026-05-02\)"):
        _ = charged.lines


def test_only_days_inside_the_period_are_looked_at_for_prices() -> None:
    known = account(prices=[price("2026-03-01", "month", "100", until="2026-04-01")])
    assert len(done(known, MARCH).lines) == 1
    assert done(known, period("2026-02-28", "2026-04-01")).gaps
    assert done(known, period("2026-03-01", "2026-04-02")).gaps


def test_prices_of_other_contracts_do_not_count() -> None:
    other = replace(price("2020-01-01", "month", "100"), contract_id="HT-2")
    assert done(account(prices=[other]), MARCH).gaps
