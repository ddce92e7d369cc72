"""Deliveries made by hand: remote-write with its own small encoder, OTLP with the published classes."""

from __future__ import annotations

import struct
from typing import Any

import cramjam
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def _varint(n: int) -> bytes:
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def series(name: str, points: list[tuple[int, float]], **labels: str) -> bytes:
    """A TimeSeries as a field of the request; labels sorted, as the protocol wants."""
    pairs = sorted({"__name__": name, "instance": "10.0.0.7:9100", "job": "node", **labels}.items())
    body = b"".join(_field(1, _field(1, k.encode()) + _field(2, v.encode())) for k, v in pairs)
    body += b"".join(_field(2, b"\x09" + struct.pack("<d", v) + b"\x10" + _varint(at)) for at, v in points)
    return _field(1, body)


def labelled(pairs: list[tuple[str, str]], at: int, value: float = 1.0) -> bytes:
    """A TimeSeries of one sample with its labels just as they are given."""
    body = b"".join(_field(1, _field(1, k.encode()) + _field(2, v.encode())) for k, v in pairs)
    return _field(1, body + _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(at)))


def metadata(name: str) -> bytes:
    """A MetricMetadata as a field of the request."""
    return _field(3, b"\x08\x01" + _field(2, name.encode()))


def snappy(*fields: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(b"".join(fields)))


def otlp(host: str, points: list[tuple[str, dict[str, str], int, float]], start: int | None = 1) -> bytes:
    """An export of gauges, or with a start (ms) of cumulative sums."""
    request: Any = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.add(key="host.id").value.string_value = host
    scope = resource.scope_metrics.add()
    for name, attributes, at, value in points:
        metric = scope.metrics.add(name=name)
        if start is not None:
            metric.sum.is_monotonic, metric.sum.aggregation_temporality = True, 2
        into = metric.gauge if start is None else metric.sum
        point = into.data_points.add(time_unix_nano=at * 1_000_000, as_double=value)
        point.start_time_unix_nano = (start or 0) * 1_000_000
        for key, text in attributes.items():
            point.attributes.add(key=key).value.string_value = text
    data: bytes = request.SerializeToString()
    return data
