"""FOCUS 1.2: the days that the law gives free are rows with nothing to pay, and the price they would have had."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.focus_city import Row, city, of, typed
from tests.engine.packages import YEAR, City, cities, write
from tests.law.accounts import NUMBERS, SKUS, TERMS, periods
from yunheng.domain.billing.engine.focus import export
from yunheng.law.ch3_funding.art15_charging import charge, factor
from yunheng.law.ch3_funding.art15_facts import Account, Price
from yunheng.law.ch3_funding.art15_payer import suspended
from yunheng.law.kernel.period import Period


def test_free_days_cost_nothing_and_keep_their_price(tmp_path: Path) -> None:
    """The trial from 10 May to 8 June; the new node until 15 August, the old one from that day."""
    export(city(tmp_path / "p"), tmp_path / "bill.parquet", period=YEAR)
    rows = typed(tmp_path / "bill.parquet")
    trial, new, old = (of(rows, service, free=True) for service in ("S-4", "S-6", "S-5"))
    assert [(row["x_FirstDay"], row["x_Days"]) for row in trial] == [(date(2026, 5, 10), 22), (date(2026, 6, 1), 8)]
    assert {row["x_Rule"] for row in trial} == {"art7.2-trial"}
    assert [(row["x_FirstDay"], row["x_EndDay"]) for row in new] == [(date(2026, 8, 1), date(2026, 8, 15))]
    assert [(row["x_FirstDay"], row["x_EndDay"]) for row in old] == [(date(2026, 8, 15), date(2026, 9, 1))]
    assert {row["x_Rule"] for row in new + old} == {"art15.2-platform"}
    for row in trial + new + old:
        assert (row["BilledCost"], row["EffectiveCost"], row["ContractedCost"]) == (0, 0, 0)
    exact = [320 * Fraction(12 * 22, 365), 320 * Fraction(12 * 8, 365)]
    assert all(abs(Fraction(r["ListCost"]) - cost) < Fraction(1, 10**6) for r, cost in zip(trial, exact, strict=True))
    assert trial[0]["ChargeDescription"] == "云主机 1台，2026-05-10起22天，试用免费"


def test_a_day_is_free_once(tmp_path: Path) -> None:
    """S-1 leaves during its trial; S-2 is left (1 May) before it has arrived (1 June): nobody ever pays it."""
    package = write(
        tmp_path / "p",
        services=[f"S-{n},U-1,X-1,HT-1,ECS,1,covered,2026-04-0{n},,{'true' if n == 1 else ''}" for n in (1, 2, 3)],
        migrations=["S-1,S-2,platform,2026-04-10", "S-2,S-3,platform,2026-05-01", "S-3,S-2,platform,2026-06-01"],
    )
    export(package, tmp_path / "bill.parquet", period=Period(date(2026, 1, 1), date(2026, 7, 1)))
    rows = typed(tmp_path / "bill.parquet")
    told = {s: [(r["x_FirstDay"].isoformat()[5:], r["x_Days"], r["x_Rule"]) for r in of(rows, s, free=True)]
            for s in ("S-1", "S-2")}  # fmt: skip
    trial, platform = "art7.2-trial", "art15.2-platform"
    assert told == {
        "S-1": [("04-01", 30, trial), ("05-01", 31, platform), ("06-01", 30, platform)],
        "S-2": [("04-02", 29, platform), ("05-01", 31, platform), ("06-01", 30, platform)],
    }
    assert of(rows, "S-1") == of(rows, "S-2") == []


Told = Counter[tuple[Any, ...]]


def relieved(city: City, period: Period) -> Told:
    """By the pure law: what the days made free would say in the same city without trials and platform moves."""
    told: Told = Counter()
    services = [replace(service, trial=False) for service in city.services]
    moves = [move for move in city.migrations if move.cause == "unit"]
    plain = replace(city, services=services, migrations=moves)
    for account, same in zip(city.accounts(), plain.accounts(), strict=True):
        name, free = account.service.service_id, free_days(account, period)
        for piece in charge(same, period=period, terms=TERMS).pieces:
            days = [day for day in days_of(piece.period) if day in free]
            if piece.per == "use":
                told[name, "use"] += sum(used.quantity for used in account.usage if used.on in days)
            elif piece.per and not piece.reason:
                told.update((name, day, piece.sku, piece.quantity, piece.unit_price, piece.per) for day in days)
    return told


def free_days(account: Account, period: Period) -> set[date]:
    """The days without payer for a trial or a move, but for those on which the service was suspended besides."""
    pieces = charge(account, period=period, terms=TERMS).uncharged
    days = {day for piece in pieces if piece.reason in ("trial", "migration") for day in days_of(piece.period)}
    return {day for day in days if not suspended(account, day, TERMS)}


def days_of(period: Period) -> list[date]:
    return [period.start + timedelta(days=n) for n in range(period.days)]


def said(rows: list[Row], city: City) -> Told:
    """The same of the free rows of a file, after a look at what they would have cost."""
    told: Told = Counter()
    contracts = {contract.contract_id: contract for contract in city.contracts}
    for row in rows:
        per, span = json.loads(row["SkuPriceDetails"])["x_Per"], Period(row["x_FirstDay"], row["x_EndDay"])
        share = Fraction(*factor(per, contracts[row["x_Contract"]].proration, span))
        exact = Fraction(row["x_Quantity"]) * Fraction(row["ListUnitPrice"]) * share
        assert abs(Fraction(row["ListCost"]) - exact) <= Fraction(row["ListUnitPrice"]) / 10**12
        assert row["BilledCost"] == row["EffectiveCost"] == row["ContractedCost"] == 0
        if per == "use":
            told[row["ResourceId"], "use"] += row["ConsumedQuantity"]
        else:
            key = (row["SkuId"], row["x_Quantity"], row["ListUnitPrice"], per)
            told.update((row["ResourceId"], day, *key) for day in days_of(span))
    return told


@st.composite
def generous(draw: st.DrawFn) -> City:
    """Any city, with more trials and moves than usual and a price for every day, so that none is refused."""
    city = draw(cities())
    services = [replace(service, trial=draw(st.booleans())) for service in city.services]
    moves = [replace(move, cause=draw(st.sampled_from(["platform", "platform", "unit"]))) for move in city.migrations]
    pers: Any = st.sampled_from(["month", "year", "day", "use", "once"])
    prices = [
        Price(contract.contract_id, sku, draw(pers), draw(NUMBERS), date(2000, 1, 1))
        for contract in city.contracts
        for sku in SKUS
    ]
    return replace(city, services=services, migrations=moves, prices=prices)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(city=generous(), period=st.one_of(periods(), st.just(Period(date(2023, 12, 1), date(2025, 2, 1)))))
def test_free_days_are_those_that_the_law_gives_free(city: City, period: Period) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = export(city.write(folder / "p"), folder / "bill.parquet", period=period)
        rows = typed(folder / "bill.parquet")
    assert said([row for row in rows if row["x_FundingMode"] == "none"], city) == relieved(city, period)
    assert len(rows) == found.totals.lines + found.free
    assert sum((row["BilledCost"] for row in rows), Decimal(0)) == found.totals.all
