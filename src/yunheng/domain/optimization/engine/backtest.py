"""The rules of article 10 on the past: what would have been said on a day, and what then happened.

    first day ──── train ────┤ cut ├──── 30 days that nobody looked at ────┤ woke? overrun?
                                   ──── train ────┤ next cut ├──── …

The same rules with the same figures as in service judge each machine at each cut; nothing after the cut is read before
it is judged. Figures are tuned on cuts whose following days end before the day held out, and judged on the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yunheng.domain.optimization.engine.detection import Known, seasons, watched
from yunheng.domain.optimization.engine.errors import BadTrace
from yunheng.domain.optimization.engine.layout import Connection, midnight
from yunheng.domain.optimization.engine.measuring import CPU, Cut, Machine, measure
from yunheng.law.ch2_use.art10_advice import advise
from yunheng.law.ch2_use.art10_facts import Advice
from yunheng.law.ch2_use.art10_record import Tried
from yunheng.law.ch2_use.art10_season import Busy
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.parameters import Parameters

STEP = 15  # days from cut to cut where none are named
LONG_KNOWN = 1200  # months: in a trace nobody can be asked
AFTER = """
SELECT t.resource, t.kind, count(h.hour), count(*) FILTER (round(h.p95, 3)::DECIMAL(18, 3) > $woke),
       count(*) FILTER (t.vcpu > 0 AND round(h.p95, 3)::DECIMAL(18, 3) * c.vcpu > t.vcpu * 100)
FROM told t
LEFT JOIN hourly h ON h.resource = t.resource AND h.metric = $metric AND h.hour >= $since AND h.hour < $until
 AND h.n > 0 AND isfinite(h.p95)
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

    @property
    def given_back(self) -> int:
        """Cores: all of an idle machine, the difference of an oversized one."""
        return self.vcpu - (self.advice.to.vcpu if self.advice.to else 0)


@dataclass(frozen=True)
class Score:
    """The cases of one kind and result at one cut, and what they come to."""

    tried: Tried
    cases: tuple[Case, ...]


SCORED = (("idle", "advise"), ("cpu", "advise"), ("cpu", "inform"))


def run(db: Connection, plan: Plan, p: Parameters) -> list[Score]:
    """Every cut, each of SCORED, in order. Raises BadTrace when the trace is too short for any cut."""
    return [score for on in _cuts(db, plan, p) for score in _scores(db, on, plan, p)]


def _cuts(db: Connection, plan: Plan, p: Parameters) -> tuple[date, ...]:
    first, last = span(db, plan.zone)
    horizon, window = timedelta(days=p["backtest_horizon"].n), timedelta(days=p["advice_window"].n)
    days = (last + timedelta(days=1) - horizon - window - first).days
    rolled = tuple(first + window + timedelta(days=n) for n in range(0, days + 1, STEP))
    if wrong := [cut for cut in plan.cuts if not first < cut <= last]:
        raise BadTrace(f"截止日{wrong[0]}不在数据之内", f"数据自{first}至{last}")
    if not (plan.cuts or rolled):
        raise BadTrace(f"数据只有{first}至{last}", f"至少需要{window.days + horizon.days}天")
    return plan.cuts or rolled


def span(db: Connection, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last local day of a trace."""
    found = db.execute("SELECT min(hour), max(hour) FROM hourly").fetchone()
    assert found is not None
    first, last = (moment.replace(tzinfo=UTC).astimezone(zone).date() for moment in found)
    return first, last


def _scores(db: Connection, on: date, plan: Plan, p: Parameters) -> Iterator[Score]:
    cut = Cut(on, midnight(datetime.combine(on, time()), plan.zone), plan.zone.key)
    machines = measure(db, cut, p, seasons=bool(plan.declared))
    ladder = tuple(Size(vcpu) for (vcpu,) in db.execute("SELECT DISTINCT vcpu FROM capacity ORDER BY 1").fetchall())
    known = {machine.resource: _known(machine, plan, ladder) for machine in machines}
    at = seasons(db, machines, known, cut, p)
    told = [
        Case(on, machine.resource, machine.vcpu, advice)
        for machine in machines
        for advice in advise(watched(machine, known[machine.resource], at[machine.resource], None, p), p)
    ]
    cases = _after(db, told, cut, p)
    held_out = plan.held_out is not None and on + timedelta(days=p["backtest_horizon"].n) > plan.held_out
    yield from (_score(cases, scored, (on, held_out, bool(plan.declared)), p) for scored in SCORED)


def _score(cases: Iterable[Case], scored: tuple[str, str], at: tuple[date, bool, bool], p: Parameters) -> Score:
    kind, result = scored
    of_kind = [case for case in cases if case.advice.kind == kind]
    known = [case for case in of_kind if case.advice.result != "undetermined"]
    said = tuple(case for case in known if case.advice.result == result)
    heard = [case for case in said if case.hours]  # what fell silent can neither wake nor overrun
    bad = [
        case for case in heard if (case.woke >= p["woke_hours"] if kind == "idle" else case.over >= p["overrun_hours"])
    ]
    tried = Tried(
        *at, kind, result, judged=len(known), undetermined=len(of_kind) - len(known), advised=len(said),
        heard=len(heard), bad=len(bad), hours=sum(case.hours for case in heard), over=sum(case.over for case in heard),
        vcpu=sum(case.vcpu for case in known), saved=sum(case.given_back for case in said),
    )  # fmt: skip
    return Score(tried, said)


def _known(machine: Machine, plan: Plan, ladder: tuple[Size, ...]) -> Known:
    """A trace knows cores alone: no prices, no roles, one calendar for all."""
    return Known(machine.resource, Size(machine.vcpu), ladder, declared=plan.declared, months=LONG_KNOWN)


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
