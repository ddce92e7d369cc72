"""A connector under examination, and how a check finds fault with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yunheng.domain.services.connectors.protocol import (
    DONE,
    FAILED,
    PROGRESS,
    READS,
    WRITES,
    Connector,
    ConnectorError,
    Instance,
    Operation,
)

NOBODY = "yunheng-conformance-none"  # an identifier and a catalogue code that no cloud has


class Fault(Exception):
    """The connector does not keep to it; the text says where."""


class Skipped(Exception):
    """It could not be tried; the text says why."""


@dataclass
class Trial:
    """A connector under examination. ``make`` makes another one of the same; ``pause`` waits between two polls."""

    make: Callable[[Mapping[str, Any]], Connector]
    configuration: Mapping[str, Any]
    period: tuple[date, date]  # whose usage is asked for
    run: str  # makes the orders of this run different from those of any other
    polls: int
    pause: Callable[[], None]
    connector: Connector = field(init=False)
    opened: str = ""  # what the life has opened, once it runs
    left: str = ""  # what the life must still release

    def __post_init__(self) -> None:
        self.connector = self.make(self.configuration)

    def able(self, act: str) -> None:
        if act not in self.connector.capabilities():
            raise Skipped(f"未声明支持{(READS | WRITES)[act]}")

    def inventory(self) -> tuple[Instance, ...]:
        return tuple(self.connector.list_inventory())

    def poll(self, operation: Operation) -> Operation:
        """Until it has ended; a connector that never ends, or answers with words of its own, is at fault."""
        for _ in range(self.polls):
            if operation.state not in PROGRESS:
                raise Fault(f"操作状态“{operation.state}”不在{'、'.join(PROGRESS)}之内")
            if operation.state == FAILED:
                raise Fault(f"操作失败：{operation.reason or '未说明原因'}")
            if operation.state == DONE:
                return operation
            self.pause()
            operation = self.connector.operation(operation.id)
        raise Fault(f"查询{self.polls}次后操作仍未结束")


Check = Callable[[Trial], None]


def raises_in_words(kind: type[ConnectorError], act: Callable[[], Any], what: str) -> None:
    """It must raise just this kind, with a Chinese sentence."""
    try:
        act()
    except kind as refusal:
        if not re.search(r"[一-鿿]", str(refusal)):
            raise Fault(f"{what}：拒绝时没有用中文说明（{refusal}）") from refusal
        return
    except ConnectorError as other:
        raise Fault(f"{what}：应为{kind.__name__}，实为{type(other).__name__}（{other}）") from other
    raise Fault(f"{what}：未被拒绝")
