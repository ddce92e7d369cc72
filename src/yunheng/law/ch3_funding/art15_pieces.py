"""Article 15, the cutting: where anything changes, a piece ends.

life        |━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━|            [opened_on, closed_on)
conditions      ¦ quantity      ¦ suspended   ¦ lane
prices                  ¦ new price
months        ¦       ¦       ¦       ¦       ¦
pieces      |─|─|─────|─|─────|─|     |───────|──|           one line each, days without payer left out
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from yunheng.law.ch3_funding.art15_facts import Account, Per, Price, Terms, days_later
from yunheng.law.ch3_funding.art15_payer import Party, Reason, payer_of
from yunheng.law.kernel.period import Period, month_of

ONE_DAY = timedelta(days=1)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Piece:
    """Days on which nothing changes. ``reason`` says why there is no line; ``priced`` is false where a price lacks."""

    period: Period
    sku: str
    quantity: Decimal
    per: Per | None
    unit_price: Decimal
    payer: Party
    rule: str
    reason: Reason = ""
    priced: bool = True

    @property
    def sameness(self) -> tuple[object, ...]:
        """What neighbours must share to be one piece: values, not rows. Days without line keep no months apart."""
        if self.reason or not self.priced:
            return (self.reason, self.priced, not self.priced and self.sku)
        own = None if self.per == "use" else self.quantity
        month = (self.period.start.year, self.period.start.month)
        return (month, self.sku, own, self.unit_price, self.per, self.payer, self.rule)


def cut(account: Account, *, period: Period, terms: Terms) -> tuple[Piece, ...]:
    """The pieces of a service in ``period``: every day of its life that lies there is in exactly one."""
    pieces: list[Piece] = []
    window = account.service.life.clip(period)
    for start, end in pairwise(_boundaries(account, window, terms)):
        piece = _piece(account, Period(start, end), terms)
        if pieces and pieces[-1].sameness == piece.sameness:
            pieces[-1] = replace(pieces[-1], period=Period(pieces[-1].period.start, end))
        else:
            pieces.append(piece)
    return tuple(_metered(account, piece) for piece in pieces)


def _boundaries(account: Account, window: Period, terms: Terms) -> list[date]:
    """Every day on which something may change, with both ends of the window; empty for an empty window."""
    if not window:
        return []
    opened = account.service.opened_on
    days = {window.start, window.end, opened + ONE_DAY, days_later(opened, terms.trial)}
    days |= {condition.on for condition in account.conditions}
    days |= {day for price in account.prices for day in (price.valid_from, price.period.end)}
    days |= {m.confirmed_on for m in account.migrations if m.confirmed_on}
    days |= {days_later(m.target_opened_on, terms.parallel) for m in account.migrations}
    days |= set(_month_starts(window))
    return sorted(day for day in days if window.start <= day <= window.end)


def _month_starts(window: Period) -> Iterator[date]:
    day = month_of(window.start).end
    while day < window.end:
        yield day
        day = month_of(day).end


def _piece(account: Account, period: Period, terms: Terms) -> Piece:
    """The values of the first day, which are those of every day of an elementary piece."""
    day, service = period.start, account.service
    sku_now, amount_now = account.condition("sku", day), account.condition("quantity", day)
    sku = str(sku_now.value) if sku_now else service.sku
    quantity = Decimal(amount_now.value) if amount_now else service.quantity
    payer = payer_of(account, day, terms)
    if not payer.party:
        return Piece(period, sku, quantity, None, ZERO, "", "", payer.reason)
    prices = list(account.prices_of(sku))
    price = next((p for p in prices if day in p.period), None)
    opening = day == service.opened_on
    if not opening and _once_only(price, prices):
        return Piece(period, sku, quantity, None, ZERO, payer.party, payer.rule, "once")
    if price is None:
        return Piece(period, sku, quantity, None, ZERO, payer.party, payer.rule, priced=False)
    reason: Reason = "zero" if price.per != "use" and not quantity else ""
    return Piece(period, sku, quantity, price.per, price.unit_price, payer.party, payer.rule, reason)


def _once_only(price: Price | None, prices: list[Price]) -> bool:
    """Whether nothing is due after the opening day: the price of the day is ``once``, or all the product has."""
    if price is not None:
        return price.per == "once"
    return bool(prices) and all(p.per == "once" for p in prices)


def _metered(account: Account, piece: Piece) -> Piece:
    """A piece charged by use bears the use of its days; its own quantity plays no part."""
    if piece.per != "use" or piece.reason:
        return piece
    used = sum((u.quantity for u in account.usage if u.on in piece.period), ZERO)
    return replace(piece, quantity=used, reason="" if used else "zero")
