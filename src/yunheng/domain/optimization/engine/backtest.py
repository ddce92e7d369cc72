"""The rules of article 10 on the past: what would have been said on a day, and what then happened.

    first day ──── train ────┤ cut ├──── 30 days that nobody looked at ────┤ woke? overrun?
                                   ──── train ────┤ next cut ├──── …

The same rules with the same figures as in service judge each machine at each cut; nothing after the cut is read before
it is judged. Figures are tuned on cuts whose following days end before the day held out, and judged on the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from yunheng.domain.optimization.engine.errors import BadTrace
from yunheng.domain.optimization.engine.layout import Connection, midnight
from yunheng.domain.optimization.engine.measuring import CPU, DISK, NETWORK, Cut, Machine, measure
from yunheng.law.ch2_use.art10_advice import advise
from yunheng.law.ch2_use.art10_facts import Advice, Watched
from yunheng.law.ch2_use.art10_season import Busy, Season
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.parameters import Parameters

STEP = 15  # days from cut to cut where none are named
LONG_KNOWN = 1200  # months: in a trace nobody can be asked
AFTER = """
SELECT t.resource, t.kind, count(h.hour), count(*) FILTER (round(h.p95, 3)::DECIMAL(18, 3) > $woke),
       count(*) FILTER (round(h.p95, 3)::DECIMAL(18, 3) * c.vcpu > t.vcpu * 100)
FROM told t
LEFT JOIN hourly h ON h.resource = t.resource AND h.metric = $metric AND h.hour >= $since AND h.hour < $until
LEFT JOIN capacity c ON c.resource = h.resource AND c.since <= h.hour AND (c.until IS NULL OR h.hour < c.until)
GROUP BY t.resource, t.kind
"""


@dataclass(frozen=True)
class Plan:
    """What is tried: cuts (empty: rolled over the trace), the day held out, the declared calendar of all machines."""

    zone: ZoneInfo
    held_out: date | None = None
    cuts: tuple[date, ...] = ()
    declared: tuple[Busy, ...] = ()


@dataclass(frozen=True)
class Case:
    """One machine at one cut, one kind: what was said, and of the days after it the hours heard, busy, over the size."""

    on: date
    resource: str
    vcpu: int
    advice: Advice
    hours: int = 0
    woke: int = 0
    over: int = 0


@dataclass
class Score:
    """The cases of one kind and result at one cut, added up."""

    on: date
    held_out: bool
    kind: str
    result: str
    judged: int  # machines that got an answer other than undetermined
    undetermined: int
    vcpu: int  # of the judged
    cases: list[Case] = field(default_factory=list)

    @property
    def heard(self) -> list[Case]:
        """Those that went on reporting: what fell silent can neither wake nor overrun."""
        return [case for case in self.cases if case.hours]

    @property
    def saved(self) -> int:
        """Cores given back: all of an idle machine, the difference of an oversized one."""
        return sum(case.vcpu - (case.advice.to.vcpu if case.advice.to else 0) for case in self.cases)

    def bad(self, p: Parameters) -> int:
        """Idle machines that woke, or oversized ones that overran, for at least the hours that count."""
        if self.kind == "idle":
            return sum(case.woke >= p["woke_hours"] for case in self.heard)
        return sum(case.over >= p["overrun_hours"] for case in self.heard)

    def bad_share(self, p: Parameters) -> Decimal:
        return Decimal(self.bad(p)) / max(len(self.heard), 1)

    @property
    def hours_over(self) -> Decimal:
        """The share of the machines' hours that lay above the suggested size."""
        return Decimal(sum(case.over for case in self.heard)) / max(sum(case.hours for case in self.heard), 1)

    def passes(self, p: Parameters) -> bool:
        if self.kind == "idle":
            return self.bad_share(p) < p["woke_bar"]
        return self.bad_share(p) < p["overrun_bar"] and self.hours_over < p["overrun_hours_bar"]


SCORED = (("idle", "advise"), ("cpu", "advise"), ("cpu", "inform"))


def run(db: Connection, plan: Plan, p: Parameters) -> list[Score]:
    """Every cut, each of SCORED, in order. Raises BadTrace when the trace is too short for any cut."""
    return [score for on in _cuts(db, plan, p) for score in _scores(db, on, plan, p)]


def _cuts(db: Connection, plan: Plan, p: Parameters) -> tuple[date, ...]:
    first, last = _span(db, plan.zone)
    horizon, window = timedelta(days=p["backtest_horizon"].n), timedelta(days=p["advice_window"].n)
    days = (last + timedelta(days=1) - horizon - window - first).days
    rolled = tuple(first + window + timedelta(days=n) for n in range(0, days + 1, STEP))
    if wrong := [cut for cut in plan.cuts if not first < cut <= last]:
        raise BadTrace(f"截止日{wrong[0]}不在数据之内", f"数据自{first}至{last}")
    if not (plan.cuts or rolled):
        raise BadTrace(f"数据只有{first}至{last}", f"至少需要{window.days + horizon.days}天")
    return plan.cuts or rolled


def _span(db: Connection, zone: ZoneInfo) -> tuple[date, date]:
    found = db.execute("SELECT min(hour), max(hour) FROM hourly").fetchone()
    assert found is not None
    first, last = (moment.replace(tzinfo=UTC).astimezone(zone).date() for moment in found)
    return first, last


def _scores(db: Connection, on: date, plan: Plan, p: Parameters) -> Iterator[Score]:
    cut = Cut(on, midnight(datetime.combine(on, time()), plan.zone), plan.zone.key)
    machines = measure(db, cut, p, seasons=bool(plan.declared))
    ladder = tuple(Size(vcpu) for (vcpu,) in db.execute("SELECT DISTINCT vcpu FROM capacity ORDER BY 1").fetchall())
    told = [
        Case(on, machine.resource, machine.vcpu, advice)
        for machine in machines
        for advice in advise(_watched(machine, cut, plan, ladder, p), p)
    ]
    cases = _after(db, told, cut, p)
    end = on + timedelta(days=p["backtest_horizon"].n)
    for kind, result in SCORED:
        of_kind = [case for case in cases if case.advice.kind == kind]
        known = [case for case in of_kind if case.advice.result != "undetermined"]
        yield Score(
            on, plan.held_out is not None and end > plan.held_out, kind, result, len(known), len(of_kind) - len(known),
            sum(case.vcpu for case in known), [case for case in known if case.advice.result == result],
        )  # fmt: skip


def _watched(machine: Machine, cut: Cut, plan: Plan, ladder: Sequence[Size], p: Parameters) -> Watched:
    short, full = p["advice_window"].n, p["advice_window_full"].n
    return Watched(
        now=Size(machine.vcpu),
        season=Season(cut.on, plan.declared, machine.heard, LONG_KNOWN),
        age_days=machine.age_days,
        steady_days=machine.steady_days,
        short=machine.spread(CPU, short),
        full=machine.spread(CPU, full),
        network=machine.spread(NETWORK, short),
        disk=machine.spread(DISK, short),
        memory=None,
        highest=machine.highest,
        ladder=tuple(ladder),
    )


def _after(db: Connection, told: Iterable[Case], cut: Cut, p: Parameters) -> list[Case]:
    """The same cases with what the days after the cut brought; only what was said is looked up."""
    cases = list(told)
    said = [
        (case.resource, case.advice.kind, case.advice.to.vcpu if case.advice.to else 0)
        for case in cases
        if (case.advice.kind, case.advice.result) in SCORED
    ]
    db.execute("CREATE OR REPLACE TEMP TABLE told (resource VARCHAR, kind VARCHAR, vcpu INTEGER)")
    if said:
        db.executemany("INSERT INTO told VALUES (?, ?, ?)", said)
    until = cut.until + timedelta(days=p["backtest_horizon"].n)
    limits = {"metric": CPU, "woke": p["woke_cpu"] * 100, "since": cut.until, "until": until}
    found = {(row[0], row[1]): row[2:] for row in db.execute(AFTER, limits).fetchall()}
    return [
        Case(case.on, case.resource, case.vcpu, case.advice, *found.get((case.resource, case.advice.kind), (0, 0, 0)))
        for case in cases
    ]
