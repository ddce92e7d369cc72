"""Read figures and days that people typed; every wrong one is a Problem with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from yunheng.foundation.workflow.errors import Problem

Posted = Any


def number(posted: Posted, name: str, where: str, problems: list[Problem]) -> Decimal:
    """A decimal without exponent; 0 with a problem when it is none."""
    text = str(posted.get(name, "")).replace(",", "").strip()
    try:
        value = Decimal(text)
        if "e" in text.lower() or not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        problems.append(Problem(where, f"“{text}”不是数字" if text else "没有填写数量"))
        return Decimal(0)
    return value


def day(posted: Posted, name: str, where: str, problems: list[Problem]) -> date:
    """A day; the epoch with a problem when it is none."""
    text = str(posted.get(name, "")).strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(where, "没有填写日期" if not text else f"“{text}”不是日期"))
        return date(1990, 1, 1)


def chosen(posted: Posted, name: str = "lines") -> list[int]:
    """The line numbers that were ticked."""
    return [int(text) for text in posted.getlist(name) if text.isdecimal()]
