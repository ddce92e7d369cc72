"""The sizing worksheet of an application (6.1): read, checked, stored, and held against what is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db import transaction

from yunheng.domain.services.applications import editable
from yunheng.domain.services.models import Application, ResourceLine
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art06_sizing import LABELS, Demand, Inputs, faults, worksheet
from yunheng.law.kernel.citation import art

NAMES = dict(LABELS)
BASIS, LONGEST_BASIS = "basis", 2000
MOST_DIGITS = 12
PACKAGE = re.compile(r"(\d+)核(\d+)G")  # a package names its cores and memory: 云主机 4核16G
TB = Decimal(1024)


@dataclass(frozen=True)
class Compared:
    """A demand as computed beside what the list asks for (None where the list has no such unit)."""

    demand: Demand
    applied: Decimal | None

    @property
    def beyond(self) -> Decimal:
        """By how much the list asks for more than computed; 0 where it does not."""
        return max(Decimal(0), (self.applied or Decimal(0)) - self.demand.needed) if self.applied else Decimal(0)


def inputs_of(figures: Mapping[str, str]) -> Inputs:
    """The worksheet's inputs out of texts; empty ones keep their default. Raises BadInput by label, all at once."""
    problems, found = [], {}
    for name, text in figures.items():
        if name not in NAMES:
            problems.append(Problem(name, "测算表没有这一项"))
            continue
        value = _number(text)
        if value is None:
            problems.append(Problem(NAMES[name], f"“{text[:20]}”不是数字，填写不超过 {MOST_DIGITS} 位的数"))
        else:
            found[name] = value
    if problems:
        raise BadInput(problems, cite=art(6, 1), todo="改正后再保存，原来的测算没有变动")
    return Inputs(**found)


def _number(text: str) -> Decimal | None:
    text = text.replace(",", "").strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    plain = value.is_finite() and "e" not in text.lower() and len(value.as_tuple().digits) <= MOST_DIGITS
    return value if plain else None


def demands(figures: Mapping[str, str], *, jurisdiction_id: int, on: date) -> tuple[Demand, ...]:
    """The computed demand. Raises BadInput that names every faulty input by its label."""
    inputs, parameters = inputs_of(figures), parameters_on(on, jurisdiction_id)
    if wrong := faults(inputs, parameters):
        raise BadInput([Problem(NAMES[name], words) for name, words in wrong.items()], cite=art(6, 1))
    return worksheet(inputs, parameters)


@transaction.atomic
def set_sizing(
    application: Application, *, figures: Mapping[str, str], actor: Actor, on: date, basis: str = ""
) -> Application:
    """Store the worksheet of a draft: ``figures`` as typed (empty ones left out), ``basis`` in words."""
    locked = editable(application, actor=actor)
    typed = {name: text.strip() for name, text in figures.items() if text.strip()}
    if not typed and not basis.strip():
        raise BadInput([Problem("需求测算", "填写测算数据或测算说明")], cite=art(6, 1))
    if len(basis) > LONGEST_BASIS:
        raise BadInput([Problem("测算说明", f"最多 {LONGEST_BASIS} 字，详细说明作为材料上传")], cite=art(6, 1))
    demands(typed, jurisdiction_id=locked.jurisdiction_id, on=on)
    locked.sizing = {**typed, **({BASIS: basis.strip()} if basis.strip() else {})}
    locked.save(update_fields=["sizing"])
    return locked


def figures_of(application: Application) -> dict[str, str]:
    """The stored inputs without the words; what an older worksheet held beyond the present one is left out."""
    return {name: str(text) for name, text in application.sizing.items() if name in NAMES}


def compare(
    figures: Mapping[str, str], lines: Iterable[ResourceLine], *, jurisdiction_id: int, on: date
) -> list[Compared]:
    """Each demand that the figures give, beside the list; nothing where nothing was given."""
    if not figures:
        return []
    applied = applied_of(lines)
    found = demands(figures, jurisdiction_id=jurisdiction_id, on=on)
    return [Compared(demand, applied.get(demand.name)) for demand in found if demand.needed or demand.name in applied]


def applied_of(lines: Iterable[ResourceLine]) -> dict[str, Decimal]:
    """What a list asks for, in cores, GB of memory, GB of storage and Mbps, as far as units and packages say it."""
    total: dict[str, Decimal] = {}

    def add(name: str, quantity: Decimal) -> None:
        total[name] = total.get(name, Decimal(0)) + quantity

    for line in lines:
        package = PACKAGE.search(f"{line.name} {line.spec}")
        if line.unit == "核":
            add("vcpu", line.quantity)
        elif line.unit == "Mbps":
            add("bandwidth", line.quantity)
        elif line.unit in ("GB", "TB"):
            add("memory" if "内存" in line.name else "storage", line.quantity * (TB if line.unit == "TB" else 1))
        elif package and line.unit in ("台", "实例"):
            add("vcpu", line.quantity * int(package[1]))
            add("memory", line.quantity * int(package[2]))
    return total
