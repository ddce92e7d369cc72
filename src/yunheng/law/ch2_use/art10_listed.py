"""Article 10, second paragraph: what a series of inventories, or of days, comes to for a disk or a line.

    inventory      attached │ free │ free │ (nothing for long) │ free │ free ── today
    free for sure            ├──────┤                           ├───────────┤   the gap proves nothing

An inventory that does not say what a resource is attached to says nothing; nobody's silence makes a disk unattached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from yunheng.law.ch2_use.art10_idle import Attachment, Filling
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, rule

NOT_SAID = Attachment(None, "没有挂载信息：云服务商的资源清单没有说明挂载")


@dataclass(frozen=True)
class Listing:
    """What the inventory of a day says of a resource: whether something holds it; None: nothing was said."""

    on: date
    held: bool | None


def attachment(series: Sequence[Listing], on: date, p: Parameters) -> Attachment:
    """Since when nothing holds a resource, by the inventories up to a day in their order."""
    gap, last = p["inventory_gap"].n, series[-1] if series else None
    if last is None or last.held is None:
        return NOT_SAID
    if (on - last.on).days > gap:
        return Attachment(None, f"最近一份资源清单是{last.on}的，距今超过{gap}天")
    if last.held:
        return Attachment(None)
    first, proven = last.on, False
    for one in reversed(series[:-1]):
        near = (first - one.on).days <= gap
        if one.held is not False or not near:
            proven = near and one.held is True
            break
        first = one.on
    days = (on - first).days
    return Attachment(days, "" if proven else f"资源清单只能证明未挂载{days}天")


def filling(days: Mapping[date, Decimal], on: date, p: Parameters) -> Filling | None:
    """How a disk filled, by its highest use in % on each day that was heard; None when none was heard."""
    window, edge = p["advice_window_disk"].n, timedelta(days=p["disk_edge"].n)
    seen = {day: used for day, used in days.items() if on - timedelta(days=window) - edge <= day < on}
    if not seen:
        return None
    first, last = min(seen), max(seen)
    return Filling(
        first=max(used for day, used in seen.items() if day < first + edge),
        last=max(used for day, used in seen.items() if day > last - edge),
        seen_days=(on - first).days,
        heard_days=len(seen),
        highest=max(seen.values()),
    )


@rule(art(10, 2), Force.MUST)
def measurable(facts: str, p: Parameters) -> Finding:
    """What could be measured and is not: nothing is said of it, with the reason. ``facts``: the reason."""
    return Finding("undetermined", f"{facts}，不作判断") if facts else Finding("ok", "有监测数据")
