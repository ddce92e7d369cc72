"""What a connector to a provider's cloud is: the words both sides use, and the acts the platform may ask for.

No Django, no settings: a vendor writes and tests a connector with this package alone (docs/connectors.md).
A connector reports what runs; it decides nothing. What it reports is compared with the ledger (9.1, 22.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

RUNNING, STOPPED, OTHER = "running", "stopped", "other"
POWER = (RUNNING, STOPPED, OTHER)
PENDING, DONE, FAILED = "pending", "done", "failed"
PROGRESS = (PENDING, DONE, FAILED)
NOTHING = "none"  # what a resource is attached to that is attached to nothing

# The names that ``capabilities`` may answer with, in Chinese for the refusals.
READS = {
    "list_inventory": "列出资源清单",
    "get": "查询单个资源",
    "power_state": "查询运行状态",
    "catalog": "列出可开通的规格",
    "usage": "查询用量",
}
WRITES = {"provision": "开通", "change": "变更", "release": "释放"}
NEEDED = ("list_inventory", "get", "power_state")  # without them there is nothing to compare with the ledger


class ConnectorError(Exception):
    """What is in the way: a Chinese sentence, and what to do now."""

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(f"{message}。{todo}" if todo else message)
        self.message, self.todo = message, todo


class Unsupported(ConnectorError):
    """The connector does not have this ability."""


class ReadOnly(ConnectorError):
    """A write was asked of a connector whose configuration does not allow it."""


class Unknown(ConnectorError):
    """The provider has no such instance, operation or catalogue code."""


class Unreachable(ConnectorError):
    """The provider's side does not answer, or not in time; asking again later may help."""


class Misconfigured(ConnectorError):
    """The configuration, or what is installed, does not do."""


@dataclass(frozen=True)
class Instance:
    """One row of a provider's inventory, as the provider knows it."""

    instance_id: str  # the provider's own
    name: str
    sku: str  # code of our catalogue, "" where the provider does not know
    quantity: Decimal  # in the unit of measure of the catalogue, > 0
    spec: str
    state: str  # running · stopped · other
    service: str  # our number (S-2026-0001) as tagged, or ""
    system: str  # code of the system as tagged, or ""
    since: date | None  # first local day that it was there
    addresses: str = ""  # several are parted by a space
    attached_to: str = (
        ""  # of a volume, an address: the id of what it is attached to, NOTHING, "" where it is not known
    )
    back_ends: int | None = None  # of a balancer: how many it has; None where it is not known


@dataclass(frozen=True)
class Item:
    """Something that can be opened."""

    sku: str
    name: str
    spec: str = ""


@dataclass(frozen=True)
class Order:
    """What the city wants done. The same ``id`` (work order and revision) asked again never does it twice."""

    id: str
    sku: str = ""
    quantity: Decimal = Decimal(1)
    name: str = ""
    spec: str = ""
    service: str = ""
    system: str = ""
    instance_id: str = ""  # what is changed or released; "" for what is opened


@dataclass(frozen=True)
class Operation:
    """Something under way at the provider. Ask ``operation(id)`` until the state is no longer pending."""

    id: str
    state: str  # pending · done · failed
    instance_id: str = ""  # known at the latest when done
    reason: str = ""  # why it failed


@dataclass(frozen=True)
class Usage:
    """What one instance used of one thing in ``[start, end)``."""

    instance_id: str
    metric: str
    quantity: Decimal
    unit: str
    start: date
    end: date


class Connector(Protocol):
    """One provider's cloud. Made by calling the entry point with the configuration, a mapping of plain values.

    Every method raises ConnectorError and nothing else. Writes are refused with ReadOnly unless the configuration
    says ``write = true``.
    """

    def capabilities(self) -> frozenset[str]:
        """The names out of READS and WRITES that work here; at least NEEDED."""

    def catalog(self) -> tuple[Item, ...]:
        """What ``provision`` takes."""

    def list_inventory(self) -> tuple[Instance, ...]:
        """All that runs or exists, released things left out."""

    def get(self, instance_id: str, /) -> Instance:
        """One of them; raises Unknown."""

    def power_state(self, instance_id: str, /) -> str:
        """One of POWER; raises Unknown."""

    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        """What it used in ``[start, end)``; raises Unknown."""

    def provision(self, order: Order, /) -> Operation:
        """Open; raises Unknown for a catalogue code that it does not have."""

    def change(self, order: Order, /) -> Operation:
        """Bring ``order.instance_id`` to another sku or quantity."""

    def release(self, order: Order, /) -> Operation:
        """Give ``order.instance_id`` back."""

    def operation(self, operation_id: str, /) -> Operation:
        """How far it is; raises Unknown."""
