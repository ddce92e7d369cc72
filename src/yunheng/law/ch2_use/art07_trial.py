"""Article 7.2: a free trial ends by itself; it runs on only where both agreed so before its end.

    opened_on                              last free day       stops_on = opened_on + 30
    |── day 1 ───────── … ─────────────────── day 30 ──────────|── nothing, or the agreed extension at the unit's cost

Calendar days that do not roll: 不超过 30 leaves day 30 free (R-002). The day on which it stops is known when it opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import ONE_DAY, CalendarDays
from yunheng.law.kernel.verdict import Finding, Row, rule

REMINDERS = ("trial_reminder_first", "trial_reminder_second", "trial_reminder_last")


def trial_stops_on(opened_on: date, p: Parameters) -> date:
    """The first day on which a trial no longer runs, unless an extension was agreed."""
    return opened_on + timedelta(days=p["trial_term"].n)


def trial_day(opened_on: date, day: date) -> int:
    """Which day of the trial it is; the opening day is the first, and before it there is none."""
    return max(0, (day - opened_on).days + 1)


def kept_until(stopped_on: date, p: Parameters) -> date:
    """The last day on which the data of a stopped trial is kept."""
    return stopped_on + timedelta(days=p["trial_data_kept"].n - 1)


def reminders_due(stops_on: date, today: date, p: Parameters) -> tuple[CalendarDays, ...]:
    """The reminders whose day has come while the trial still runs, the earliest first; after a silence several."""
    left = (stops_on - today).days
    terms: list[CalendarDays] = [p[name] for name in REMINDERS]
    return tuple(term for term in terms if 0 < left <= term.n)


@dataclass(frozen=True)
class Extension:
    """A trial that is to run on: when it stops as things are, the last day wanted, and the day of the signature."""

    name: str
    stops_on: date
    until: date | None
    today: date


@rule(art(7, 2), Force.MAY)
def trial_extension_allowed(facts: tuple[Extension, ...], p: Parameters) -> Finding:
    """Agreed while the trial runs, to a day beyond its end: what has stopped by itself does not come back."""
    rows, wrong = [], []
    for one in facts:
        last = one.stops_on - ONE_DAY
        if one.today >= one.stops_on:
            outcome = "已停止"
            wrong.append(f"{one.name}的试用已于{one.stops_on}自动停止，不能再延长；继续使用的，提出服务申请")
        elif one.until is None or one.until <= last:
            outcome = "不满足"
            wrong.append(f"{one.name}的试用到{last}为止，延长须写明更晚的结束日期")
        else:
            outcome = "满足"
        rows.append(Row(one.name, f"试用至{last}", f"{one.until or '—'}", outcome, hit=outcome != "满足"))
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", "在试用期内约定延长，费用由用户单位承担" if facts else "不涉及试用延长", tuple(rows))
