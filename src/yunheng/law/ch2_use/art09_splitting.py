"""Article 9.2: several changes of one system that together pass a limit which none passes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.law.ch2_use.art09_change import passes, percent
from yunheng.law.ch2_use.art09_citation import months_before
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Addition:
    """A change of the same system: its number, the day of its decision, the fee before it, what it adds (yuan a year)."""

    number: str
    on: date
    before: Decimal
    added: Decimal


@rule(art(9, 2), Force.IN_PRINCIPLE)
def splitting_suspected(facts: Sequence[Addition], p: Parameters) -> Finding:
    """Additions of the last months that pass a limit together and none by itself. A notice: it refuses nothing.

    ``facts`` are in the order of their days, the change in question last.
    """
    now, first = facts[-1], months_before(facts[-1].on, p["splitting_window"])
    counted = [one for one in facts if one.added > 0 and one.on > first]
    small = [one for one in counted if not any(passes(one.before, one.added, p))]
    total = sum((one.added for one in small), Decimal(0))
    rows = tuple(
        Row(one.number, f"{one.on}", f"{yuan(one.added)}元", "单独未达到" if one in small else "已论证")
        for one in counted
    )
    if now in small and len(small) > 1 and any(passes(small[0].before, total, p)):
        base = small[0].before
        share = f"，占首件变更前费用的{percent(total, base)}" if base > 0 else ""
        sum_row = Row("合计", " ＋ ".join(yuan(one.added) for one in small), f"{yuan(total)}元", "已达到", hit=True)
        words = f"疑似拆分：近{p['splitting_window']}个月 {len(small)} 件变更合计新增{yuan(total)}元{share}，各件单独均未达到"
        return Finding("need", words, (*rows, sum_row), ("只作提示，可退回要求论证",))
    return Finding("ok", f"近{p['splitting_window']}个月的新增合并计算，没有拆分迹象", rows)
