"""Article 10: what is said of a disk, a store, an address, a balancer, bandwidth, and why nothing is said.

    unattached, unused    declared season ─ (season measured) ─ the kind's own rule ─ (last season) ─ cool-down ─ floor ─ advice
    disk, bandwidth       the kind's own rule ─ information for the next change, never advice (R-028)

A disk with nothing attached is used in no season, so no past season has to be measured for it; its busy period and the
days before it are respected all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from yunheng.law.ch2_use.art10_bandwidth import Flow, bandwidth_oversized, bandwidth_undersized
from yunheng.law.ch2_use.art10_facts import Advice, Thing
from yunheng.law.ch2_use.art10_idle import Line, disk_oversized, disk_unattached, line_unused
from yunheng.law.ch2_use.art10_listed import measurable
from yunheng.law.ch2_use.art10_restraint import cooled_down, worth_it
from yunheng.law.ch2_use.art10_season import outside_season, quiet_in_season, season_asked, season_measured
from yunheng.law.ch2_use.art10_use import Span, enough_heard
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Verdict

FIRST = {"machine": "idle", "disk": "unattached", "store": "disk", "line": "unused", "bandwidth": "unused"}


def advise_thing(facts: Thing, p: Parameters) -> Iterator[Advice]:
    """One answer for each kind that can be asked of it; what is to be given back is not said to be too large as well."""
    if facts.unknown:
        yield Advice(FIRST[facts.sort], "undetermined", measurable(facts.unknown, p))
        return
    if facts.sort in ("disk", "store"):
        yield from _disk(facts, p)
    else:
        yield from _line(facts, p)


def _disk(facts: Thing, p: Parameters) -> Iterator[Advice]:
    if facts.sort == "disk":
        given = _given_back(
            "unattached", facts, p, (outside_season(facts.season, p), disk_unattached(facts.attachment, p))
        )
        yield given
        if given.result == "advise":
            return
    if facts.filling is None:
        found = measurable("没有该实例的已用容量：使用情况表没有它的文件系统使用率", p)
    else:
        found = disk_oversized(facts.filling, p)
    yield _told("disk", found)


def _line(facts: Thing, p: Parameters) -> Iterator[Advice]:
    free = facts.attachment.free_days
    unbound = free is not None and free >= p["advice_window"].n
    heard = _heard(facts, p)
    own = line_unused(Line(facts.network, 0 if unbound else None), p)
    checks = [outside_season(facts.season, p), season_measured(facts.season, p)]
    if not unbound and facts.network is not None:
        checks.append(heard)
    given = _given_back("unused", facts, p, (*checks, own))
    yield given
    if facts.sort != "bandwidth" or given.result == "advise":
        return
    if facts.network is None or facts.bought is None:
        unsized = measurable("没有流量数据" if facts.network is None else "几个实例共用，没有各自的带宽", p)
        yield Advice("bandwidth", "undetermined", unsized)
        return
    flow = Flow(facts.network, facts.bought)
    yield _told("bandwidth", heard if not heard.holds else bandwidth_oversized(flow, p))
    yield _told("undersized", heard if not heard.holds else bandwidth_undersized(flow, p))


def _heard(facts: Thing, p: Parameters) -> Verdict:
    hours = 0 if facts.network is None else facts.network.hours
    return enough_heard(Span(p["advice_window"].n, hours, facts.age_days, facts.steady_days), p)


def _told(kind: str, found: Verdict) -> Advice:
    results = {"need": "inform", "undetermined": "undetermined"}
    return Advice(kind, results.get(found.state, "quiet"), found)


def _given_back(kind: str, facts: Thing, p: Parameters, checks: tuple[Verdict, ...]) -> Advice:
    """``checks`` in their order, the kind's own rule last: the first that does not let go decides."""
    found = next((verdict for verdict in checks[:-1] if not verdict.holds), checks[-1])
    saving = facts.now.monthly
    if found.state != "need" or found is not checks[-1]:
        return Advice(kind, "undetermined" if found.state == "undetermined" else "quiet", found)
    held = [cooled_down((facts.season.on, facts.advised_on), p), worth_it(saving, p)]
    if kind == "unused":
        held.insert(0, quiet_in_season((facts.season.peak, 0), p))
    stopped = next((verdict for verdict in held if not verdict.holds), None)
    if stopped:
        return Advice(kind, "quiet", stopped, None, saving)
    return Advice(kind, "advise", found, None, saving, ask=not season_asked(facts.season, p).holds)
