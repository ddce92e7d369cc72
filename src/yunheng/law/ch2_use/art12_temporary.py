"""Article 12, first paragraph: for what a temporary service is asked for, and how it becomes a formal one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.ch2_use.art12_consent import Consent
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, rule

LEVELS = (("state", "国家重大工作"), ("province", "省重大工作"), ("city", "市重大工作"))


@dataclass(frozen=True)
class Request:
    """A request as it is handed in on ``today``; ``until`` is the last day of the period."""

    level: str
    purpose: str
    from_on: date | None
    until: date | None
    lines: int
    consent: Consent | None
    today: date


@rule(art(12, 1), Force.MUST)
def temporary_request_complete(facts: Request, p: Parameters) -> Finding:
    """The work it serves, the period, the list, the consent of the city government; every gap is named at once."""
    gaps = [] if facts.level in dict(LEVELS) else ["选择国家、省或市重大工作"]
    gaps += [] if facts.purpose.strip() else ["写明重大工作安排和临时使用的事由"]
    gaps += _period(facts)
    gaps += [] if facts.lines else ["资源清单是空的"]
    gaps += facts.consent.gaps(facts.today) if facts.consent else ["写明市政府同意：书面或口头"]
    if gaps:
        return Finding("fail", "；".join(gaps))
    return Finding("ok", f"期间{facts.from_on}至{facts.until}，资源{facts.lines}项，市政府同意已写明")


def _period(facts: Request) -> list[str]:
    found = [] if facts.from_on else ["写明期间的起始日"]
    found += [] if facts.until else ["写明期间的最后一日"]
    if facts.from_on and facts.until and facts.until < facts.from_on:
        found.append(f"最后一日{facts.until}早于起始日{facts.from_on}")
    elif facts.until and facts.until < facts.today:
        found.append(f"期间已于{facts.until}届满")
    return found


@dataclass(frozen=True)
class Conversion:
    """A temporary service that is to become a formal one; ``application`` was made for it before."""

    until: date
    today: date
    application: str = ""


@rule(art(12, 1), Force.MUST)
def temporary_convertible(facts: Conversion, p: Parameters) -> Finding:
    """Before the end, once: what is needed for longer is applied for as everything is (6.1)."""
    if facts.application:
        return Finding("fail", f"已转为服务申请{facts.application}，按该件办理")
    if facts.today > facts.until:
        return Finding("fail", f"期间已于{facts.until}届满，仍需使用的另行提出服务申请")
    return Finding("ok", "期间未届满，可以转为正式使用")
