"""Article 26: how the quantity of something went before the platform, as the provider writes it down.

2025-06-01 4；2026-02-01 8      four from the first day on, eight from the second
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

Steps = tuple[tuple[date, Decimal], ...]  # from which day on, how many
_STEP = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\d{1,9}(?:\.\d{1,6})?)")


def history_of(text: str, *, since: date | None, now: Decimal | None, day: date) -> Steps:
    """The steps of a quantity, oldest first, from ``since`` to what it is on ``day``. Raises ValueError in words."""
    steps = tuple(_step(part.strip()) for part in re.split(r"[;；]", text) if part.strip())
    days = [on for on, _ in steps]
    if not steps or days != sorted(set(days)):
        raise ValueError("须按日期先后，一日一次")
    if since is not None and days[0] != since:
        raise ValueError(f"第一次 {days[0]} 须与“自”{since} 相同")
    if days[-1] > day:
        raise ValueError(f"{days[-1]} 晚于存量日期 {day}")
    if now is not None and steps[-1][1] != now:
        raise ValueError(f"最后一次 {steps[-1][1]:f} 须与数量 {now:f} 相同")
    return steps


def _step(part: str) -> tuple[date, Decimal]:
    found = _STEP.fullmatch(part)
    try:
        if found is None:
            raise ValueError
        return date.fromisoformat(found[1]), Decimal(found[2])
    except (ValueError, InvalidOperation):
        raise ValueError(f"“{part[:30]}”须为“2026-01-31 4”这样的日期和数量，各次以；分开") from None


def from_day(steps: Sequence[tuple[date, Decimal]], start: date) -> Steps:
    """The same from ``start`` on: what it was then, and what came later."""
    before = [quantity for on, quantity in steps if on <= start]
    later = [(on, quantity) for on, quantity in steps if on > start]
    return ((start, before[-1] if before else later[0][1]), *(later if before else later[1:]))
