"""A procedure drawn from its table: a lane per party, a box per state, ochre where the law sets a term."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from yunheng.law.ch1_general.art04_parties import KINDS
from yunheng.law.kernel.machine import Machine, Step
from yunheng.law.kernel.parameters import registry

LEFT, WIDTH, ROW, HIGH, BOX = 78, 880, 62, 36, 84


@dataclass(frozen=True)
class StateBox:
    """A state on the straight way, in the lane of the party that brought it about."""

    x: int
    y: int
    zh: str
    final: bool


@dataclass(frozen=True)
class Arrow:
    """From one state to the next; ``term`` in words where there is one."""

    path: str
    term: str
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    """Everything in pixels of a view box."""

    label: str
    lanes: tuple[tuple[str, int], ...]
    boxes: tuple[StateBox, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def drawn(machine: Machine) -> Drawing:
    """The straight way of a procedure; what leaves it stands in the table below the drawing."""
    way = (machine.initial, *machine.path)
    into = {state: _into(machine, before, state) for before, state in itertools.pairwise(way)}
    owners = ["user_unit", *(step.by[0].kind if (step := into[state]) else "user_unit" for state in way[1:])]
    kinds = list(dict.fromkeys(owners))
    gap = (WIDTH - LEFT) // len(way)
    places = [(LEFT + n * gap + gap // 2, kinds.index(owner) * ROW + ROW // 2 + 8) for n, owner in enumerate(owners)]
    boxes = tuple(
        StateBox(x, y, machine.state(name).zh, machine.state(name).final)
        for name, (x, y) in zip(way, places, strict=True)
    )
    steps = [into[state] for state in way[1:]]
    arrows = tuple(_arrow(step, a, b) for step, a, b in zip(steps, places, places[1:], strict=False))
    lanes = tuple((dict((*KINDS, ("clock", "系统")))[kind], n * ROW + 8) for n, kind in enumerate(kinds))
    return Drawing(f"{machine.zh}程序图", lanes, boxes, arrows, WIDTH, len(kinds) * ROW + 16)


def _into(machine: Machine, before: str, state: str) -> Step | None:
    """The step by which the straight way reaches a state."""
    direct = [s for s in machine.steps if s.target == state and before in s.source]
    return next(iter([*direct, *(s for s in machine.steps if s.target == state)]), None)


def _arrow(step: Step | None, a: tuple[int, int], b: tuple[int, int]) -> Arrow:
    middle = b[0] - BOX // 2 - 10
    path = f"M{a[0] + BOX // 2} {a[1]}H{middle}V{b[1]}H{b[0] - BOX // 2 - 2}"
    term = ""
    if step is not None and step.term:
        parameter = registry()[step.term]
        term = parameter.words(parameter.typed(parameter.values[-1][1]))
    return Arrow(path, term, b[0] - BOX // 2 - 14, b[1] + HIGH // 2 + 12)
