"""Article 4.1: the bureau may adjust resources by itself; on what grounds, and that the unit is heard first."""

from __future__ import annotations

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, rule

GROUNDS = (
    ("capacity", "平台容量"),
    ("security", "安全"),
    ("optimisation", "资源优化（第十条）"),
    ("rectification", "服务整改（第二十四条）"),
)


@rule(art(4, 1), Force.MUST)
def unit_heard(facts: int, p: Parameters) -> Finding:
    """Without a word of the unit the bureau decides only after the days that it left for one: ``facts`` have passed."""
    term = p["adjustment_hearing"]
    if facts <= term.n:
        return Finding("fail", f"须等单位提出意见，征求意见满{term.n}个工作日后才能决定；已过 {facts} 个工作日")
    return Finding("ok", f"征求意见已满{term.n}个工作日，单位没有提出意见")
