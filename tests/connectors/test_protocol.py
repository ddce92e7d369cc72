"""What a connector may be asked, and what the platform refuses before the connector's code is reached (9.1, 22.2)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from yunheng.domain.services.connectors import Guarded, Instance, Operation, Order, load
from yunheng.domain.services.connectors.loading import writes
from yunheng.domain.services.connectors.protocol import ConnectorError, Misconfigured, ReadOnly, Unsupported


class Bare:
    """Can open and list, and nothing else; writes down what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    def capabilities(self) -> frozenset[str]:
        return frozenset({"list_inventory", "provision"})

    def list_inventory(self) -> tuple[Instance, ...]:
        raise ZeroDivisionError("inside")

    def provision(self, order: Order) -> Operation:
        self.reached.append(order.id)
        return Operation("1", "done", "i-1")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was reached")


def test_a_write_without_permission_never_reaches_the_connector() -> None:
    bare = Bare()
    with pytest.raises(ReadOnly, match=r"只读，不能开通。.*write = true"):
        Guarded(bare).provision(Order("W-1"))  # type: ignore[arg-type]
    assert bare.reached == []
    assert Guarded(bare, write=True).provision(Order("W-1")).instance_id == "i-1"  # type: ignore[arg-type]
    assert bare.reached == ["W-1"]


def test_what_a_connector_cannot_do_is_said_in_words() -> None:
    guarded = Guarded(Bare(), write=True)  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="不支持释放"):
        guarded.release(Order("W-1", instance_id="i-1"))
    with pytest.raises(Unsupported, match="不支持查询运行状态"):
        guarded.power_state("i-1")


def test_a_fault_of_a_vendors_code_is_a_sentence() -> None:
    with pytest.raises(ConnectorError, match=r"内部出错（list_inventory）：ZeroDivisionError: inside"):
        Guarded(Bare()).list_inventory()  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["true", 1, "yes", None])
def test_only_the_word_true_permits_writes(given: object) -> None:
    assert (writes({}), writes({"write": False}), writes({"write": True})) == (False, False, True)
    with pytest.raises(Misconfigured, match="须为true或false"):
        writes({"write": given})


def test_an_unknown_connector_is_refused_in_words() -> None:
    with pytest.raises(Misconfigured, match=r"没有名为“nobody”的连接器。已安装的连接器："):
        load("nobody")


def test_the_package_needs_no_django() -> None:
    words = "import sys, yunheng.domain.services.connectors; print('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout == "False\n"
