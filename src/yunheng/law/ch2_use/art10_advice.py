"""Article 10: from what was measured of one machine to what is said about it, and why nothing is said.

For each kind the first verdict that does not let go on decides, in this order:

    declared season ─ season measured ─ enough heard ─ the kind's own rule ─ last season ─ sibling ─ cool-down ─ floor ─ advice

Fewer cores are suggested from the full window alone; what the shorter one shows is information (提示) and no advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from yunheng.law.ch2_use.art10_facts import Advice, Watched
from yunheng.law.ch2_use.art10_idle import Quiet, machine_idle
from yunheng.law.ch2_use.art10_restraint import cooled_down, no_reserve, sibling_idle, worth_it
from yunheng.law.ch2_use.art10_season import outside_season, quiet_in_season, season_asked, season_measured
from yunheng.law.ch2_use.art10_size import (
    Load,
    Size,
    cores_needed,
    cpu_oversized,
    machine_undersized,
    memory_needed,
    memory_oversized,
    next_size,
)
from yunheng.law.ch2_use.art10_use import HOURS_A_DAY, Span, Spread, enough_heard
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Verdict

SHORT, FULL = "advice_window", "advice_window_full"


def advise(facts: Watched, p: Parameters) -> Iterator[Advice]:
    """One answer for each kind, in the order of KINDS. A machine that is idle is not told to become smaller as well."""
    idle = _answer("idle", facts, p, _idle(facts, p))
    yield idle
    if idle.result != "advise":
        yield _fewer_cores(facts, p)
        guest = facts.full and (facts.memory or facts.full)
        yield _answer("memory", facts, p, Look(FULL, guest, _sized(memory_oversized, facts, facts.full)))
    yield _answer("undersized", facts, p, Look(SHORT, facts.short, _sized(machine_undersized, facts, facts.short)))


@dataclass(frozen=True)
class Look:
    """One look at a machine: through which window, what was seen in it, and the rule that judges it."""

    window: str
    seen: Spread | None
    judge: Callable[[Parameters], Verdict]


def _idle(facts: Watched, p: Parameters) -> Look:
    least = p[SHORT].n * HOURS_A_DAY * p["advice_coverage"]
    network = facts.network if facts.network is not None and facts.network.hours >= least else None
    return Look(SHORT, facts.short, lambda q: machine_idle(_quiet(facts, network), q))


def _quiet(facts: Watched, network: Spread | None) -> Quiet:
    assert facts.short is not None
    return Quiet(facts.short, network, facts.disk, facts.role)


def _sized(
    body: Callable[[Load, Parameters], Verdict], facts: Watched, cpu: Spread | None
) -> Callable[[Parameters], Verdict]:
    return lambda q: body(_load(facts, cpu, q), q)


def _load(facts: Watched, cpu: Spread | None, p: Parameters) -> Load:
    """The load of a machine; a guest that was heard too rarely has not said how much memory it can give."""
    assert cpu is not None
    least, guest = p[FULL].n * HOURS_A_DAY * p["advice_coverage"], facts.memory
    heard = guest if guest is not None and guest.hours >= least else None
    return Load(facts.now, cpu, facts.highest, facts.ladder, heard, facts.sibling, facts.season.peak.memory)


def _fewer_cores(facts: Watched, p: Parameters) -> Advice:
    """From the full window a suggestion; where that is not there yet, what the shorter one shows, as information."""
    full = _answer("cpu", facts, p, Look(FULL, facts.full, _sized(cpu_oversized, facts, facts.full)))
    if full.verdict.rule != "enough_heard":
        return full
    weak = _answer("cpu", facts, p, Look(SHORT, facts.short, _sized(cpu_oversized, facts, facts.short)))
    return replace(weak, result="inform") if weak.result == "advise" else full


def _answer(kind: str, facts: Watched, p: Parameters, look: Look) -> Advice:
    hours = 0 if look.seen is None else look.seen.hours
    before = [enough_heard(Span(p[look.window].n, hours, facts.age_days, facts.steady_days), p)]
    if kind != "undersized":
        before = [outside_season(facts.season, p), season_measured(facts.season, p), *before]
    found = next((verdict for verdict in before if not verdict.holds), None) or look.judge(p)
    if found.state != "need":
        return Advice(kind, "undetermined" if found.state == "undetermined" else "quiet", found)
    return Advice(kind, "inform", found) if kind == "undersized" else _restrained(kind, facts, p, look, found)


def _restrained(kind: str, facts: Watched, p: Parameters, look: Look, found: Verdict) -> Advice:
    to = _target(kind, _load(facts, look.seen, p), p)
    saving = _saving(facts.now, to, whole=kind == "idle")
    checks = [cooled_down((facts.season.on, facts.advised_on), p), worth_it(saving, p)]
    checks.insert(0, sibling_idle(facts.sibling, p) if kind == "idle" else no_reserve(facts.role, p))
    if kind == "idle":
        checks.insert(0, quiet_in_season((facts.season.peak, facts.now.vcpu), p))
    held = next((verdict for verdict in checks if not verdict.holds), None)
    if held:
        return Advice(kind, "quiet", held, to, saving)
    return Advice(kind, "advise", found, to, saving, ask=not season_asked(facts.season, p).holds)


def _target(kind: str, load: Load, p: Parameters) -> Size | None:
    if kind == "cpu":
        return next_size(load, vcpu=cores_needed(load, p), memory=memory_needed(load, p))
    if kind == "memory":
        return next_size(load, vcpu=Decimal(load.now.vcpu), memory=memory_needed(load, p))
    return None


def _saving(now: Size, to: Size | None, *, whole: bool) -> Decimal | None:
    if now.monthly is None:
        return None
    if whole:
        return now.monthly
    return None if to is None or to.monthly is None else now.monthly - to.monthly
