"""Where a case stands on its straight way: the step bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class StepItem:
    """One step: its word, and below it who and when (past), whose turn (current) or the term (future)."""

    label: str
    note: str = ""


@dataclass(frozen=True)
class PlacedStep:
    """A step and where it lies: past, current or future."""

    number: int
    label: str
    note: str
    place: str


@dataclass(frozen=True)
class StepBar:
    """All steps of a case; ``place_words`` is what a phone shows of the rest."""

    steps: tuple[PlacedStep, ...]
    place_words: str


def step_bar(items: Sequence[StepItem], *, current: int) -> StepBar:
    """Place the steps around the current one, counted from 0; ``current=len(items)`` when all are past."""
    placed = tuple(
        PlacedStep(n + 1, item.label, item.note, "past" if n < current else "current" if n == current else "future")
        for n, item in enumerate(items)
    )
    total = len(placed)
    words = f"第 {current + 1} 步，共 {total} 步" if current < total else f"{total} 步已全部完成"
    return StepBar(placed, words)
