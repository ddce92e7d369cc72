"""Article 10, second paragraph: the declared business calendar, from a unit's word to what the rules rely on.

It is approved once, as a periodic change is argued once (9.2); the bureau confirms it (R-026). While the offices look at
it, it protects for some working days, which belong to the system and not to the declaration (R-027): who declares again
and again under new names gets no new days.

    declared ──── 10 working days, at most ────┤            confirmed ──── protects until withdrawn or ended
      protects for the time being               no longer
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from yunheng.law.ch2_use.art10_season import MONTHS_A_YEAR, ONE_DAY, RECURRENCES, Busy, months_later, occurrences
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import Calendar, due_on
from yunheng.law.kernel.verdict import Finding, Row, rule

CONFIRMED, LOOKED_AT = "confirmed", ("declared", "checked")  # states of the procedure in which it may protect


@dataclass(frozen=True)
class Declared:
    """What a unit says of a busy period, handed in on ``today``."""

    name: str
    first: date | None
    last: date | None
    recurs: str
    ground: str
    today: date


@rule(art(10, 2), Force.MUST)
def calendar_complete(facts: Declared, p: Parameters) -> Finding:
    """A name, days that lie within one turn of the calendar, and the business that makes them busy; all gaps at once."""
    gaps = [] if facts.name.strip() else ["写明高峰期名称"]
    gaps += _days(facts)
    gaps += [] if facts.ground.strip() else ["写明业务依据"]
    if gaps:
        return Finding("need", "；".join(gaps))
    return Finding("ok", f"高峰期“{facts.name}”的日期、周期和业务依据已写明")


def _days(facts: Declared) -> list[str]:
    months = {code: step for code, _, step in RECURRENCES}.get(facts.recurs)
    gaps = [] if facts.first and facts.last else ["写明首日和末日"]
    gaps += [] if months is not None else ["选择周期"]
    if gaps or facts.first is None or facts.last is None or months is None:
        return gaps
    if facts.last < facts.first:
        return ["末日不能早于首日"]
    if months and months_later(facts.first, months) <= facts.last:
        return ["高峰期不能长于一个周期"]
    return [f"仅一次的高峰期已于{facts.last}结束"] if not months and facts.last < facts.today else []


@dataclass(frozen=True)
class Year:
    """A declared period beside the others that are confirmed for the system, on a day."""

    on: date
    busy: Busy
    others: tuple[Busy, ...] = ()


def quiet_spans(busy: Busy, around: Period, p: Parameters) -> Iterator[tuple[date, Period]]:
    """Of each time that a period comes in ``around``: since when nothing is suggested, and its own days."""
    ahead = timedelta(days=p["season_before"].n)
    for span in occurrences(busy, Period(around.start, around.end + ahead)):
        yield span.start - ahead, span


def next_year(on: date) -> Period:
    """The twelve months from a day on."""
    return Period(on, months_later(on, MONTHS_A_YEAR))


@rule(art(10, 2), Force.MUST)
def calendar_leaves_days(facts: Year, p: Parameters) -> Finding:
    """A calendar keeps advice from busy days and from those before; what leaves hardly any day is none.

    What comes every month lies within each window of observation and needs no declaration.
    """
    year, least = next_year(facts.on), p["busy_open_days"].n
    quiet: set[int] = set()
    for busy in (facts.busy, *facts.others):
        for since, span in quiet_spans(busy, year, p):
            part = Period(since, span.end).clip(year)
            quiet.update(range(part.start.toordinal(), part.end.toordinal()))
    left = year.days - len(quiet)
    row = Row("今后一年可以提建议的日子", f"不少于{least}天", f"{left}天", "满足" if left >= least else "不满足",
              hit=left < least)  # fmt: skip
    if left >= least:
        return Finding("ok", f"今后一年仍有{left}天可以提建议", (row,))
    why = (
        "每月都有的高峰，观察窗口内已经看到，不需要申报" if facts.busy.recurs == "monthly" else "缩短高峰期，或减少次数"
    )
    return Finding("need", f"今后一年只有{left}天可以提建议，不足{least}天：{why}", (row,))


@dataclass(frozen=True)
class Standing:
    """A declaration on a day: its state, when it was declared, and the system's other ones that nobody confirmed."""

    state: str
    on: date
    declared_on: date | None
    unconfirmed: tuple[date, ...]
    calendar: Calendar


def provisional_until(declared_on: date, unconfirmed: Iterable[date], p: Parameters, calendar: Calendar) -> date:
    """The last day on which an unconfirmed declaration may protect; before ``declared_on`` where it never does (R-027).

    The days run from the first declaration of the system within the last months that nobody confirmed.
    """
    again = p["busy_again"]
    first = min([declared_on, *(day for day in unconfirmed if day <= declared_on < months_later(day, again))])
    return due_on(first, p["busy_provisional"], calendar)


@rule(art(10, 2), Force.MUST)
def calendar_protects(facts: Standing, p: Parameters) -> Finding:
    """Confirmed it protects; while it is looked at for some working days; otherwise not."""
    if facts.state == CONFIRMED:
        return Finding("ok", "已经确认：高峰期内及其之前不提建议")
    if facts.state not in LOOKED_AT or facts.declared_on is None:
        return Finding("need", "不在核对之中，也没有确认，不产生保护")
    until = provisional_until(facts.declared_on, facts.unconfirmed, p, facts.calendar)
    over = facts.on > until
    row = Row("暂予保护", f"自{facts.declared_on}起", f"至{until}", "已过" if over else "保护中", hit=over)
    if until < facts.declared_on:
        return Finding("need", "此前的申报没有得到确认，本次在确认之前不产生保护", (row,))
    if over:
        return Finding("need", f"暂予保护已于{until}期满，确认之前不再产生保护", (row,))
    return Finding("ok", f"核对期间暂予保护，至{until}", (row,))


def last_day(span: Period) -> date:
    """The last day of a span, itself included."""
    return span.end - ONE_DAY
