"""Connectors are found by entry point, and kept to what their configuration permits before their code is reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.metadata import entry_points
from typing import Any

from yunheng.domain.services.connectors.protocol import (
    READS,
    WRITES,
    Connector,
    ConnectorError,
    Instance,
    Item,
    Misconfigured,
    Operation,
    Order,
    ReadOnly,
    Unsupported,
    Usage,
)

GROUP = "yunheng.connectors"


def available() -> dict[str, str]:
    """Name of each connector that is installed → where its code is; two that claim one name are named together."""
    found: dict[str, set[str]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, set()).add(point.value)
    return {name: "、".join(sorted(places)) for name, places in sorted(found.items())}


def load(name: str, configuration: Mapping[str, Any] | None = None) -> Guarded:
    """The connector ``name`` over its configuration; read-only unless that says ``write = true``."""
    given = dict(configuration or {})
    return Guarded(make(name, given), write=writes(given))


def writes(configuration: Mapping[str, Any]) -> bool:
    """Whether the configuration permits writes: the word true, and nothing that merely looks like it."""
    given = configuration.get("write", False)
    if not isinstance(given, bool):
        raise Misconfigured(f"write须为true或false，现为“{given}”", todo="未写明即为只读")
    return given


def make(name: str, configuration: Mapping[str, Any]) -> Connector:
    """The bare connector. Raises Misconfigured when there is none, or two, or it cannot be imported."""
    points = {point.value: point for point in entry_points(group=GROUP) if point.name == name}
    if not points:
        known = "、".join(available()) or "无"
        raise Misconfigured(f"没有名为“{name}”的连接器", todo=f"已安装的连接器：{known}")
    if len(points) > 1:
        raise Misconfigured(f"连接器“{name}”有多个：{'、'.join(sorted(points))}", todo="卸载其一后重试")
    try:
        factory = next(iter(points.values())).load()
    except (ImportError, AttributeError) as error:
        raise Misconfigured(f"连接器“{name}”不能装入：{error}", todo="检查安装是否完整") from error
    connector: Connector = factory(dict(configuration))
    return connector


class Guarded:
    """A connector that does what it can and may, and says in words what it cannot or may not."""

    def __init__(self, connector: Connector, *, write: bool = False) -> None:
        self.bare, self.write = connector, write

    def capabilities(self) -> frozenset[str]:
        """What the connector is able to do, permitted or not."""
        return frozenset(self._call(self.bare.capabilities))

    def catalog(self) -> tuple[Item, ...]:
        return tuple(self._ask("catalog"))

    def list_inventory(self) -> tuple[Instance, ...]:
        return tuple(self._ask("list_inventory"))

    def get(self, instance_id: str, /) -> Instance:
        found: Instance = self._ask("get", instance_id)
        return found

    def power_state(self, instance_id: str, /) -> str:
        return str(self._ask("power_state", instance_id))

    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        return tuple(self._ask("usage", instance_id, start, end))

    def provision(self, order: Order, /) -> Operation:
        return self._order("provision", order)

    def change(self, order: Order, /) -> Operation:
        return self._order("change", order)

    def release(self, order: Order, /) -> Operation:
        return self._order("release", order)

    def operation(self, operation_id: str, /) -> Operation:
        found: Operation = self._call(self.bare.operation, operation_id)
        return found

    def _order(self, act: str, order: Order) -> Operation:
        if not self.write:
            raise ReadOnly(
                f"连接器为只读，不能{WRITES[act]}", todo="由云服务商人工办理；确需自动办理的，在配置中写明write = true"
            )
        found: Operation = self._ask(act, order)
        return found

    def _ask(self, act: str, *words: Any) -> Any:
        if act not in self.capabilities():
            raise Unsupported(f"连接器不支持{(READS | WRITES)[act]}", todo="请向云服务商索取或人工办理")
        return self._call(getattr(self.bare, act), *words)

    @staticmethod
    def _call(act: Any, *words: Any) -> Any:
        """A fault inside a vendor's code becomes a sentence too: nobody here can do anything with its traceback."""
        try:
            return act(*words)
        except ConnectorError:
            raise
        except Exception as error:
            name = getattr(act, "__name__", "")
            raise ConnectorError(f"连接器内部出错（{name}）：{type(error).__name__}: {error}") from error
