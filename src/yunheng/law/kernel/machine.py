"""A procedure as a table. Actor and article are required columns; the table prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yunheng.law.kernel.citation import Cite

BACK = "back"  # the target of a step that leads to where the case was before
Kind = Literal["user_unit", "bureau", "centre", "provider", "auditor", "supervisor", "clock"]


@dataclass(frozen=True)
class By:
    """Who takes a step: a party in the sense of Article 4, and the role a person must hold in it on that day."""

    kind: Kind
    role: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.role}".strip()


@dataclass(frozen=True)
class Watch:
    """When to remind of an awaited step; it is no term, shows no clock and decides nothing.

    The figure named by ``parameter`` counts from the day of receipt, or with ``before`` backwards from the due day.
    ``tells`` are the parties that are told; the holder of the duty when empty.
    """

    parameter: str
    tells: tuple[Kind, ...] = ()
    before: bool = False


@dataclass(frozen=True)
class Step:
    """One row of a procedure.

    ``source`` are the states it starts from; ``target`` where it leads, "" when the case stays where it is, ``BACK``
    when it returns to where it was before.
    ``awaited`` steps are somebody's turn: each opens an obligation for every party in ``by``, with the term named by
    the parameter ``term`` (or none, where the law sets none). ``joint`` steps move the case only when the case says
    that all have acted. ``guards`` are names of rules that the case supplies facts for; ``lapse`` says in words what
    may follow when the term ends. ``informs`` lists the parties that get a notice.
    """

    name: str
    source: tuple[str, ...]
    target: str
    by: tuple[By, ...]
    under: Cite
    label: str
    awaited: bool = True
    joint: bool = False
    guards: tuple[str, ...] = ()
    term: str = ""
    restarts: bool = False  # the step starts the awaited terms of the state anew
    needs_opinion: bool = False
    informs: tuple[Kind, ...] = ()
    follows: str = ""  # what the step brings about, said at the button
    lapse: str = ""
    irrevocable: bool = False
    watch: tuple[Watch, ...] = ()
    asks: str = ""  # what has to be decided, where the step is one of several ways to settle one duty

    @property
    def duty(self) -> str:
        """What is owed by whoever has the turn."""
        return self.asks or self.label


@dataclass(frozen=True)
class State:
    """A state with its one Chinese word, and its look (badge form of the interface)."""

    name: str
    zh: str
    look: str = "run"
    final: bool = False


@dataclass(frozen=True)
class Machine:
    """A procedure: a kind of case, the prefix of its numbers (SQ-2026-0391), its states and steps."""

    kind: str
    zh: str
    prefix: str
    cite: Cite
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    path: tuple[str, ...] = ()  # the straight way through, for the step bar
    stages: tuple[str, ...] = ()  # what leads to each state of the path, as a noun (受理, 审批)
    separated: tuple[str, ...] = ("recommend", "approve", "account")  # nobody takes two of these in one case (4)
    opened_by: tuple[By, ...] = ()  # who may begin a case by hand
    provider_from: tuple[str, ...] = (
        "notify",
    )  # what brings the provider into the case; () when it is so from the start

    @property
    def initial(self) -> str:
        return self.states[0].name

    def state(self, name: str) -> State:
        """The state of that name. Raises KeyError."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)

    def find(self, state: str, step: str) -> Step | None:
        """The step of that name from that state, if there is one."""
        return next((s for s in self.steps if s.name == step and state in s.source), None)

    def leaving(self, state: str) -> tuple[Step, ...]:
        """The steps that can be taken in a state, in the order of the table."""
        return tuple(s for s in self.steps if state in s.source)

    def before(self, state: str) -> tuple[str, ...]:
        """The states from which a state can be entered."""
        return tuple(source for step in self.steps if step.target == state for source in step.source)

    def named(self, step: str) -> tuple[Step, ...]:
        """All rows of that name (one per source with different consequences)."""
        return tuple(s for s in self.steps if s.name == step)

    def mermaid(self) -> str:
        """The procedure as a state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for step in self.steps:
            for source in step.source:
                for target in self.before(source) if step.target == BACK else (step.target or source,):
                    lines.append(f"    {source} --> {target}: {step.name} · {step.under.key}")
        lines += [f"    {state.name} --> [*]" for state in self.states if state.final]
        return "\n".join(lines) + "\n"


MACHINES: dict[str, Machine] = {}


def register(machine: Machine) -> Machine:
    """Put a machine in the register of all procedures; refuses a second one of the same kind."""
    if machine.kind in MACHINES:
        raise ValueError(f"two machines of kind {machine.kind}")
    MACHINES[machine.kind] = machine
    return machine
