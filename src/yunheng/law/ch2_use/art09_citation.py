"""Article 9.2, last sentence: a regular or periodic change is argued for the first time only; later ones cite that case."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.law.kernel.parameters import Parameters


@dataclass(frozen=True)
class Citation:
    """A change on day ``on`` that cites an earlier one, and what that one justified.

    ``wanted`` and ``justified`` say, by product, how much the whole system runs after the change; ``approved_on`` is
    None where the first case was not approved, ``argued`` says that it was declared regular and argued for itself.
    """

    number: str
    on: date
    same_system: bool
    argued: bool
    approved_on: date | None
    wanted: Mapping[str, Decimal]
    justified: Mapping[str, Decimal]


def gaps(citation: Citation, p: Parameters) -> list[str]:
    """Why the first case cannot be cited; nothing when it can."""
    found, months = [], p["periodic_citation_months"]
    if not citation.same_system:
        found.append("不是同一系统的变更")
    if citation.approved_on is None:
        found.append("首次变更未获批准")
    elif citation.approved_on <= months_before(citation.on, months):
        found.append(f"首次论证于{citation.approved_on}批准，已满{months}个月")
    if not citation.argued:
        found.append("首次变更不是经过论证的规律性、周期性变更")
    for sku, quantity in citation.wanted.items():
        if sku not in citation.justified:
            found.append(f"{sku}不在首次论证的产品之内")
        elif quantity > citation.justified[sku]:
            found.append(f"{sku}变更后为{_plain(quantity)}，超过首次论证的{_plain(citation.justified[sku])}")
    return found


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
