"""Article 15, second paragraph: on which day a migration is complete, and when the old node may be released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

CAUSES = (("platform", "平台原因"), ("unit", "业务需要"))


@dataclass(frozen=True)
class NamedDay:
    """A day for a migration, not before ``earliest`` (in words: ``since``) and not after today."""

    day: date
    earliest: date
    since: str
    today: date


def _within(facts: NamedDay, what: str) -> Finding:
    fits = facts.earliest <= facts.day <= facts.today
    how = (
        f"{facts.earliest} ≤ {facts.day} ≤ {facts.today}"
        if fits
        else f"{facts.since}{facts.earliest}，今天{facts.today}"
    )
    row = Row(what, how, f"{facts.day}", "满足" if fits else "不满足", hit=not fits)
    if facts.day > facts.today:
        return Finding("fail", f"{what}{facts.day}晚于今天", (row,))
    if facts.day < facts.earliest:
        return Finding("fail", f"{what}{facts.day}早于{facts.since}{facts.earliest}", (row,))
    return Finding("ok", f"{what}在{facts.since}至今天之间", (row,))


@rule(art(15, 2), Force.MUST)
def migration_day_valid(facts: NamedDay, p: Parameters) -> Finding:
    """Not before the new nodes are open, not in the future."""
    return _within(facts, "迁移完成日期")


@rule(art(15, 2), Force.MUST)
def migration_release_valid(facts: NamedDay, p: Parameters) -> Finding:
    """The old node is not released before the migration is complete, nor a new one before it is open."""
    return _within(facts, "终止日期")


@rule(art(15, 2), Force.MUST)
def cause_contested_once(facts: int, p: Parameters) -> Finding:
    """What the bureau has decided on an objection stands."""
    if facts:
        return Finding("fail", "市大数据局已就异议作出认定，不能再提")
    return Finding("ok", "尚未提出过异议")


def last_parallel_day(first: date, p: Parameters) -> date:
    """The last day on which the fund bears the old node of a migration that the unit wanted (R-021): day 1 is ``first``."""
    return first + timedelta(days=p["parallel_run_term"].n - 1)
