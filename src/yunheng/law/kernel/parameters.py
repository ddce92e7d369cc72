"""The figures of the regulation: dated, with unit and article, never constants in code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.terms import CalendarDays, WorkingDays

Value = WorkingDays | CalendarDays | Decimal | date | int | str
FOLDER = Path(__file__).parent.parent / "parameters"
_TYPES: dict[str, Any] = {
    "working_days": lambda raw: WorkingDays(int(raw)),
    "calendar_days": lambda raw: CalendarDays(int(raw)),
    "yuan": Decimal,
    "ratio": Decimal,
    "date": lambda raw: date.fromisoformat(str(raw)),
}


@dataclass(frozen=True)
class Parameter:
    """A figure with its article. ``product`` marks one of the product, without force of law ([pp])."""

    name: str
    zh: str
    cite: Cite
    unit: str
    values: tuple[tuple[date, Any], ...]  # ascending by the first day of force
    product: bool = False

    def at(self, day: date) -> Value:
        """The value in force on ``day``. Raises KeyError before its first day."""
        found = [value for since, value in self.values if since <= day]
        if not found:
            raise KeyError(f"{self.name} has no value on {day}")
        return self.typed(found[-1])

    def since(self, day: date) -> date:
        """The day from which the value in force on ``day`` holds."""
        return [since for since, _ in self.values if since <= day][-1]

    def typed(self, raw: Any) -> Value:
        """Give a raw figure the type of its unit: working days are no calendar days."""
        make = _TYPES.get(self.unit, int)
        value: Value = make(raw)
        return value

    def words(self, value: Value) -> str:
        """5个工作日, 100,000.00元, 30%. No space between Han and digits: the page sets the gap."""
        if isinstance(value, WorkingDays):
            return f"{value.n}个工作日"
        if isinstance(value, CalendarDays):
            return f"{value.n}个自然日"
        if isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        if self.unit == "ratio" and isinstance(value, Decimal):
            return f"{(value * 100).normalize():f}%"
        if self.unit == "yuan":
            return f"{value:,.2f}元"
        return f"{value}{_UNITS.get(self.unit, self.unit)}"


_UNITS = {
    "month": "月",
    "months": "个月",
    "hours": "小时",
    "minutes": "分钟",
    "count": "次",
    "years": "年",
    "level": "级",
    "bytes_per_second": "字节/秒",
}


class Parameters(Mapping[str, Any]):
    """All figures in force on one day in one jurisdiction; ``watched`` remembers which ones a rule looked at."""

    def __init__(self, day: date, overlay: Mapping[str, Any] | None = None) -> None:
        self.day = day
        self._overlay = dict(overlay or {})
        self._used: dict[str, str] = {}

    def __getitem__(self, name: str) -> Any:
        parameter = registry()[name]
        own = self._overlay.get(name)
        value = parameter.at(self.day) if own is None else parameter.typed(own)
        self._used[name] = parameter.words(value)
        return value

    def __iter__(self) -> Any:
        return iter(registry())

    def __len__(self) -> int:
        return len(registry())

    @property
    def version(self) -> str:
        """The year and month of the newest value in force: 参数 2025-01."""
        newest = max(p.since(self.day) for p in registry().values() if p.values[0][0] <= self.day)
        return f"{newest:%Y-%m}"

    def watched(self) -> Parameters:
        """A copy that starts with nothing used."""
        return Parameters(self.day, self._overlay)

    def used(self) -> tuple[tuple[str, str], ...]:
        """Names and words of the figures looked at so far."""
        return tuple(sorted(self._used.items()))


def _read(paths: Iterable[Path]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path in paths:
        for name, entry in tomllib.loads(path.read_text("utf-8"), parse_float=Decimal).items():
            if name in found:
                raise ValueError(f"two parameters named {name}")
            values = tuple(sorted((date.fromisoformat(day), value) for day, value in entry["values"].items()))
            found[name] = Parameter(
                name, entry["zh"], Cite.parse(entry["cite"]), entry["unit"], values, entry.get("product", False)
            )
    return found


@cache
def registry() -> dict[str, Parameter]:
    """Every parameter of the installation, by name, read once."""
    return _read(sorted(FOLDER.glob("*.toml")))
