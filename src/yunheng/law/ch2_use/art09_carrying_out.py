"""Article 9.1: what may be changed, and from which day it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

# Words for a change that is not of the covered lane.
BY_AGREEMENT = "不纳入统筹的，服务变更由用户单位与云服务商自行协商，按协议登记"


@dataclass(frozen=True)
class ChangeList:
    """How many lines differ from the ledger, and what stands in the way of some, in sentences."""

    differing: int
    wrong: Sequence[str] = ()


@rule(art(9, 1), Force.MUST)
def change_sound(facts: ChangeList, p: Parameters) -> Finding:
    """Something changes, the ledger is still as the list says, and each product has a price in the contract."""
    if facts.wrong:
        return Finding("fail", "；".join(facts.wrong))
    if not facts.differing:
        return Finding("fail", "清单与台账没有差别，没有任何变动")
    return Finding("ok", f"清单有 {facts.differing} 行变动，与台账相符，均有合同价格")


@dataclass(frozen=True)
class EffectiveDay:
    """The day from which a line is changed, as the provider reports it; ``contract`` is its period, the end exclusive."""

    name: str
    day: date
    notified_on: date
    today: date
    contract: tuple[date, date]


@rule(art(9, 1), Force.MUST)
def effective_day_valid(facts: Sequence[EffectiveDay], p: Parameters) -> Finding:
    """Not before the notice, not in the future, within the contract."""
    rows, wrong = [], []
    for line in facts:
        starts, ends = line.contract
        found = []
        if line.day < line.notified_on:
            found.append(f"早于通知日{line.notified_on}")
        if line.day > line.today:
            found.append("晚于今天")
        if not starts <= line.day < ends:
            found.append(f"不在合同服务期{starts}至{ends}（不含）内")
        wrong += [f"{line.name}：生效日{line.day}{words}" for words in found]
        how = "；".join(found) or f"{line.notified_on} ≤ {line.day} ≤ {line.today}"
        rows.append(Row(line.name, how, f"{line.day}", "不满足" if found else "满足", hit=bool(found)))
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", "各行生效日在通知日至今天之间", tuple(rows))


@rule(art(9, 1), Force.MUST_NOT)
def nothing_changed_yet(facts: int, p: Parameters) -> Finding:
    """What the provider has reported as changed is not called off any more: it is changed back."""
    if facts:
        return Finding("fail", "云服务商已报告过完成，不能取消或复核；需要恢复的，另行申请变更")
    return Finding("ok", "云服务商尚未报告完成")
