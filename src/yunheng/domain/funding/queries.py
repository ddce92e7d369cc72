"""Contracts and prices of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, QuerySet

from yunheng.domain.funding.models import Contract, Price
from yunheng.foundation.workflow.actor import Actor
from yunheng.law.kernel.money import FEN, round_fen
from yunheng.law.kernel.period import Period, year_of


def contracts(*, actor: Actor) -> QuerySet[Contract]:
    """Contracts that the actor may see: a unit its own and the covered ones, a provider those that it serves."""
    found = Contract.objects.filter(jurisdiction_id=actor.jurisdiction_id).select_related("buyer", "provider")
    if actor.kind == "user_unit":
        return found.filter(Q(lane="covered") | Q(buyer_id=actor.organisation_id))
    if actor.kind == "provider":
        return Contract.objects.filter(provider_id=actor.organisation_id).select_related("buyer", "provider")
    return found if actor.kind in ("bureau", "centre") else found.none()


def prices_on(*, contract: Contract, on: date) -> dict[str, Price]:
    """The price of each product in force on a day."""
    held = contract.prices.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))
    return {price.sku: price for price in held}


MONTHS = {"month": 12, "year": 1}


def annual_fee(*, price: Price | None, quantity: Decimal) -> Decimal | None:
    """What a quantity costs in a whole year at a price; None where it has no yearly fee (metered, one-off, none)."""
    if price is None or price.per not in MONTHS:
        return None
    return (quantity * price.unit_price * MONTHS[price.per]).quantize(FEN)


def annual_total(fees: Iterable[Decimal | None]) -> Decimal:
    """The sum of the rows shown."""
    return sum((fee for fee in fees if fee is not None), Decimal("0.00"))


def fund_of_year(*, jurisdiction_id: int, on: date) -> Decimal | None:
    """The money of the fund for the year of a day, in yuan: its contracts in force then, each by the days of that year.

    None where no contract is in force, or one of them names no amount.
    """
    year = year_of(on.year)
    held = Contract.objects.filter(jurisdiction_id=jurisdiction_id, lane="covered", starts_on__lte=on, ends_on__gt=on)
    shares = []
    for contract in held:
        if contract.amount is None:
            return None
        term = Period(contract.starts_on, contract.ends_on)
        shares.append(round_fen(Fraction(contract.amount) * Fraction(term.clip(year).days, term.days)))
    return annual_total(shares) if shares else None
