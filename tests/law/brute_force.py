"""Charging once more, a day at a time, with nothing taken from the product but its records of facts.

Each day is written down with everything that its line would say; a line is a run of days that say the same.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from yunheng.law.ch3_funding.art15_facts import Account

FREE_DAYS, PARALLEL_DAYS = 30, 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    start: date
    end: date
    sku: str
    quantity: Decimal
    unit_price: Decimal
    per: str
    payer: str
    rule: str
    amount: Decimal


def value_on(account: Account, kind: str, today: date, otherwise: object) -> tuple[object, str]:
    known = [c for c in account.conditions if c.kind == kind and not c.on > today]
    if not known:
        return otherwise, ""
    newest = max(known, key=lambda c: c.on)
    return newest.value, newest.rule


def who_pays(account: Account, today: date) -> tuple[str, str] | None:
    me, service = account.service.service_id, account.service
    age = (today - service.opened_on).days
    if service.trial and age < FREE_DAYS:
        return None
    if value_on(account, "suspended", today, False)[0] and not account.contract.charge_suspended:
        return None
    for m in account.migrations:
        if m.cause != "platform":
            continue
        if m.source == me and m.confirmed_on is not None and not today < m.confirmed_on:
            return None
        if m.target == me and (m.confirmed_on is None or today < m.confirmed_on):
            return None
    if service.trial:
        return "unit", "art7.2-extension"
    for m in account.migrations:
        nth_day = (today - m.target_opened_on).days + 1
        if m.cause == "unit" and m.source == me and nth_day > PARALLEL_DAYS:
            return "unit", "art15.2-parallel"
    lane, rule = value_on(account, "lane", today, service.lane)
    if lane == "covered":
        return "fund", "art15.1"
    return "unit", rule or "art13-uncovered"


def one_day(account: Account, today: date) -> tuple[object, ...] | str | None:
    """What the line of this day says; None for no line; the product's code when its price lacks."""
    payer = who_pays(account, today)
    if payer is None:
        return None
    service = account.service
    sku = value_on(account, "sku", today, service.sku)[0]
    quantity = value_on(account, "quantity", today, service.quantity)[0]
    ours = [p for p in account.prices if p.contract_id == service.contract_id and p.sku == sku]
    now = [p for p in ours if p.valid_from <= today and (p.valid_to is None or today < p.valid_to)]
    first = today == service.opened_on
    if not now:
        only_once = ours and {p.per for p in ours} == {"once"}
        return None if only_once and not first else str(sku)
    price = now[0]
    if price.per == "once" and not first:
        return None
    if price.per == "use":
        return sku, None, price.unit_price, price.per, *payer
    return (sku, quantity, price.unit_price, price.per, *payer) if quantity else None


def charge(account: Account, start: date, end: date) -> tuple[list[Row], set[tuple[str, date]]]:
    """All lines of the days [start, end), and the (product, day) pairs without a price."""
    days: list[tuple[date, tuple[object, ...]]] = []
    gaps: set[tuple[str, date]] = set()
    today = start
    while today < end:
        alive = account.service.opened_on <= today and not (
            account.service.closed_on is not None and today >= account.service.closed_on
        )
        said = one_day(account, today) if alive else None
        if isinstance(said, str):
            gaps.add((said, today))
        elif said is not None:
            days.append((today, said))
        today += DAY
    runs: list[list[tuple[date, tuple[object, ...]]]] = []
    for today, said in days:
        before = runs[-1][-1] if runs else None
        if before and before[0] + DAY == today and before[1] == said and today.day != 1:
            runs[-1].append((today, said))
        else:
            runs.append([(today, said)])
    rows = (_row(account, [d for d, _ in run], run[0][1]) for run in runs)
    return [row for row in rows if row.quantity], gaps


def _row(account: Account, days: list[date], said: tuple[object, ...]) -> Row:
    sku, quantity, unit_price, per, payer, rule = said
    if per == "use":
        quantity = sum((u.quantity for u in account.usage if u.on in days), Decimal(0))
    assert isinstance(quantity, Decimal)
    assert isinstance(unit_price, Decimal)
    exact = Fraction(quantity) * Fraction(unit_price) * _share(account, str(per), days)
    cents = exact * 100
    whole = cents.numerator // cents.denominator
    if cents - whole >= Fraction(1, 2):
        whole += 1
    amount = Decimal(whole) / 100
    return Row(days[0], days[-1] + DAY, str(sku), quantity, unit_price, str(per), str(payer), str(rule), amount)


def _share(account: Account, per: str, days: list[date]) -> Fraction:
    n, year, month = len(days), days[0].year, days[0].month
    in_year = 366 if calendar.isleap(year) else 365
    how = account.contract.proration
    if per == "month" and how == "calendar_month":
        return Fraction(n, calendar.monthrange(year, month)[1])
    if per == "month" and how == "month_30":
        return Fraction(n, 30)
    if per == "month":
        return Fraction(12 * n, 365 if how == "annual_365" else in_year)
    if per == "year":
        return Fraction(n, {"annual_365": 365, "month_30": 360}.get(how, in_year))
    return Fraction(n) if per == "day" else Fraction(1)
