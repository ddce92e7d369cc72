"""演示: a cloud that lives in memory. It shows what a connector is like and passes every check of the kit.

It is nobody's cloud and imitates none. Configuration: ``write``, and ``polls``, how often an operation is asked for
before it is done (default 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.domain.services.connectors.loading import writes
from yunheng.domain.services.connectors.protocol import (
    DONE,
    OTHER,
    PENDING,
    READS,
    RUNNING,
    STOPPED,
    WRITES,
    Instance,
    Item,
    Misconfigured,
    Operation,
    Order,
    ReadOnly,
    Unknown,
    Usage,
)

ITEMS = (
    Item("DEMO-ECS-2C4G", "演示云主机", "2核4GB"),
    Item("DEMO-ECS-4C8G", "演示云主机", "4核8GB"),
    Item("DEMO-DISK", "演示云硬盘", "容量型"),
)
SINCE = date(2026, 1, 5)
START = (
    Instance(
        "demo-0001", "业务前置一", "DEMO-ECS-2C4G", Decimal(1), "2核4GB", RUNNING, "S-2026-0001", "XT-0001",
        SINCE, "192.0.2.11",
    ),
    Instance(
        "demo-0002", "业务前置二", "DEMO-ECS-2C4G", Decimal(1), "2核4GB", STOPPED, "S-2026-0001", "XT-0001",
        SINCE, "192.0.2.12 198.51.100.12",
    ),
    Instance("demo-0003", "未登记的云主机", "", Decimal(1), "8核16GB", RUNNING, "", "", None),
    Instance("demo-0004", "数据盘", "DEMO-DISK", Decimal(500), "容量型", OTHER, "S-2026-0002", "XT-0001", SINCE),
)  # fmt: skip
HOURS_OF_A_DAY = 24


class Memory:
    """演示 (entry point ``memory``). Each one made starts with the same four instances and shares nothing."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self.write, self.polls = writes(configuration), configuration.get("polls", 2)
        if type(self.polls) is not int or self.polls < 1:
            raise Misconfigured(f"polls须为1以上的整数，现为“{self.polls}”")
        self.instances = {one.instance_id: one for one in START}
        self.operations: dict[str, Operation] = {}
        self.asked: dict[str, int] = {}

    def capabilities(self) -> frozenset[str]:
        return frozenset(READS) | frozenset(WRITES)

    def catalog(self) -> tuple[Item, ...]:
        return ITEMS

    def list_inventory(self) -> tuple[Instance, ...]:
        return tuple(self.instances.values())

    def get(self, instance_id: str, /) -> Instance:
        if instance_id not in self.instances:
            raise Unknown(f"没有实例“{instance_id}”", todo="可能已释放，请重新列出清单")
        return self.instances[instance_id]

    def power_state(self, instance_id: str, /) -> str:
        return self.get(instance_id).state

    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        """Running around the clock since it was there."""
        found = self.get(instance_id)
        days = max(0, (end - max(start, found.since or start)).days) if found.state == RUNNING else 0
        return (Usage(instance_id, "hours", Decimal(days * HOURS_OF_A_DAY), "小时", start, end),)

    def provision(self, order: Order, /) -> Operation:
        """There at once; the operation takes its time all the same."""
        self._permitted("provision")
        if done := self.operations.get(order.id):
            return done
        item = self._item(order.sku)
        made = f"demo-{1001 + len(self.operations)}"
        self.instances[made] = Instance(
            made, order.name, item.sku, order.quantity, item.spec, RUNNING, order.service, order.system, None
        )
        return self._begin(order, made)

    def change(self, order: Order, /) -> Operation:
        self._permitted("change")
        if done := self.operations.get(order.id):
            return done
        item, found = self._item(order.sku), self.get(order.instance_id)
        self.instances[order.instance_id] = replace(found, sku=item.sku, spec=item.spec, quantity=order.quantity)
        return self._begin(order, order.instance_id)

    def release(self, order: Order, /) -> Operation:
        self._permitted("release")
        if done := self.operations.get(order.id):
            return done
        del self.instances[self.get(order.instance_id).instance_id]
        return self._begin(order, order.instance_id)

    def operation(self, operation_id: str, /) -> Operation:
        if operation_id not in self.operations:
            raise Unknown(f"没有操作“{operation_id}”")
        self.asked[operation_id] += 1
        if self.asked[operation_id] >= self.polls:
            self.operations[operation_id] = replace(self.operations[operation_id], state=DONE)
        return self.operations[operation_id]

    def _begin(self, order: Order, instance_id: str) -> Operation:
        """The order's own id serves as that of the operation: asked again, it is found again."""
        self.operations[order.id] = Operation(order.id, PENDING, instance_id)
        self.asked[order.id] = 0
        return self.operations[order.id]

    def _permitted(self, act: str) -> None:
        if not self.write:
            raise ReadOnly(f"演示连接器为只读，不能{WRITES[act]}")

    def _item(self, sku: str) -> Item:
        found = next((item for item in ITEMS if item.sku == sku), None)
        if found is None:
            raise Unknown(f"演示目录中没有“{sku}”", todo=f"可开通：{'、'.join(item.sku for item in ITEMS)}")
        return found
