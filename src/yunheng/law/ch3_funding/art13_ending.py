"""Article 13 and what ends coverage: advice not followed (10.3), facts gone (13.2), a failed rectification (24.2).

10.3   …── term ── last day │ first day to the unit           (R-004)
13.2   …── facts hold ───── │ the day they changed
24.2   …── decision day ─── │ this day or later: 后续 looks ahead
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Cite, Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import ONE_DAY
from yunheng.law.kernel.verdict import Finding, Row, rule

GROUNDS = (
    ("10.3", "优化建议逾期未调整"),
    ("13.2", "不再符合纳入条件"),
    ("24.2", "整改不合格，影响后续保障"),
)
KNOWN_ON = {"10.3": "办理期限届满日", "13.2": "条件变化之日", "24.2": "处理决定之日"}


def cite_of_ground(ground: str) -> Cite:
    """The paragraph that a ground is: 10.3 → 第十条第三款."""
    return Cite.parse(ground)


def rule_of(ground: str) -> str:
    """The name that the lines of the bill bear from the day on: art10.3."""
    return f"art{ground}"


@dataclass(frozen=True)
class End:
    """The first day without coverage, on which ground, and the day on which the ground came about."""

    day: date
    ground: str
    known_on: date
    covered_from: date
    today: date

    @property
    def earliest(self) -> date:
        """The first day that the ground allows."""
        return {"10.3": self.known_on + ONE_DAY, "13.2": self.known_on}.get(self.ground, self.today)


@rule(art(13, 2), Force.MUST)
def coverage_end_valid(facts: End, p: Parameters) -> Finding:
    """From the day that the ground allows, or from a later one that the decision names; never before coverage began."""
    first = max(facts.earliest, facts.covered_from)
    wrong = []
    if facts.known_on > facts.today:
        wrong.append(f"{KNOWN_ON[facts.ground]}{facts.known_on}晚于今天")
    if facts.day < first:
        wrong.append(f"移出日期{facts.day}早于{first}")
    relation = "≥" if facts.day >= first else "＜"
    rows = (
        Row(KNOWN_ON[facts.ground], dict(GROUNDS)[facts.ground], f"{facts.known_on}", "已知"),
        Row("移出日期", f"{facts.day} {relation} {first}", f"{facts.day}", "不满足" if wrong else "满足", hit=True),
    )
    cite = cite_of_ground(facts.ground)
    if wrong:
        return Finding("fail", "；".join(wrong), rows, cites=(cite,))
    return Finding("ok", f"自{facts.day}起由用户单位自行结算", rows, (f"依据{cite}",), (cite,))


@rule(art(13, 2), Force.MUST)
def coverage_restored_forward(facts: tuple[date, date, date], p: Parameters) -> Finding:
    """Never backwards. ``facts``: the day, today, the first day without coverage."""
    day, today, ended_from = facts
    first = max(today, ended_from)
    relation = "≥" if day >= first else "＜"
    row = Row("恢复日期", f"{day} {relation} {first}", f"{day}", "满足" if day >= first else "不满足", hit=True)
    if day < first:
        return Finding("fail", f"恢复日期{day}早于{first}：恢复不追溯", (row,))
    return Finding("ok", f"自{day}起恢复统筹保障", (row,))


@rule(art(13, 2), Force.MUST)
def covered_now(facts: tuple[tuple[str, bool], ...], p: Parameters) -> Finding:
    """Only what the fund pays for today can be taken up. ``facts``: each service and whether it is covered."""
    own = [name for name, covered in facts if not covered]
    if not facts:
        return Finding("fail", "没有在用的服务")
    if own:
        return Finding("fail", f"{'、'.join(own)}今天不在统筹保障范围内")
    return Finding("ok", f"{len(facts)}项服务在统筹保障范围内")
