"""Article 9, first paragraph: what a comparison of inventory and ledger found, and the same in a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from yunheng.law.ch2_use.art09_difference_kinds import KINDS, Difference, Kind
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

Way = Literal["tag", "instance", "place"]


@dataclass
class Outcome:
    """What a comparison found. ``unevaluated`` are metered lines without an amount, ``under_way`` lines whose case
    makes the difference that was seen. ``belongs`` says to which line each instance was put."""

    rows: int = 0
    lines: int = 0
    differences: list[Difference] = field(default_factory=list)
    ways: Counter[Way] = field(default_factory=Counter)
    unevaluated: list[str] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    belongs: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Kind, int]:
        """Differences by kind, every kind named."""
        found = Counter(difference.kind for difference in self.differences)
        return {kind: found[kind] for kind in KINDS}


@rule(art(9, 1), Force.FORBIDDEN)
def inventory_as_approved(facts: Outcome, p: Parameters) -> Finding:
    """The whole comparison in a sentence: each kind of difference with its number and whose it is to explain."""
    rows = tuple(
        Row(known.zh, f"依据{known.cite}，由{known.owner_zh}说明", f"{facts.counts[kind]}项", "有差异", hit=True)
        for kind, known in KINDS.items()
        if facts.counts[kind]
    )
    foot = [f"清单{facts.rows}行，台账{facts.lines}项"]
    foot += [f"按量服务{len(facts.unevaluated)}项未报用量，未作判断"] if facts.unevaluated else []
    foot += [f"{len(facts.under_way)}项正在办理，暂不列差异"] if facts.under_way else []
    if facts.differences:
        return Finding("fail", f"发现{len(facts.differences)}项与台账不符", rows, tuple(foot))
    return Finding("ok", "清单与台账一致", rows, tuple(foot))
