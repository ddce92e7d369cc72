"""Article 15 on any service with any history: against a count a day at a time, and what must hold of it always."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.law import brute_force
from tests.law.accounts import TERMS, accounts, periods
from yunheng.law.ch3_funding.art15_charging import Charged, MissingPrice, charge
from yunheng.law.ch3_funding.art15_facts import Account, Price
from yunheng.law.kernel.period import Period

MANY = settings(max_examples=300, deadline=None)
SOME = settings(max_examples=100, deadline=None)
DAY = timedelta(days=1)


def priced(account: Account) -> Account:
    """The same account with a price for every day: each gap of a product is filled with 5 a month."""
    filled = [p for p in account.prices if p.contract_id == "HT-1"]
    for sku in ("ECS", "OSS", "SETUP"):
        rows = sorted((p for p in filled if p.sku == sku), key=lambda p: p.valid_from)
        edges = [(r.valid_from, r.valid_to) for r in rows]
        start = brute_force.date(1990, 1, 1)
        for since, until in [*edges, (None, None)]:
            if since is None or start < since:
                filled.append(Price("HT-1", sku, "month", Decimal(5), start, since))
            if until is None:
                break
            start = until
    return replace(account, prices=tuple(filled))


def done(account: Account, period: Period) -> Charged:
    return charge(account, period=period, terms=TERMS)


@MANY
@given(accounts(), periods())
def test_every_line_is_that_of_counting_a_day_at_a_time(account: Account, period: Period) -> None:
    expected, gaps = brute_force.charge(account, period.start, period.end)
    charged = done(account, period)
    missing = {(gap.sku, gap.period.start + n * DAY) for gap in charged.gaps for n in range(gap.period.days)}
    assert missing == gaps
    if gaps:
        with pytest.raises(MissingPrice):
            _ = charged.lines
        account = priced(account)
        charged, (expected, gaps) = done(account, period), brute_force.charge(account, period.start, period.end)
        assert not gaps
    found = [
        brute_force.Row(line.period.start, line.period.end, line.sku, line.quantity, line.unit_price,
                        line.per, line.payer, line.rule, line.amount)
        for line in charged.lines
    ]  # fmt: skip
    assert found == expected


@SOME
@given(accounts(), periods())
def test_every_day_of_the_life_is_in_exactly_one_piece(account: Account, period: Period) -> None:
    pieces = done(account, period).pieces
    window = account.service.life.clip(period)
    assert sum(piece.period.days for piece in pieces) == window.days
    assert all(a.period.end == b.period.start for a, b in pairwise(pieces))
    assert all(piece.period.clip(window) == piece.period for piece in pieces)


@SOME
@given(accounts(), periods(), st.data())
def test_cutting_the_period_anywhere_changes_no_line_but_the_one_that_is_cut(
    account: Account, period: Period, data: st.DataObject
) -> None:
    account = priced(account)
    at = period.start + timedelta(days=data.draw(st.integers(0, period.days)))
    parts = [*done(account, Period(period.start, at)).lines, *done(account, Period(at, period.end)).lines]
    whole = done(account, period).lines
    untouched = {line for line in whole if not line.period.start < at < line.period.end}
    assert untouched <= set(parts)
    divided = [line for line in whole if line not in untouched]
    assert len(divided) <= 1
    for line in divided:
        inside = [part for part in parts if part not in untouched]
        assert sum(part.exact for part in inside) == line.exact


@SOME
@given(accounts(), periods())
def test_charging_twice_changes_nothing_and_the_order_of_the_facts_plays_no_part(
    account: Account, period: Period
) -> None:
    turned = replace(
        account,
        prices=account.prices[::-1],
        conditions=account.conditions[::-1],
        migrations=account.migrations[::-1],
        usage=account.usage[::-1],
    )
    assert done(account, period).pieces == done(account, period).pieces == done(turned, period).pieces


@SOME
@given(accounts(), periods())
def test_each_line_bears_a_payer_a_rule_and_lies_within_one_month(account: Account, period: Period) -> None:
    for line in done(priced(account), period).lines:
        assert line.payer in ("fund", "unit")
        assert line.rule
        last = line.period.end - DAY
        assert (line.period.start.year, line.period.start.month) == (last.year, last.month)
        assert line.amount >= 0
        assert abs(line.amount - Decimal(line.exact.numerator) / line.exact.denominator) <= Decimal("0.005")


@SOME
@given(accounts(), periods())
def test_every_day_that_the_fund_pays_at_a_running_price_is_on_a_line(account: Account, period: Period) -> None:
    """The invariant of a statement: payer fund, a quantity, a price per month, year or day: exactly one line."""
    account = priced(account)
    lines = done(account, period).lines
    day = max(period.start, account.service.opened_on)
    while day < min(period.end, account.service.life.end):
        said = brute_force.one_day(account, day)
        on = [line for line in lines if day in line.period]
        assert len(on) <= 1
        if isinstance(said, tuple) and said[3] in ("month", "year", "day"):
            assert len(on) == 1
            assert on[0].payer == said[4]
        day += DAY
