"""Article 10, second paragraph: how often the rules in service were wrong when they were tried on the past.

The record is data (law/backtest.toml): ``yunheng backtest PATH --record FILE`` writes it, ``lawdocs`` prints it, and the
product shows it beside every suggestion. It holds the figures with which it was made: after a figure or a rule changed,
it says that it is old and vouches for nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from yunheng.law.ch2_use.art10_facts import RULE_SET
from yunheng.law.ch2_use.art10_use import HUNDRED
from yunheng.law.kernel.parameters import Parameters, registry

FILE = Path(__file__).parents[1] / "backtest.toml"
PREFIXES = ("advice_", "idle_", "oversized_", "season_", "backtest_", "woke_", "overrun_")


@dataclass(frozen=True)
class Tried:
    """One kind and result at one cut. ``bad`` machines woke or overran; ``over`` of ``hours`` lay above the new size.

    ``heard`` are those that went on reporting, ``vcpu`` the cores of all judged, ``saved`` those given back.
    ``declared`` says that the busy periods of the trace were declared; ``held_out`` that no figure was tuned on it.
    """

    on: date
    held_out: bool
    declared: bool
    kind: str
    result: str
    judged: int
    undetermined: int
    advised: int
    heard: int
    bad: int
    hours: int
    over: int
    vcpu: int
    saved: int

    @property
    def share(self) -> Decimal:
        """Of the machines that went on reporting, how many woke or overran."""
        return Decimal(self.bad) / max(self.heard, 1)

    @property
    def hours_over(self) -> Decimal:
        return Decimal(self.over) / max(self.hours, 1)

    def passes(self, p: Parameters) -> bool:
        """Whether the bars hold; with nothing advised they do."""
        if self.kind == "idle":
            return bool(self.share < p["woke_bar"])
        return bool(self.share < p["overrun_bar"] and self.hours_over < p["overrun_hours_bar"])


@dataclass(frozen=True)
class Record:
    """One back-test: which rules, which figures (in words), which trace (with its SHA-256), and every row."""

    rule_set: str
    trace: Mapping[str, str]
    figures: Mapping[str, str]
    rows: tuple[Tried, ...]

    def vouches(self, p: Parameters) -> bool:
        """Whether it was made with the rules of today and the figures of ``p``."""
        return self.rule_set == RULE_SET and dict(self.figures) == figures_of(p)

    def last(self, kind: str) -> Tried | None:
        """The row to show beside advice of that kind: the last cut held out, nothing declared; None: never tried."""
        rows = [row for row in self.rows if row.kind == kind and row.result == "advise" and row.heard]
        fair = [row for row in rows if row.held_out and not row.declared]
        return max(fair, key=lambda row: row.on, default=None)


def figures_of(p: Parameters) -> dict[str, str]:
    """The figures of these rules in force, in words."""
    names = sorted(name for name in registry() if name.startswith(PREFIXES))
    return {name: registry()[name].words(p[name]) for name in names}


@cache
def record() -> Record:
    """The record that comes with this version."""
    return parsed(FILE.read_text("utf-8"))


def parsed(text: str) -> Record:
    """What ``written`` wrote."""
    raw = tomllib.loads(text)
    return Record(raw["rule_set"], raw["trace"], raw["figures"], tuple(Tried(**row) for row in raw["row"]))


def written(one: Record) -> str:
    """As TOML, the same for the same record."""
    lines = [
        "# Written by `yunheng backtest PATH --record FILE`: made again, never edited.",
        _line("rule_set", one.rule_set),
    ]
    for name, table in (("trace", one.trace), ("figures", one.figures)):
        lines += ["", f"[{name}]", *(_line(key, table[key]) for key in sorted(table))]
    for row in one.rows:
        lines += ["", "[[row]]", *(_line(field.name, getattr(row, field.name)) for field in fields(row))]
    return "\n".join(lines) + "\n"


def _line(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if isinstance(value, str):
        return f'{name} = "{value}"'
    return f"{name} = {value}"


def words(row: Tried) -> str:
    """The error rate in a sentence: 44台中1台又忙起来（2.3%）."""
    what = "又忙起来" if row.kind == "idle" else "超出建议规格"
    return f"{row.heard}台中{row.bad}台{what}（{share_words(row.share, 1)}）"


def share_words(value: Decimal, places: int) -> str:
    """0.0234 as 2.3%, with so many places."""
    return f"{value * HUNDRED:.{places}f}%"
