"""Article 10, second paragraph: bandwidth beside what was bought: information for the next change, never a suggestion (R-028)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from yunheng.law.ch2_use.art10_use import Spread, percent, plain
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Flow:
    """What went through in the window, both ways together, and what was bought, in bytes per second."""

    network: Spread
    bought: Decimal


@rule(art(10, 2), Force.MUST)
def bandwidth_oversized(facts: Flow, p: Parameters) -> Finding:
    """Its busiest hour needs a small part of what was bought. A word for the next change."""
    return _beside(facts, facts.network.busiest, "最忙的一小时", p["bandwidth_used"], larger=False)


@rule(art(10, 2), Force.MUST)
def bandwidth_undersized(facts: Flow, p: Parameters) -> Finding:
    """Nearly full as a rule: a notice. More goes through article 9."""
    return _beside(facts, facts.network.p95, "流量的P95", p["bandwidth_full"], larger=True)


def _beside(facts: Flow, flow: Decimal, what: str, limit: Decimal, *, larger: bool) -> Finding:
    share = flow / facts.bought
    found = share > limit if larger else share < limit
    how = f"{'>' if larger else '<'} 购买带宽的{percent(limit)}"
    row = Row(what, how, f"{plain(flow)}字节/秒，占{percent(share)}", "符合" if found else "不符合", hit=found)
    if not found:
        return Finding("ok", f"带宽{'未见偏小' if larger else '合适'}：{what}占{percent(share)}", (row,))
    then = "" if larger else "；下次变更时一并考虑"
    return Finding("need", f"带宽{'偏小提示' if larger else '偏大'}：{what}占{percent(share)}{then}", (row,))
