"""Article 10, second paragraph: whose days count for the unit's term (R-012).

    receipt │ 1 │ 2 │ filed … in the hands of centre, bureau, provider … │ returned │ 3 │ 4 │ 5 = last day │ lapsed

The term is worked out as in article 11: ``art11_term.due_after`` with the spans in which others had the matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from yunheng.law.kernel.period import Period

# In which states of a change, an exit, an agreement the unit itself has to act, or has nothing on its way any more.
WITH_UNIT = {
    "change": ("draft", "returned", "rejected", "withdrawn", "cancelled", "lapsed"),
    "exit": ("draft", "backed_up", "withdrawn"),
    "agreement": ("drafted", "declined", "withdrawn"),
}
UNFILED = {"change": ("draft",), "exit": ("draft",), "agreement": ("drafted",)}
FAILED = {
    "change": ("rejected", "withdrawn", "cancelled", "lapsed"), "exit": ("withdrawn",),
    "agreement": ("declined", "withdrawn"),
}  # fmt: skip


def elsewhere(entered: Iterable[tuple[date, str]], kind: str, until: date) -> tuple[Period, ...]:
    """The spans in which others had the unit's case: ``entered`` are its days and states in order; open until ``until``."""
    found: list[Period] = []
    since: date | None = None
    for day, state in (*entered, (until, "")):
        with_unit = not state or state in WITH_UNIT[kind]
        if since is not None and with_unit:
            found.append(Period(since, day))
            since = None
        elif since is None and not with_unit:
            since = day
    return tuple(found)
