"""Article 10, second paragraph: seasons. What is busy once a year must not be called idle in the other eleven months.

A system declares its busy periods (approved once, like a periodic change under 9.2). Around each of them nothing is
said, and nothing at all is said before one of them was measured:

    ├──── 30 days before ────┤├─ busy period ─┤            … one period later: the same again
    no advice                 no advice        advice, when this period was measured
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period, month_of
from yunheng.law.kernel.verdict import Finding, Row, rule

ONE_DAY = timedelta(days=1)
MONTHS_A_YEAR = 12
# How often a busy period comes again, in months; 0: never.
RECURRENCES = (("yearly", "每年", 12), ("quarterly", "每季度", 3), ("monthly", "每月", 1), ("once", "仅一次", 0))


@dataclass(frozen=True)
class Busy:
    """A declared busy period: its name, its first and last day where it was or will be, how often it comes again."""

    name: str
    first: date
    last: date
    recurs: str = "yearly"


@dataclass(frozen=True)
class Peak:
    """The highest daily maximum in the last time of each declared period: cores, GiB of the guest, bytes per second."""

    cores: Decimal = Decimal(0)
    memory: Decimal = Decimal(0)
    network: Decimal = Decimal(0)


@dataclass(frozen=True)
class Season:
    """What is known on a day: the declared periods, the days on which the machine was heard, and its age.

    ``months`` are whole months since the system came to the cloud; ``peak`` is what the last busy periods used.
    """

    on: date
    declared: tuple[Busy, ...]
    heard: tuple[Period, ...]
    months: int = 0
    peak: Peak = Peak()


def months_later(day: date, months: int) -> date:
    """The same day so many months later (earlier when negative), or the last day of a shorter month."""
    count = day.year * MONTHS_A_YEAR + day.month - 1 + months
    first = date(count // MONTHS_A_YEAR, count % MONTHS_A_YEAR + 1, 1)
    return min(first + timedelta(days=day.day - 1), month_of(first).end - ONE_DAY)


def occurrences(busy: Busy, around: Period) -> Iterator[Period]:
    """The spans of a declared period that touch ``around``, in order, as half-open periods."""
    step = next(months for code, _, months in RECURRENCES if code == busy.recurs)
    if step == 0:
        spans = [Period(busy.first, busy.last + ONE_DAY)]
    else:
        away = (around.start.year - busy.first.year) * MONTHS_A_YEAR + around.start.month - busy.first.month
        length = (busy.last.year - busy.first.year) * MONTHS_A_YEAR + busy.last.month - busy.first.month
        first, count = (away - length) // step - 1, (around.days // 28 + length) // step + 4
        spans = [
            Period(months_later(busy.first, n * step), months_later(busy.last, n * step) + ONE_DAY)
            for n in range(first, first + count)
        ]
    yield from (span for span in spans if span.clip(around))


def last_times(declared: Iterable[Busy], on: date, p: Parameters) -> Iterator[Period]:
    """Of each declared period that comes again the last time that is over on a day and still remembered."""
    back = Period(on - timedelta(days=p["advice_memory_of_peaks"].n), on)
    for busy in declared:
        past = [span for span in occurrences(busy, back) if span.end <= on and not _over(busy, on)]
        yield from past[-1:]


@rule(art(10, 2), Force.MUST)
def outside_season(facts: Season, p: Parameters) -> Finding:
    """Nothing is suggested in a declared busy period, nor in the days before it."""
    ahead = timedelta(days=p["season_before"].n)
    for busy in facts.declared:
        for span in occurrences(busy, Period(facts.on, facts.on + ahead + ONE_DAY)):
            when = f"{span.start}至{span.end - ONE_DAY}"
            row = Row("业务高峰期", f"{busy.name}，{when}", f"{facts.on}", "不提建议", hit=True)
            where = "正在业务高峰期" if facts.on >= span.start else "临近业务高峰期"
            return Finding("fail", f"{where}“{busy.name}”（{when}），不提建议", (row,))
    return Finding("ok", "不在申报的业务高峰期及其之前")


@rule(art(10, 2), Force.MUST)
def season_measured(facts: Season, p: Parameters) -> Finding:
    """Each declared period that comes again was measured at least once, to its end and on nearly all of its days."""
    back = Period(facts.on - timedelta(days=p["advice_memory_of_peaks"].n), facts.on)
    for busy in facts.declared:
        past = [span for span in occurrences(busy, back) if span.end <= facts.on]
        if not any(_heard(span, facts.heard) >= p["advice_coverage"] for span in past) and not _over(busy, facts.on):
            row = Row("业务高峰期", f"{busy.name}有监测数据", "无", "不满足", hit=True)
            return Finding("undetermined", f"业务高峰期“{busy.name}”还没有监测数据，不作判断", (row,))
    return Finding("ok", "申报的业务高峰期都有监测数据" if facts.declared else "未申报业务高峰期")


@rule(art(10, 2), Force.MUST)
def quiet_in_season(facts: tuple[Peak, int], p: Parameters) -> Finding:
    """Nothing is given back that the last busy period used (R-026). ``facts``: the peaks, and the cores; 0 is a line."""
    peak, cores = facts
    if cores and peak.cores > cores * p["idle_cpu_peak"]:
        used, limit = f"{peak.cores.quantize(Decimal('0.01'), 'ROUND_UP')}核", f"≤ {cores}核的{p['idle_cpu_peak']:.0%}"
    elif not cores and peak.network > p["bandwidth_traffic"]:
        used, limit = f"{peak.network:.0f}字节/秒", f"≤ {p['bandwidth_traffic']}字节/秒"
    else:
        return Finding("ok", "上一次业务高峰期也没有使用，或者没有申报")
    return Finding(
        "fail", f"上一次业务高峰期用到{used}，不建议回收", (Row("上一次业务高峰期最高", limit, used, "超过", hit=True),)
    )


@rule(art(10, 2), Force.MUST)
def season_asked(facts: Season, p: Parameters) -> Finding:
    """A young system that has declared nothing is asked first whether it has a season; a word beside the advice."""
    least = p["season_unasked"]
    if facts.declared or facts.months >= least:
        return Finding("ok", "已申报业务日历" if facts.declared else f"上云已满{least}个月")
    return Finding("need", f"上云不足{least}个月且未申报业务日历：先询问有无周期性高峰")


def _heard(span: Period, heard: tuple[Period, ...]) -> Decimal:
    return Decimal(sum(span.clip(one).days for one in heard)) / span.days


def _over(busy: Busy, on: date) -> bool:
    """A period that never comes again binds nobody after its end."""
    return busy.recurs == "once" and busy.last < on
