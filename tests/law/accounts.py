"""Accounts for the tests of charging: one by hand in a few words, and any at all for the properties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from yunheng.law.ch3_funding.art15_facts import Account, Condition, Contract, Migration, Price, Service, Terms, Usage
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period

TERMS = Terms.of(Parameters(date(2026, 11, 24)))
ITSELF = "S-1"


def day(text: str) -> date:
    return date.fromisoformat(text)


def period(start: str, end: str) -> Period:
    return Period(day(start), day(end))


def price(since: str, per: Any, amount: str, *, sku: str = "ECS", until: str = "") -> Price:
    return Price("HT-1", sku, per, Decimal(amount), day(since), day(until) if until else None)


def account(
    *,
    opened: str = "2026-01-01",
    closed: str = "",
    quantity: str = "1",
    lane: Any = "covered",
    trial: bool = False,
    proration: Any = "annual_actual",
    charge_suspended: bool = False,
    prices: Sequence[Price] = (price("2020-01-01", "month", "100"),),
    conditions: Sequence[Condition] = (),
    migrations: Sequence[Migration] = (),
    usage: Sequence[Usage] = (),
) -> Account:
    """One service ``S-1`` of unit ``U-1`` under contract ``HT-1``, with 100 yuan a month if nothing else is said."""
    closed_on = day(closed) if closed else None
    service = Service(ITSELF, "U-1", "X-1", "HT-1", "ECS", Decimal(quantity), lane, day(opened), closed_on, trial)
    contract = Contract("HT-1", "P-1", proration, charge_suspended)
    return Account(service, contract, tuple(prices), tuple(conditions), tuple(migrations), tuple(usage))


# ---- any account ------------------------------------------------------------------------------------------------
# The days lie close together around a leap year, so that changes fall on each other, on month ends and on year ends.

FIRST, LAST = date(2023, 12, 20), date(2025, 1, 12)
SKUS = ("ECS", "OSS", "SETUP")
DAYS = st.one_of(
    st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(days=n)),
    st.sampled_from(
        [day(d) for d in ("2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01")]
    ),
)
NUMBERS = st.sampled_from([Decimal(n) for n in ("0", "1", "1.0", "2", "0.5", "3.333333", "912", "0.000001", "0.033")])


@st.composite
def _prices(draw: st.DrawFn) -> list[Price]:
    """Prices that do not overlap, mostly without gaps."""
    rows: list[Price] = []
    for sku in SKUS:
        cuts = sorted(draw(st.sets(DAYS, max_size=3)))
        starts, ends = [date(2000, 1, 1), *cuts], [*cuts, None]
        pers = st.sampled_from(["once"] if sku == "SETUP" else ["month", "month", "year", "day", "use", "once"])
        for start, end in zip(starts, ends, strict=True):
            if draw(st.integers(0, 7)):
                rows.append(Price("HT-1", sku, draw(pers), draw(NUMBERS), start, end))
    return [*rows, Price("HT-2", "ECS", "month", Decimal(7), date(2000, 1, 1))]


@st.composite
def _conditions(draw: st.DrawFn, life: Period) -> list[Condition]:
    values: dict[str, st.SearchStrategy[Any]] = {
        "quantity": NUMBERS,
        "sku": st.sampled_from(SKUS),
        "lane": st.sampled_from(["covered", "own"]),
        "suspended": st.booleans(),
    }
    rows = []
    for kind, value in values.items():
        for on in draw(st.sets(DAYS.filter(lambda d: d in life), max_size=3)):
            rows.append(Condition(on, kind, draw(value), draw(st.sampled_from(["", "art10.3", "art12-ended"]))))  # type: ignore[arg-type]
    return draw(st.permutations(rows))


@st.composite
def _migrations(draw: st.DrawFn, opened: date) -> list[Migration]:
    rows = []
    for n in range(draw(st.integers(0, 3))):
        cause: Any = draw(st.sampled_from(["platform", "unit"]))
        confirmed = draw(st.none() | DAYS)
        if draw(st.booleans()):
            rows.append(Migration(ITSELF, f"T-{n}", cause, draw(DAYS), confirmed))
        else:
            rows.append(Migration(f"O-{n}", ITSELF, cause, opened, confirmed))
    return rows


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Any service with any history."""
    opened, closed = draw(DAYS), draw(st.none() | DAYS)
    if closed and closed < opened:
        opened, closed = closed, opened
    life = Period(opened, closed or date.max)
    service = Service(
        ITSELF, "U-1", "X-1", "HT-1", draw(st.sampled_from(SKUS)), draw(NUMBERS),
        draw(st.sampled_from(["covered", "own"])), opened, closed, draw(st.integers(0, 3)) == 0,
    )  # fmt: skip
    proration: Any = draw(st.sampled_from(["annual_actual", "annual_365", "month_30", "calendar_month"]))
    used = draw(st.lists(st.tuples(DAYS.filter(lambda d: d in life), NUMBERS), max_size=4)) if life else []
    return Account(
        service,
        Contract("HT-1", "P-1", proration, draw(st.booleans())),
        tuple(draw(_prices())),
        tuple(draw(_conditions(life))) if life else (),
        tuple(draw(_migrations(opened))),
        tuple(Usage(on, quantity) for on, quantity in used),
    )


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """A year, or any span of at least a day."""
    if draw(st.booleans()):
        return Period(date(2024, 1, 1), date(2025, 1, 1))
    first, second = sorted([draw(DAYS), draw(DAYS)])
    return Period(first, second + timedelta(days=1))
