"""Article 10, second paragraph: what is measured of a resource before anything is said about it.

A window is a number of whole local days that ends with the day of judging, itself not in it. What it holds is hours:

    opened ───── resized ├──────────── window ────────────┤ day of judging
                          heard │ heard │ – │ heard │ …       heard / wanted hours = coverage

A machine that was resized is another machine from that hour: its window starts there (``steady_days``). A value that
was not heard is absent and never 0. The set-based carrier for a whole city is domain.optimization.engine; a test
proves that it measures the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

HOURS_A_DAY = 24
HUNDRED = Decimal(100)
P95, P995 = Fraction(95, 100), Fraction(995, 1000)


@dataclass(frozen=True)
class Hour:
    """One metric in one hour: what the samples of that hour were on average, at their P95 and at most."""

    mean: Decimal
    p95: Decimal
    peak: Decimal


@dataclass(frozen=True)
class Spread:
    """One metric over one window. ``p95``, ``p995`` and ``busiest`` are of the hours' P95; ``peak`` of the samples.

    ``mean_p95`` and ``mean_peak`` are of the hours' means, for what flows (bytes per second).
    """

    hours: int
    p95: Decimal
    p995: Decimal
    busiest: Decimal
    peak: Decimal
    mean_p95: Decimal
    mean_peak: Decimal


@dataclass(frozen=True)
class Span:
    """How much was seen: of a window of ``days`` so many ``hours``, of a resource of that age, of its present size."""

    days: int
    hours: int
    age_days: int
    steady_days: int


def percentile(values: Iterable[Decimal], share: Fraction) -> Decimal:
    """The nearest rank: the smallest value that at least ``share`` of all values do not exceed; no invented values."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share.numerator // share.denominator)
    return ordered[max(rank, 1) - 1]


def spread(hours: Sequence[Hour]) -> Spread | None:
    """What the hours of a window come to; None when none was heard."""
    if not hours:
        return None
    marks, means = [hour.p95 for hour in hours], [hour.mean for hour in hours]
    return Spread(
        hours=len(hours),
        p95=percentile(marks, P95),
        p995=percentile(marks, P995),
        busiest=max(marks),
        peak=max(hour.peak for hour in hours),
        mean_p95=percentile(means, P95),
        mean_peak=max(means),
    )


@rule(art(10, 2), Force.MUST)
def enough_heard(facts: Span, p: Parameters) -> Finding:
    """Too young, resized too lately or heard too rarely: undetermined, with the reason, and never idle."""
    share = Decimal(facts.hours) / (facts.days * HOURS_A_DAY)
    least = p["advice_coverage"]
    sparse, young, resized = share < least, facts.age_days < facts.days, facts.steady_days < facts.days
    rows = (
        Row("开通天数", f"≥ {facts.days}", f"{facts.age_days}", "不足" if young else "满足", hit=young),
        Row("规格未变天数", f"≥ {facts.days}", f"{facts.steady_days}", "不足" if resized else "满足", hit=resized),
        Row("有数据的小时", f"≥ {percent(least)}", percent(share), "不足" if sparse else "满足", hit=sparse),
    )
    if young:
        return Finding("undetermined", f"开通仅{facts.age_days}天，不足{facts.days}天，不作判断", rows)
    if resized:
        return Finding("undetermined", f"规格变更仅{facts.steady_days}天，不足{facts.days}天，不作判断", rows)
    if sparse:
        return Finding("undetermined", f"近{facts.days}天只有{percent(share)}的小时有数据，不作判断", rows)
    return Finding("ok", f"近{facts.days}天有{percent(share)}的小时有数据", rows)


def percent(share: Decimal) -> str:
    """0.853 as 85.3%: rounded down, so that what lacks a little never shows as reached."""
    return f"{plain((share * HUNDRED).quantize(Decimal('0.1'), 'ROUND_DOWN'))}%"


def plain(value: Decimal) -> str:
    """A figure without needless zeros and without exponent."""
    return f"{value.normalize():,f}"
