"""Articles 7, 9, 12, 14: what must stand in an agreement of the parties. What it may be about: Article 9."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, rule

ENDED = ("trial_extension", "temporary")  # the end must be agreed
ABOUT_SERVICES = ("charge_start", "trial_extension", "change", "temporary")


@dataclass(frozen=True)
class Terms:
    """What is written: the subject, from and until which day (the last one), and what stands beside it.

    ``period`` is the contract's, its end not included; ``unpriced`` are products without a price in it on the first day.
    """

    subject: str
    from_on: date | None
    until: date | None
    parts: int
    document: bool
    words: str
    period: tuple[date, date] | None = None
    unpriced: tuple[str, ...] = ()


@rule(art(14), Force.MUST)
def agreement_complete(facts: Terms, p: Parameters) -> Finding:
    """The text, the day, the end where one is due, within the contract under which it is paid; all gaps at once."""
    wrong = [*_missing(facts), *_days(facts)]
    wrong += [f"合同没有{sku}在起始日的价格" for sku in facts.unpriced]
    if wrong:
        return Finding("fail", "；".join(wrong))
    until = f"至{facts.until}" if facts.until else ""
    return Finding("ok", f"约定内容完整，自{facts.from_on}起{until}")


def _missing(facts: Terms) -> list[str]:
    found = []
    if not facts.document:
        found.append("缺少协议文本")
    if facts.from_on is None:
        found.append("没有写明自哪一天起")
    if facts.subject in ENDED and facts.until is None:
        found.append("没有写明结束日期")
    if facts.subject in ABOUT_SERVICES and not facts.parts:
        found.append("没有写明所涉的服务，或没有任何变动")
    if facts.subject == "other" and not facts.words.strip():
        found.append("没有写明约定的内容")
    return found


def _days(facts: Terms) -> list[str]:
    found = []
    if facts.from_on and facts.until and facts.until < facts.from_on:
        found.append(f"结束日期{facts.until}早于起始日{facts.from_on}")
    if facts.period and facts.from_on:
        start, end = facts.period
        if not start <= facts.from_on < end:
            found.append(f"起始日{facts.from_on}不在合同服务期内")
        if facts.until and facts.until >= end:
            found.append(f"结束日期{facts.until}超出合同服务期")
    return found
