"""Article 9.1, last sentence: what is not covered is changed by agreement of the parties, what is covered never so.

The parties agree by themselves only on what they pay for: whoever asks the fund to pay goes the way of Articles 7 and 9.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Part:
    """One thing that is agreed on: its lane on the day from which the terms hold; a trial is its parties' own."""

    name: str
    lane: str
    trial: bool = False


@rule(art(9, 1), Force.MUST_NOT)
def agreement_uncovered(facts: tuple[Part, ...], p: Parameters) -> Finding:
    """Covered services change by application to the bureau, never between unit and provider alone."""
    rows = tuple(
        Row(part.name, "试用" if part.trial else "保障方式", "自行协商" if _own(part) else "市级统筹",
            "满足" if _own(part) else "不满足", hit=not _own(part))
        for part in facts
    )  # fmt: skip
    covered = [part.name for part in facts if not _own(part)]
    if covered:
        words = f"{'、'.join(covered)}纳入市级统筹保障，不能由双方自行约定；需要调整的，按服务变更申请"
        return Finding("fail", words, rows)
    return Finding("ok", "只涉及不纳入市级统筹的服务", rows)


def _own(part: Part) -> bool:
    return part.lane == "own" or part.trial
