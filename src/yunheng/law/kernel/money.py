"""Yuan and fen: exact until the one rounding of a line, and in capitals for finance."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

FEN = Decimal("0.01")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def round_fen(amount: Fraction) -> Decimal:
    """Round an exact amount that is not negative HALF_UP to 0.01 yuan; raises ValueError below zero.

    Adjustments are differences of rounded amounts; a negative number is never rounded (spec of charging, §4).
    """
    if amount < 0:
        raise ValueError("a negative amount is never rounded")
    fen = (2 * 100 * amount.numerator + amount.denominator) // (2 * amount.denominator)
    return Decimal(fen).scaleb(-2)


def yuan(amount: Decimal) -> str:
    """1978.9 → 1,978.90, with the minus sign U+2212."""
    text = f"{abs(amount).quantize(FEN, ROUND_HALF_UP):,.2f}"
    return f"\u2212{text}" if amount < 0 else text


def _group(four: int) -> str:
    """One group of four digits in capitals, inner zeros told once."""
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = four // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _UNITS[place]
            zero = False
        else:
            zero = True
    return text


def capitals(amount: Decimal) -> str:
    """Write an amount the way finance does: 1978.92 → 人民币壹仟玖佰柒拾捌元玖角贰分."""
    fen = int(amount.copy_abs().quantize(FEN, ROUND_HALF_UP).scaleb(2))
    whole, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    text, gap = "", False
    for place in (3, 2, 1, 0):
        four = whole // 10000**place % 10000
        if four:
            text += ("零" if text and (gap or four < 1000) else "") + _group(four) + _GROUPS[place]
            gap = False
        else:
            gap = bool(text)
    text = (text or ("" if fen and not whole else "零")) + ("元" if whole or not fen else "")
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif cent and whole:
        text += "零"
    text += _DIGITS[cent] + "分" if cent else "整"
    return "人民币" + ("负" if amount < 0 else "") + text
