"""Article 12: the period of a temporary service. The fund never pays a day past it, whoever is late.

    from_on ── opened ───────────────── until │ ends_on = until + 1     released
              |──────── covered ──────────────|─── own, art12-ended ────|
                       7, 3, 1 days before: reminders        1 working day, then a finding

The end is in the ledger from the first day on: a clock that is silent changes nothing of what is paid. With a new
consent before the end the period is longer; what has ended does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yunheng.law.ch2_use.art12_consent import Paper
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import ONE_DAY, Calendar, due_on
from yunheng.law.kernel.verdict import Finding, Row, rule

ENDED = "art12-ended"  # the lane rule from the first day past the period


def ends_on(until: date) -> date:
    """The first day on which the service may not run and the fund does not pay."""
    return until + ONE_DAY


def released_by(ended_on: date, p: Parameters, calendar: Calendar) -> date:
    """The last day on which what has ended may still be seen running; ``ended_on`` is the day on which it was told."""
    return due_on(ended_on, p["temporary_release"], calendar)


@dataclass(frozen=True)
class Hours:
    """The hours that the notice sets, the day on which they end, and the last day of the term of Article 7."""

    hours: int | None
    ends: date | None
    last: date


@rule(art(12, 1), Force.MUST)
def notice_hours(facts: Hours, p: Parameters) -> Finding:
    """The notice may set hours, never more than the term for opening; without them the term holds."""
    if facts.hours is None or facts.ends is None:
        return Finding("ok", f"通知未另定小时数，于{facts.last}前开通")
    fits = facts.hours > 0 and facts.ends <= facts.last
    sign = "≤" if facts.ends <= facts.last else "＞"
    row = Row(
        "开通时限", f"{facts.ends} {sign} {facts.last}", f"{facts.hours}小时", "满足" if fits else "不满足", hit=True
    )
    if not fits:
        return Finding("fail", f"通知的时限至少1小时，不超过{p['open_service_term'].n}个工作日（{facts.last}）", (row,))
    return Finding("ok", f"通知限{facts.hours}小时内开通", (row,))


@dataclass(frozen=True)
class Named:
    """A day named as the opening day of a line, against the period."""

    name: str
    day: date
    from_on: date
    until: date


@rule(art(12, 1), Force.MUST)
def opening_in_period(facts: Sequence[Named], p: Parameters) -> Finding:
    """Coverage begins and ends with the period that was consented to."""
    wrong = [
        f"{one.name}：开通日期{one.day}不在同意的期间{one.from_on}至{one.until}内"
        for one in facts
        if not one.from_on <= one.day <= one.until
    ]
    return Finding("fail", "；".join(wrong)) if wrong else Finding("ok", "开通日期在同意的期间内")


@dataclass(frozen=True)
class Longer:
    """A period that is to be longer: its last day now, the new one, the new consent, the last day of the contract."""

    until: date
    wanted: date | None
    consent: Paper
    today: date
    contract_until: date


@rule(art(12, 1), Force.MUST)
def extension_allowed(facts: Longer, p: Parameters) -> Finding:
    """With a new consent, before the end, to a later day within the contract; all gaps at once."""
    gaps = facts.consent.gaps(facts.today)
    if facts.today > facts.until:
        gaps.append(f"期间已于{facts.until}届满，不能延期，仍需使用的另行提出")
    if facts.wanted is None or facts.wanted <= facts.until:
        gaps.append(f"延期须写明晚于{facts.until}的最后一日")
    elif facts.wanted > facts.contract_until:
        gaps.append(f"最后一日{facts.wanted}超出合同服务期（至{facts.contract_until}）")
    row = Row("最后一日", f"原{facts.until}", f"{facts.wanted or '—'}", "不满足" if gaps else "满足", hit=True)
    return Finding("fail", "；".join(gaps), (row,)) if gaps else Finding("ok", f"延期至{facts.wanted}", (row,))


@dataclass(frozen=True)
class Release:
    """The day of the release as reported, against the day on which the service ended and those on which lines opened."""

    day: date
    ended_on: date
    today: date
    opened: tuple[tuple[str, date], ...] = ()


@rule(art(12, 2), Force.MUST)
def temporary_release_day(facts: Release, p: Parameters) -> Finding:
    """ended ≤ day ≤ today: what is charged ends on the actual day (R-005)."""
    wrong = [f"{name}自{on}开通，终止日不能更早" for name, on in facts.opened if facts.day < on]
    if facts.day < facts.ended_on:
        wrong.append(f"释放日{facts.day}早于终止日{facts.ended_on}")
    if facts.day > facts.today:
        wrong.append(f"释放日{facts.day}晚于今天")
    how = f"{facts.ended_on} ≤ {facts.day} ≤ {facts.today}"
    row = Row(
        "实际释放日", f"终止{facts.ended_on}" if wrong else how, f"{facts.day}", "不满足" if wrong else "满足", hit=True
    )
    return (
        Finding("fail", "；".join(wrong), (row,))
        if wrong
        else Finding("ok", f"费用计到{facts.day}（当日不计）", (row,))
    )
