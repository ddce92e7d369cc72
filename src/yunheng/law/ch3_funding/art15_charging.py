"""Article 15: what a service owes for a period, to the fen. The words that an accountant reads; no clock, no store.

``quantity x unit price x factor`` is exact all the way and rounded once per line. Clipping a piece to the period asked
for changes its days only: the denominators stay those of the whole month or year.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from yunheng.law.ch3_funding.art15_facts import Account, Per, Proration, Service, Terms
from yunheng.law.ch3_funding.art15_payer import Party
from yunheng.law.ch3_funding.art15_pieces import Piece, cut
from yunheng.law.kernel.money import round_fen
from yunheng.law.kernel.period import Period, month_of

MONTHS_OF_A_YEAR, MONTH_30, YEAR_360, YEAR_365 = 12, 30, 360, 365  # words of the contract, not figures of the law


@dataclass(frozen=True)
class Line:
    """One line of a statement, with the fraction by which it was worked out: ``numerator / denominator``."""

    service: Service
    period: Period
    sku: str
    quantity: Decimal
    unit_price: Decimal
    per: Per
    payer: Party
    rule: str
    numerator: int
    denominator: int

    @property
    def days(self) -> int:
        return self.period.days

    @property
    def exact(self) -> Fraction:
        """The amount before the one rounding."""
        return Fraction(self.quantity) * Fraction(self.unit_price) * Fraction(self.numerator, self.denominator)

    @property
    def amount(self) -> Decimal:
        return round_fen(self.exact)


@dataclass(frozen=True)
class Unpriced:
    """Days that somebody pays and that have no price in force."""

    service_id: str
    sku: str
    period: Period


class MissingPrice(Exception):
    """A price lacks: the statement is parked. ``gaps`` names service, product and days."""

    def __init__(self, gaps: tuple[Unpriced, ...]) -> None:
        self.gaps = gaps
        spans = "; ".join(f"{g.service_id} {g.sku} [{g.period.start}, {g.period.end})" for g in gaps)
        super().__init__(f"no price in force: {spans}")


@dataclass(frozen=True)
class Charged:
    """What came out: every day of the life within the period is in exactly one piece."""

    account: Account
    pieces: tuple[Piece, ...]

    @property
    def gaps(self) -> tuple[Unpriced, ...]:
        own = self.account.service.service_id
        return tuple(Unpriced(own, p.sku, p.period) for p in self.pieces if not p.priced)

    @property
    def uncharged(self) -> tuple[Piece, ...]:
        """The pieces without line, each with its reason, for the drawing."""
        return tuple(piece for piece in self.pieces if piece.reason)

    @property
    def lines(self) -> tuple[Line, ...]:
        """One line per charged piece, oldest first. Raises MissingPrice."""
        if self.gaps:
            raise MissingPrice(self.gaps)
        return tuple(_line(self.account, piece) for piece in self.pieces if not piece.reason)


def charge(account: Account, *, period: Period, terms: Terms) -> Charged:
    """What one service owes for the days of ``period``, future ones included: today plays no part (15.1)."""
    return Charged(account, cut(account, period=period, terms=terms))


def factor(per: Per, proration: Proration, period: Period) -> tuple[int, int]:
    """The fraction of a price that the days of a piece, all in one month, cost; not reduced, as people write it."""
    days, start = period.days, period.start
    year = 366 if calendar.isleap(start.year) else 365
    if per == "month":
        by_month: dict[Proration, tuple[int, int]] = {
            "annual_actual": (MONTHS_OF_A_YEAR * days, year),
            "annual_365": (MONTHS_OF_A_YEAR * days, YEAR_365),
            "month_30": (days, MONTH_30),
            "calendar_month": (days, month_of(start).days),
        }
        return by_month[proration]
    if per == "year":
        return days, {"annual_365": YEAR_365, "month_30": YEAR_360}.get(proration, year)
    return (days, 1) if per == "day" else (1, 1)


def _line(account: Account, piece: Piece) -> Line:
    if piece.per is None:
        raise ValueError("a piece without price gives no line")
    numerator, denominator = factor(piece.per, account.contract.proration, piece.period)
    return Line(
        service=account.service,
        period=piece.period,
        sku=piece.sku,
        quantity=piece.quantity,
        unit_price=piece.unit_price,
        per=piece.per,
        payer=piece.payer,
        rule=piece.rule,
        numerator=numerator,
        denominator=denominator,
    )
