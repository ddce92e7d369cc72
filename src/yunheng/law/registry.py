"""Everything the law says, in one place: imports every article's module, so that the registers are full."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from yunheng import law
from yunheng.law.kernel.machine import MACHINES, Machine
from yunheng.law.kernel.verdict import RULES, Rule


@cache
def load() -> None:
    """Import every module below ``yunheng.law``; rules and machines register themselves."""
    for module in pkgutil.walk_packages(law.__path__, f"{law.__name__}."):
        import_module(module.name)


def rules() -> dict[str, Rule]:
    """All rules by name."""
    load()
    return RULES


def machines() -> dict[str, Machine]:
    """All procedures by kind."""
    load()
    return MACHINES
