"""Article 12, first paragraph: what shows that the city government consents.

In an emergency the consent may be oral (R-019): the bureau's duty officer records who gave it, when, and by what line.
The paper follows; when it has not come in time, the bureau decides that the unit pays from the first day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import Calendar, due_on
from yunheng.law.kernel.verdict import Finding, Row, rule

UNPROVEN = (
    "art12.1-consent"  # the lane rule from the first day, where the paper of an oral consent did not come
)
CONSENTS = (("written", "书面"), ("oral", "口头（紧急情况，限期补书面）"))
_TIME = re.compile(r"([01]?\d|2[0-3])[:：][0-5]\d")


@dataclass(frozen=True)
class Paper:
    """A written consent of the city government: number, day, and whether the document is attached."""

    number: str
    on: date | None
    attached: bool

    def gaps(self, today: date) -> list[str]:
        """What is missing or cannot be."""
        found = [] if self.number.strip() else ["写明市政府同意的文号"]
        found += [] if self.on else ["写明市政府同意的日期"]
        found += [f"同意的日期{self.on}晚于今天"] if self.on and self.on > today else []
        return found if self.attached else [*found, "上传市政府同意的文件"]


@dataclass(frozen=True)
class Word:
    """An oral consent: who gave it, on which day, at what time, by what line."""

    by: str
    on: date | None
    time: str
    line: str

    def gaps(self, today: date) -> list[str]:
        """What is missing or cannot be."""
        found = [] if self.by.strip() else ["写明何人同意"]
        found += [] if self.on else ["写明何日同意"]
        found += [f"同意的日期{self.on}晚于今天"] if self.on and self.on > today else []
        found += [] if _TIME.fullmatch(self.time.strip()) else ["写明何时同意，如 8:40"]
        return found if self.line.strip() else [*found, "写明以何方式同意，如值班电话及号码"]


Consent = Paper | Word


@dataclass(frozen=True)
class Shown:
    """The consent as the bureau finds it on ``today``."""

    consent: Consent
    today: date


@rule(art(12, 1), Force.MUST)
def city_consent(facts: Shown, p: Parameters) -> Finding:
    """A document with number and day, or what the duty officer recorded of an oral consent (R-019)."""
    consent, gaps = facts.consent, facts.consent.gaps(facts.today)
    oral = isinstance(consent, Word)
    if gaps:
        return Finding("fail", ("由值班人员登记口头同意：" if oral else "没有市政府的同意：") + "；".join(gaps))
    if isinstance(consent, Word):
        rows = (Row("市政府口头同意", f"{consent.by}，{consent.line}", f"{consent.on} {consent.time}", "满足"),)
        term = p["oral_consent_paper"].n
        return Finding("ok", f"口头同意已登记，{term}个工作日内补书面材料", rows, ("释义R-019",))
    row = Row("市政府同意", consent.number, f"{consent.on}", "满足")
    return Finding("ok", "市政府已同意", (row,))


def paper_due_on(recorded_on: date, p: Parameters, calendar: Calendar) -> date:
    """The last day for the paper of an oral consent, counted from the day on which it was recorded (R-019, R-002)."""
    return due_on(recorded_on, p["oral_consent_paper"], calendar)


@dataclass(frozen=True)
class Supplied:
    """The paper of an oral consent on ``today``, against the last day for it."""

    consent: Paper
    due_on: date
    today: date


@rule(art(12, 1), Force.MUST)
def consent_paper(facts: Supplied, p: Parameters) -> Finding:
    """Number, day and document; a late one still counts while the bureau has not decided otherwise."""
    gaps = facts.consent.gaps(facts.today)
    if gaps:
        return Finding("fail", "；".join(gaps))
    late = facts.today > facts.due_on
    row = Row(
        "补交",
        f"{facts.today} {'＞' if late else '≤'} {facts.due_on}",
        f"{facts.consent.number}",
        "已超过" if late else "满足",
    )
    return Finding("ok", "书面同意逾期补交" if late else "书面同意在期限内补交", (row,), ("释义R-019",))


@rule(art(12, 1), Force.MUST)
def consent_missing(facts: Supplied, p: Parameters) -> Finding:
    """Coverage is taken back only when the last day has passed without the paper (R-019)."""
    row = Row("书面同意", f"应于{facts.due_on}前补交", "已附" if facts.consent.attached else "未附", "满足", hit=True)
    if facts.consent.attached or facts.today <= facts.due_on:
        why = "书面同意已补交" if facts.consent.attached else f"书面同意在{facts.due_on}24:00前补交，尚未逾期"
        return Finding("fail", f"{why}，不能转为单位自付", (row,))
    return Finding("ok", "书面同意逾期未补，自首日起由用户单位自付", (row,), ("释义R-019",))
