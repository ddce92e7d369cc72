"""Article 10, second paragraph: what is found and yet not suggested: a reserve, somebody just asked, too little to save."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from yunheng.law.ch2_use.art10_idle import RESERVES
from yunheng.law.ch2_use.art10_use import HUNDRED, percent, plain
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@rule(art(10, 2), Force.MUST)
def sibling_idle(facts: Decimal | None, p: Parameters) -> Finding:
    """One machine of a role that rests while another works is a reserve. ``facts``: the P99.5 of the busiest other."""
    limit = p["idle_cpu_peak"]
    if facts is None or facts < limit * HUNDRED:
        return Finding("ok", "没有繁忙的同用途机器")
    row = Row("同用途机器的P99.5", f"< {percent(limit)}", f"{plain(facts)}%", "超过", hit=True)
    return Finding("fail", f"同用途的另一台在忙（{row.value}），本机视为其备用", (row,))


@rule(art(10, 2), Force.MUST)
def no_reserve(facts: str, p: Parameters) -> Finding:
    """What stands by has to bear the load of what it stands by for: its own load says nothing of its size. ``facts``: its role."""
    word = dict(RESERVES).get(facts, "")
    return Finding("fail", f"用途为{word}，须能接替，不建议降配") if word else Finding("ok", "非备机、灾备、备份")


@rule(art(10, 2), Force.MUST)
def cooled_down(facts: tuple[date, date | None], p: Parameters) -> Finding:
    """Nobody is asked again soon after a suggestion or a change. ``facts``: today and the day of the last."""
    on, last = facts
    days = p["advice_cool_down"].n
    if last is None or (on - last).days >= days:
        return Finding("ok", "近期没有建议或变更")
    return Finding("fail", f"{last}已有建议或变更，不足{days}天，不再提出")


@rule(art(10, 2), Force.MUST)
def worth_it(facts: Decimal | None, p: Parameters) -> Finding:
    """A suggestion costs several people an hour: below the floor it is not made. None: there is no price to ask."""
    if facts is None:
        return Finding("ok", "没有单价，不比较节约额")
    floor = p["advice_floor"]
    row = Row(
        "每月节约", f"≥ {floor:,.2f}元", f"{facts:,.2f}元", "满足" if facts >= floor else "不足", hit=facts < floor
    )
    return Finding("ok" if facts >= floor else "fail", f"每月节约{row.value}" + "，低于下限" * (facts < floor), (row,))
