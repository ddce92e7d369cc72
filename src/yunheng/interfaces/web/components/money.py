"""Amounts and figures as text. The minus is U+2212; an absent amount is a dash, zero is 0.00."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from yunheng.law.kernel.money import yuan as yuan_of

ABSENT = "—"
_WAN = Decimal(10_000)
_CENT = Decimal("0.01")


def yuan(amount: Decimal | None, *, sign: bool = False) -> str:
    """1978.92 → 1,978.92; with ``sign`` a difference above zero gets a plus."""
    if amount is None:
        return ABSENT
    text = yuan_of(amount)
    if set(text) <= set("\u22120.,"):  # what rounds to zero has no sign
        return "0.00"
    return f"+{text}" if sign and amount > 0 else text


def wan(amount: Decimal | None) -> str:
    """In 万元 with two decimals, for the cockpit and the sandbox."""
    return ABSENT if amount is None else yuan(amount / _WAN)


def count(value: Decimal | int | None) -> str:
    """A quantity: 1150 → 1,150; 1.50 → 1.5."""
    if value is None:
        return ABSENT
    number = Decimal(value)
    text = f"{abs(number):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"\u2212{text}" if number < 0 else text


def price(value: Decimal | None) -> str:
    """A unit price: 0.2 → 0.20, 0.035 → 0.035; at least two decimals, none of its own lost."""
    if value is None:
        return ABSENT
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{places}f}"


def percent(ratio: Decimal | None, *, places: int = 2) -> str:
    """0.3219 → 32.19%."""
    if ratio is None:
        return ABSENT
    text = f"{abs(ratio * 100).quantize(_CENT.scaleb(2 - places), ROUND_HALF_UP):f}"
    return f"\u2212{text}%" if ratio < 0 and text.strip("0.") else f"{text}%"


def file_size(octets: int) -> str:
    """0.8 MB; small files in KB."""
    if octets < 100_000:
        return f"{max(1, round(octets / 1000))} KB"
    return f"{octets / 1_000_000:.1f} MB"
