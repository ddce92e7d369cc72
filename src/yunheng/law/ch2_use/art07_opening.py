"""Article 7: what may be opened, and from which day it is charged (R-005, R-011).

5 working days are counted from the day after the notice (R-002); 不超过 30 leaves day 30 free and stops on day 31.
The jointly confirmed day goes before the actual one of 15.1: actual ≤ day ≤ today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.law.ch4_security.art19_duties import undertaking_signed as undertaking_signed  # a guard of the opening
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Opened:
    """A line as approved and as reported."""

    name: str
    approved: Decimal
    opened: Decimal
    actual_on: date
    notified_on: date
    reported_on: date


@rule(art(7, 1), Force.MUST_NOT)
def within_approved(facts: Sequence[Opened], p: Parameters) -> Finding:
    """Less than approved may be opened, more never; nothing before the notice, nothing in the future."""
    rows, wrong = [], []
    for line in facts:
        sign = "＞" if line.opened > line.approved else "＝" if line.opened == line.approved else "＜"
        fits = line.opened <= line.approved
        rows.append(
            Row(
                line.name,
                f"开通{line.opened:f} {sign}核定{line.approved:f}",
                f"{line.opened:f}",
                "满足" if fits else "超过核定",
                hit=not fits,
            )
        )
        if not fits:
            wrong.append(f"{line.name}开通数量不得超过核定的{line.approved:f}")
        if not line.notified_on <= line.actual_on <= line.reported_on:
            wrong.append(f"{line.name}的实际开通日须在通知日{line.notified_on}至今天之间")
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", "开通内容未超过核定", tuple(rows))


@dataclass(frozen=True)
class NamedDay:
    """A day named as the formal opening day of a line, against what was reported."""

    name: str
    day: date
    actual_on: date
    notified_on: date
    today: date
    reason: str = ""


@rule(art(7, 1), Force.MUST)
def opening_day_valid(facts: Sequence[NamedDay], p: Parameters) -> Finding:
    """actual opening ≤ day ≤ today; a later day than the actual one needs a reason (R-011)."""
    rows, wrong = [], []
    for line in facts:
        if line.day < line.notified_on:
            wrong.append(f"{line.name}：开通日期{line.day}早于通知日{line.notified_on}")
        elif line.day < line.actual_on:
            wrong.append(f"{line.name}：开通日期{line.day}早于实际开通日{line.actual_on}")
        elif line.day > line.today:
            wrong.append(f"{line.name}：开通日期{line.day}晚于今天")
        elif line.day > line.actual_on and not line.reason.strip():
            wrong.append(f"{line.name}：开通日期{line.day}晚于实际开通日{line.actual_on}，须写明理由")
        fits = line.actual_on <= line.day <= line.today
        rows.append(
            Row(
                line.name,
                f"{line.actual_on} ≤ {line.day} ≤ {line.today}" if fits else f"实际{line.actual_on}",
                f"{line.day}",
                "满足" if fits else "不满足",
                hit=not fits,
            )
        )
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", "开通日期在实际开通日至今天之间", tuple(rows))


@dataclass(frozen=True)
class Trial:
    """What decides on a free trial: asked for, and whether the system has run here or tried before."""

    asked: bool
    deployed_before: bool
    tried_before: bool


@rule(art(7, 2), Force.IN_PRINCIPLE)
def trial_allowed(facts: Trial, p: Parameters) -> Finding:
    """First deployment only, once per system, at most the term; it ends by itself."""
    term = p["trial_term"]
    if not facts.asked:
        return Finding("ok", "未申请免费试用")
    rows = (
        Row("首次部署", "台账", "否" if facts.deployed_before else "是", "不满足" if facts.deployed_before else "满足"),
        Row("未曾试用", "台账", "否" if facts.tried_before else "是", "不满足" if facts.tried_before else "满足"),
    )
    if facts.deployed_before or facts.tried_before:
        return Finding("fail", "免费试用只用于首次部署，每个系统一次", rows)
    return Finding("ok", f"可免费试用，最长{term.n}个自然日，到期自动停止", rows)


@dataclass(frozen=True)
class Review:
    """How often review was asked for, and how many working days have passed since the decision."""

    asked_before: int
    working_days: int


@rule(art(7, 1), Force.MUST)
def ask_review_allowed(facts: Review, p: Parameters) -> Finding:
    """Once, within the term, before anything is opened."""
    term = p["ask_review_term"]
    if facts.asked_before:
        return Finding("fail", "每件只能申请复核一次")
    if facts.working_days > term.n:
        return Finding("fail", f"决定作出已{facts.working_days}个工作日，超过{term.n}个工作日，不能再申请复核")
    return Finding("ok", f"在{term.n}个工作日内")


@rule(art(7, 1), Force.MUST_NOT)
def nothing_opened(facts: int, p: Parameters) -> Finding:
    """What runs already is not undone by a cancellation: that is an exit (11)."""
    if facts:
        return Finding("fail", f"已有{facts}项资源开通，不能取消；不再使用的，按退出办理")
    return Finding("ok", "尚未开通任何资源")
