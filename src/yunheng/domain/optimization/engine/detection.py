"""Article 10, second paragraph, for a whole city on one day: measured as sets, judged one by one by the pure rules.

The meeting point with what watches the machines is a DuckDB connection that has the relations of ``layout``, wherever
they come from; with what keeps the ledger it is ``Known``, one for each resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.domain.optimization.engine.layout import Connection
from yunheng.domain.optimization.engine.measuring import CPU, DISK, MEMORY, NETWORK, Cut, Machine, measure, peaks
from yunheng.law.ch2_use.art10_advice import advise
from yunheng.law.ch2_use.art10_facts import RULE_SET, Advice, Thing, Watched
from yunheng.law.ch2_use.art10_idle import Attachment
from yunheng.law.ch2_use.art10_listed import NOT_SAID
from yunheng.law.ch2_use.art10_season import Busy, Peak, Season, last_times
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.ch2_use.art10_things import advise_thing
from yunheng.law.kernel.parameters import Parameters


@dataclass(frozen=True)
class Known:
    """What the ledger says of a resource: its system and role there, its size and price, the catalogue's ladder.

    ``months`` since the system came to the cloud; ``advised_on`` the day of the last suggestion or change. ``sort`` and
    what follows it: of what is no machine with a size, see ``art10_facts.Thing``.
    """

    system: str
    now: Size
    ladder: tuple[Size, ...] = ()
    role: str = ""
    declared: tuple[Busy, ...] = ()
    months: int = 0
    advised_on: date | None = None
    sort: str = "machine"
    unknown: str = ""
    attachment: Attachment = NOT_SAID
    bought: Decimal | None = None


@dataclass(frozen=True)
class Judged:
    """One machine with everything that was said of it."""

    machine: Machine
    advice: tuple[Advice, ...]
    peak: Peak  # of its last busy periods


def detect(db: Connection, known: Mapping[str, Known], cut: Cut, p: Parameters) -> Iterator[Judged]:
    """Every resource that is both measured and in the ledger, by name, with one answer for each kind of advice.

    A resource that the ledger does not know is no matter of this article: reconciliation finds it (9.1).
    """
    declared = any(one.declared for one in known.values())
    machines = [one for one in measure(db, cut, p, seasons=declared) if one.resource in known]
    busiest = _busiest(machines, known, p)
    at = seasons(db, machines, known, cut, p)
    for machine in machines:
        one, season = known[machine.resource], at[machine.resource]
        if one.sort == "machine" and not one.unknown:
            facts = watched(machine, one, season, busiest.get(machine.resource), p)
            yield Judged(machine, tuple(advise(facts, p)), season.peak)
        else:
            yield Judged(machine, tuple(advise_thing(thing(machine, one, season, p), p)), season.peak)


def seasons(
    db: Connection, machines: Iterable[Machine], known: Mapping[str, Known], cut: Cut, p: Parameters
) -> dict[str, Season]:
    """The seasons of every machine: what was declared, on which days it was heard, what its last busy periods used."""
    spans = [(name, span) for name, one in known.items() for span in last_times(one.declared, cut.on, p)]
    used = peaks(db, spans, cut) if spans else {}
    return {
        one.resource: Season(
            cut.on, known[one.resource].declared, one.heard, known[one.resource].months, used.get(one.resource, Peak())
        )
        for one in machines
    }


def watched(machine: Machine, known: Known, season: Season, sibling: Decimal | None, p: Parameters) -> Watched:
    """The facts of the pure rules: what was measured beside what is known."""
    short, full = p["advice_window"].n, p["advice_window_full"].n
    return Watched(
        now=known.now,
        season=season,
        age_days=machine.age_days,
        steady_days=machine.steady_days,
        short=machine.spread(CPU, short),
        full=machine.spread(CPU, full),
        network=machine.spread(NETWORK, short),
        disk=machine.spread(DISK, short),
        memory=machine.spread(MEMORY, full),
        highest=machine.highest,
        ladder=known.ladder,
        role=known.role,
        sibling=sibling,
        advised_on=known.advised_on,
    )


def thing(machine: Machine, known: Known, season: Season, p: Parameters) -> Thing:
    """The same of what is no machine."""
    return Thing(
        sort=known.sort, now=known.now, season=season,
        age_days=machine.age_days, steady_days=machine.steady_days, network=machine.spread(NETWORK, p["advice_window"].n),
        filling=machine.filling, attachment=known.attachment, bought=known.bought, unknown=known.unknown,
        advised_on=known.advised_on,
    )  # fmt: skip


def _busiest(machines: Iterable[Machine], known: Mapping[str, Known], p: Parameters) -> dict[str, Decimal]:
    """Of each machine with a named role, the P99.5 of the busiest other one in that role of the same system."""
    groups: dict[tuple[str, str], list[tuple[Decimal, str]]] = {}
    for machine in machines:
        cpu, one = machine.spread(CPU, p["advice_window"].n), known[machine.resource]
        if one.role and cpu is not None:
            groups.setdefault((one.system, one.role), []).append((cpu.p995, machine.resource))
    found: dict[str, Decimal] = {}
    for group in groups.values():
        ordered = sorted(group, reverse=True)
        for _, resource in ordered:
            others = [share for share, other in ordered[:2] if other != resource]
            if others:
                found[resource] = others[0]
    return found


def evidence(judged: Judged, advice: Advice, cut: Cut, p: Parameters) -> dict[str, Any]:
    """What is frozen with a suggestion, plain JSON: enough to see and to recompute why it was made."""
    machine = judged.machine
    return {
        "rule_set": RULE_SET,
        "parameters": p.version,
        "on": cut.on.isoformat(),
        "kind": advice.kind,
        "result": advice.result,
        "verdict": advice.verdict.to_dict(),
        "vcpu": machine.vcpu,
        "memory": machine.memory,
        "age_days": machine.age_days,
        "steady_days": machine.steady_days,
        "highest_cores": str(machine.highest),
        "season_memory": str(judged.peak.memory),
        "filling": None if machine.filling is None else {k: str(v) for k, v in vars(machine.filling).items()},
        "windows": {
            f"{metric}/{days}": {name: str(value) for name, value in vars(spread).items()}
            for (metric, days), spread in sorted(machine.spreads.items())
        },
        "to": None if advice.to is None else {"sku": advice.to.sku, "vcpu": advice.to.vcpu, "memory": advice.to.memory},
        "saving": None if advice.saving is None else str(advice.saving),
        "ask_for_season": advice.ask,
    }
