"""Article 9, first paragraph: the six ways in which an inventory differs from the ledger; whose each is, and under what.

What ran without approval is never payable by the fund, whatever is approved afterwards: ``unpayable_from`` says since
when, as far as it is known. A difference is closed by what explains it (``FITTING``), by its disappearance, or by a
rectification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from yunheng.law.kernel.citation import Cite, art

ZERO = Decimal(0)
Kind = Literal["unapproved", "changed", "absent", "released", "overstayed", "above_ceiling"]
Owner = Literal["provider", "user_unit"]
OWNERS = {"provider": "云服务商", "user_unit": "用户单位"}


@dataclass(frozen=True)
class KindOf:
    """A kind of difference: its name, who has to explain it, the paragraph that is touched."""

    zh: str
    owner: Owner
    cite: Cite
    unpayable: bool  # what ran so is never the fund's to pay

    @property
    def owner_zh(self) -> str:
        return OWNERS[self.owner]


# fmt: off
KINDS: dict[Kind, KindOf] = {
    "unapproved":    KindOf("未经审批开通",     "provider",  art(22),    unpayable=True),
    "changed":       KindOf("擅自变更",         "user_unit", art(9, 1),  unpayable=True),
    "absent":        KindOf("已批准、清单无",   "provider",  art(15, 1), unpayable=False),
    "released":      KindOf("已释放、仍在运行", "provider",  art(11),    unpayable=True),
    "overstayed":    KindOf("临时服务到期未停", "provider",  art(12, 2), unpayable=True),
    "above_ceiling": KindOf("用量超出核定上限", "user_unit", art(9, 1),  unpayable=False),
}
# The procedures that can explain a difference, when they were approved (an exit: filed) before it was found; later ones
# only take it over. What was released and runs on is explained by nothing: it is released, or applied for anew.
FITTING: dict[Kind, tuple[str, ...]] = {
    "unapproved":    ("application", "temporary", "change", "agreement", "migration"),
    "changed":       ("change", "migration", "agreement"),
    "absent":        ("exit", "change", "migration", "agreement"),
    "released":      ("application", "temporary"),
    "overstayed":    ("temporary", "application", "exit"),
    "above_ceiling": ("change", "agreement"),
}
# What a case that has come to its provider makes differ while it is under way.
EXPECTED: dict[str, tuple[Kind, ...]] = {
    "change": ("changed", "absent"),
    "exit": ("absent",),
    "migration": ("absent", "changed"),
}
# The step with which each procedure is approved; an exit needs no approval, an agreement its signatures.
APPROVED_BY: dict[str, tuple[str, ...]] = {
    "application": ("approve",), "change": ("approve", "adjust"), "temporary": ("verify",), "migration": ("decide_cause", "decide_at_bureau"),
    "exit": ("submit",), "agreement": ("sign",),
}
# fmt: on


@dataclass(frozen=True)
class Seen:
    """A row of the inventory. ``quantity`` is the month's amount of what is metered, None where it was not given."""

    instance: str
    sku: str
    quantity: Decimal | None
    service: str = ""
    system: str = ""
    since: date | None = None


@dataclass(frozen=True)
class Held:
    """A line of the ledger as it stands on the day, or one that is approved and not in service yet (no ``opened_on``).

    ``ends_on`` is the first day on which a temporary service may not run. ``under_way`` is the kind of an open case
    that has come to the provider and concerns this line. ``also`` are the numbers of those that it follows.
    """

    key: str
    system: str
    sku: str
    quantity: Decimal
    opened_on: date | None
    closed_on: date | None = None
    instances: tuple[str, ...] = ()
    ends_on: date | None = None
    metered: bool = False
    once: bool = False
    under_way: str = ""
    also: tuple[str, ...] = ()

    def over(self, on: date) -> bool:
        """Whether the ledger has closed the line by that day: the closing day is not charged any more (R-005)."""
        return self.closed_on is not None and self.closed_on <= on

    def pending(self, on: date) -> bool:
        return self.opened_on is None or self.opened_on > on


@dataclass(frozen=True)
class Difference:
    """One thing that is not as approved. ``key`` tells the same difference in the next run: line, or instance."""

    kind: Kind
    key: str
    held: Held | None
    seen: tuple[Seen, ...]

    @property
    def total(self) -> Decimal:
        """What the inventory shows, in the unit of the catalogue."""
        return sum((row.quantity or ZERO for row in self.seen), ZERO)

    def unpayable_from(self, on: date) -> date | None:
        """Since when it has run without approval, as far as the inventory of ``on`` and the ledger tell."""
        if not KINDS[self.kind].unpayable:
            return None
        if self.kind == "released" and self.held:
            return self.held.closed_on
        if self.kind == "overstayed" and self.held:
            return self.held.ends_on
        if self.kind == "unapproved":
            return min([*(row.since for row in self.seen if row.since), on])
        same = self.held is not None and all(row.sku in ("", self.held.sku) for row in self.seen)
        return None if same and self.held and self.total <= self.held.quantity else on  # less than approved runs
