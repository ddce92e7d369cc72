"""OTLP metrics (protobuf): the system metrics of OpenTelemetry's agents and collectors, and our own gauges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from yunheng.domain.metering.samples import Batch, Key, Window, take, usable
from yunheng.domain.metering.wire import Unreadable
from yunheng.domain.metering.wire.devices import is_disk, is_mount, is_network

PLAIN = {
    "system.memory.limit": "memory.total", "system.linux.memory.available": "memory.available",
    "system.memory.available": "memory.available", "system.boot_time": "boot.time",
    "system.cpu.logical.count": "cpu.count",
}  # fmt: skip
KEY, HEX = "yunheng.agent.key", re.compile(r"[0-9a-f]{64}")
HOST = ("host.id", "service.instance.id", "host.name")
CUMULATIVE = 2  # the temporality of a counter since its start
NANOS = 1_000_000  # in a millisecond
GONE = 1  # the flag of a point without a value


def _first(attributes: dict[str, str], *names: str) -> str:
    return next((attributes[name] for name in names if name in attributes), "")


def key_of(name: str, attributes: dict[str, str]) -> Key | None:
    """The name under which a point is kept; None for one that nobody reads."""
    if name in PLAIN:
        return Key(PLAIN[name])
    if name == "system.cpu.time":
        cpu = _first(attributes, "cpu", "cpu.logical_number", "system.cpu.logical_number")
        state = _first(attributes, "state", "cpu.mode", "system.cpu.state")
        return None if state.startswith("guest") else Key("cpu.seconds", f"{cpu}/{state}")  # it is in user time already
    device = _first(attributes, "device", "network.interface.name", "system.device")
    way = _first(attributes, "direction", "network.io.direction", "disk.io.direction")
    if name == "system.network.io" and is_network(device):
        return Key("network.total", f"{device}/{way}")
    if name == "system.disk.io" and is_disk(device) and way in ("read", "write"):
        return Key(f"disk.{way}.total", f"{device}/")
    if name == "system.filesystem.usage":
        mount = _first(attributes, "mountpoint", "system.filesystem.mountpoint")
        state = _first(attributes, "state", "system.filesystem.state")
        return Key("filesystem.bytes", f"{mount}/{state}") if mount and is_mount(mount) else None
    return None


def _texts(attributes: Any) -> dict[str, str]:
    found = {}
    for pair in attributes:
        kind = pair.value.WhichOneof("value")
        found[pair.key] = str(getattr(pair.value, kind)) if kind in ("string_value", "int_value") else ""
    return found


def _points(metric: Any, batch: Batch) -> Iterator[tuple[Any, bool]]:
    """The points of a metric, and whether they count up from a start."""
    kind = metric.WhichOneof("data")
    if kind == "gauge":
        yield from ((point, False) for point in metric.gauge.data_points)
    elif kind == "sum":
        rising = metric.sum.is_monotonic
        if rising and metric.sum.aggregation_temporality != CUMULATIVE:
            batch.refuse("累计值须为 cumulative", len(metric.sum.data_points))
            return
        yield from ((point, rising) for point in metric.sum.data_points)
    elif kind is not None:
        batch.unknown += len(getattr(metric, kind).data_points)


def read(data: bytes, *, batch: Batch, window: Window) -> set[str]:
    """Take the points of an export into ``batch``; returns the hosts that sent them. ``up`` is added by us."""
    hosts: set[str] = set()
    try:
        request = ExportMetricsServiceRequest.FromString(data)
    except DecodeError as error:
        raise Unreadable("不是 OTLP 指标的内容") from error
    for resource in request.resource_metrics:
        about = _texts(resource.resource.attributes)
        host = _first(about, *HOST)
        if host and usable(host):
            hosts.add(host)
        if KEY in about and not HEX.fullmatch(about[KEY]):
            raise Unreadable(f"{KEY} 须为 Ed25519 公钥，64 位十六进制")
        batch.keys |= {about[KEY]} if KEY in about else set()
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            _read_metric(metric, batch, window)
    if batch.latest:  # whoever sends is up, at the moment of its newest point: the same again is the same
        batch.add(Key("up"), batch.latest, 1.0)
    return hosts


def _read_metric(metric: Any, batch: Batch, window: Window) -> None:
    for point, rising in _points(metric, batch):
        key = key_of(metric.name, _texts(point.attributes))
        if key is None or not usable(key.part):
            batch.unknown += 1
        elif not point.flags & GONE:
            value = point.as_double if point.WhichOneof("value") == "as_double" else float(point.as_int)
            start = point.start_time_unix_nano // NANOS if rising else 0
            take(batch, key, [(point.time_unix_nano // NANOS, value, start)], window)


def answer(batch: Batch) -> bytes:
    """What the sender is told: how many points were refused, and why; nothing where all were taken."""
    response = ExportMetricsServiceResponse()
    if batch.refused:
        response.partial_success.rejected_data_points = sum(batch.refused.values())
        response.partial_success.error_message = batch.why
    data: bytes = response.SerializeToString()
    return data
