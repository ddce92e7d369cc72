"""Prometheus remote-write 1.0: which series are ours, and their samples.

The message is declared here, in the eight fields that are read; the compiled form is protobuf's own. A label is
declared as bytes: most series come again and again, and are known by their labels' bytes without reading them.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from yunheng.domain.metering.samples import Batch, Key, Window, take, usable
from yunheng.domain.metering.wire import Unreadable
from yunheng.domain.metering.wire.devices import is_disk, is_mount, is_network

F = descriptor_pb2.FieldDescriptorProto
PACKAGE, KNOWN_MOST = "yunheng.remote_write", 200_000
# message: field, number, repeated, type
FIELDS: dict[str, list[tuple[str, int, bool, Any]]] = {
    "Label": [("name", 1, False, F.TYPE_STRING), ("value", 2, False, F.TYPE_STRING)],
    "Sample": [("value", 1, False, F.TYPE_DOUBLE), ("timestamp", 2, False, F.TYPE_INT64)],
    "TimeSeries": [("labels", 1, True, F.TYPE_BYTES), ("samples", 2, True, "Sample")],
    "WriteRequest": [("timeseries", 1, True, "TimeSeries")],
}


def _messages() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{PACKAGE}.proto", package=PACKAGE, syntax="proto3")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, number, repeated, kind in fields:
            one = message.field.add(name=field, number=number, label=F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL)
            if isinstance(kind, str):
                one.type, one.type_name = F.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                one.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    find = pool.FindMessageTypeByName
    return {name: message_factory.GetMessageClass(find(f"{PACKAGE}.{name}")) for name in FIELDS}


MESSAGES = _messages()
PLAIN = {
    "up": "up", "node_memory_MemTotal_bytes": "memory.total", "node_memory_MemAvailable_bytes": "memory.available",
    "node_boot_time_seconds": "boot.time",
}  # fmt: skip
PER_DEVICE = {
    "node_network_receive_bytes_total": ("network.total", "rx", is_network),
    "node_network_transmit_bytes_total": ("network.total", "tx", is_network),
    "node_disk_read_bytes_total": ("disk.read.total", "", is_disk),
    "node_disk_written_bytes_total": ("disk.write.total", "", is_disk),
}
PER_MOUNT = {"node_filesystem_size_bytes": "size", "node_filesystem_avail_bytes": "avail"}


def key_of(labels: dict[str, str]) -> Key | None:
    """The name under which a series is kept; None for one that nobody reads."""
    name = labels.get("__name__", "")
    if name in PLAIN:
        part = f"{labels.get('job', '')}" if name == "up" else ""
        return Key(PLAIN[name], part)
    if name == "node_cpu_seconds_total":  # guest time is in user time already, and has a name of its own
        return Key("cpu.seconds", f"{labels.get('cpu', '')}/{labels.get('mode', '')}")
    if name in PER_DEVICE:
        metric, way, wanted = PER_DEVICE[name]
        device = labels.get("device", "")
        return Key(metric, f"{device}/{way}") if wanted(device) else None
    if name in PER_MOUNT and labels.get("fstype") != "tmpfs":
        mount = labels.get("mountpoint", "")
        return Key("filesystem.bytes", f"{mount}/{PER_MOUNT[name]}") if is_mount(mount) else None
    return None


WRONG = "标签重复或没有名称"
_known: dict[tuple[bytes, ...], tuple[Key | None, str, bool]] = {}


def _look(labels: tuple[bytes, ...]) -> tuple[Key | None, str, bool]:
    """The key of a series, its host, and whether its labels are a set of names at all; remembered by their bytes."""
    found = _known.get(labels)
    if found is None:
        pairs = {}
        for raw in labels:
            label = MESSAGES["Label"].FromString(raw)
            pairs[label.name] = label.value
        key = key_of(pairs)
        if key and not usable(key.part):
            key = None
        host = pairs.get("instance", "").rpartition(":")[0] or pairs.get("instance", "")
        if len(_known) >= KNOWN_MOST:
            _known.clear()
        sound = len(pairs) == len(labels) and "" not in pairs
        found = _known[labels] = (key, host if usable(host) else "", sound)
    return found


def read(data: bytes, *, batch: Batch, window: Window) -> set[str]:
    """Take the samples of a write request into ``batch``; returns the hosts that they were scraped from."""
    hosts: set[str] = set()
    try:
        request = MESSAGES["WriteRequest"].FromString(data)
        for series in request.timeseries:
            key, host, sound = _look(tuple(series.labels))
            if not sound:
                batch.refuse(WRONG, len(series.samples))
                continue
            if key is None:  # or the series has no name at all
                batch.unknown += len(series.samples)
                continue
            if host:
                hosts.add(host)
            take(batch, key, [(s.timestamp, s.value, 0) for s in series.samples], window)
    except DecodeError as error:
        raise Unreadable("不是 remote-write 1.0 的内容") from error
    return hosts
