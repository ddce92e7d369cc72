"""Article 13, third paragraph: the day from which a running project's cloud money is used up (R-009).

From technical acceptance the services are the project's until the sum of their lines reaches what was left of the
contract's cloud money; the day on which it is reached is still the project's, the next one is the first covered.

    accepted_on                          the sum reaches the money      covered_from
    |──── lines of the unit add up ──────────────────|──── one day ─────|── the fund
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from yunheng.law.ch3_funding.art15_charging import charge
from yunheng.law.ch3_funding.art15_facts import Account, Terms
from yunheng.law.ch3_funding.art15_payer import EXTENSION, PARALLEL, UNCOVERED
from yunheng.law.kernel.period import Period

PROJECT, SHORTFALL = "art13.3-project", "art13.3-shortfall"
ZERO = Decimal("0.00")


def spent(accounts: Sequence[Account], period: Period, terms: Terms) -> Decimal:
    """What the services cost the unit in a period, in yuan. What it pays by its own agreements or fault is not counted.

    Raises MissingPrice where a day has no price.
    """
    lines = (line for account in accounts for line in charge(account, period=period, terms=terms).lines)
    return sum((ln.amount for ln in lines if ln.payer == "unit" and ln.rule not in (EXTENSION, PARALLEL)), ZERO)


def covered_from(accounts: Sequence[Account], *, start: date, money: Decimal, until: date, terms: Terms) -> date | None:
    """The first day that the money does not pay: the sum of the days before reaches it. None when it lasts to ``until``.

    Months are added up first, then the days of the month in which it happens are halved; amounts only grow with days.
    """
    paid = ZERO
    for month in Period(start, until).by_months():
        if paid >= money:
            return month.start
        whole = spent(accounts, month, terms)
        if paid + whole >= money:
            return _day_in(accounts, month, money - paid, terms)
        paid += whole
    return until if paid >= money else None


def _day_in(accounts: Sequence[Account], month: Period, money: Decimal, terms: Terms) -> date:
    """The first day of a month before which the sum of its days reaches ``money``; its end is one that does."""
    low, high = month.start, month.end
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        reached = spent(accounts, Period(month.start, middle), terms) >= money
        low, high = (low, middle) if reached else (middle, high)
    return high


def conditions(*, start: date, used_up: date, day: date) -> tuple[tuple[date, str, str], ...]:
    """The dated lanes of a project's services: the project pays, the unit where the bureau names a later day, the fund."""
    project = ((start, "own", PROJECT),) if start < used_up else ()
    between = ((used_up, "own", UNCOVERED),) if used_up < day else ()
    return (*project, *between, (day, "covered", SHORTFALL))
