"""A sample, and the names under which samples are kept; what nobody reads is not kept."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

STALE = 0x7FF0000000000002  # "there is no value any more" of Prometheus: one NaN among many, told by its bits alone
NAME_MOST = 200
_NAME = re.compile(r"[^\x00-\x1f\x7f]*")

# Kept as they come (unit). Those in COUNTERS only ever rise; what is read of them is their rate, made in the roll-up.
GAUGES = {
    "cpu.utilization": "%", "memory.used": "%", "memory.active": "%", "network.bytes": "B/s", "disk.read": "B/s",
    "disk.write": "B/s", "filesystem.used": "%", "up": "",
}  # fmt: skip
PARTS = {"memory.total": "B", "memory.available": "B", "filesystem.bytes": "B", "boot.time": "s", "cpu.count": ""}
COUNTERS = {"cpu.seconds": "s", "network.total": "B", "disk.read.total": "B", "disk.write.total": "B"}


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970 (UTC), the time of every sample."""
    return int(moment.timestamp() * 1000)


class Key(NamedTuple):
    """What a series is about: a name from above and the part (device, mount/state, cpu/state) that it measures."""

    metric: str
    part: str = ""


@dataclass
class Batch:
    """One delivery: the lines for the journal, and what was not taken, with the reason."""

    resource: str
    lines: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    latest: int = 0  # ms of the newest sample that shows the plug-in alive; up = 0 says that it is not
    earliest: int = 1 << 62  # ms of the oldest one
    booted: float = 0.0  # s since 1970: when the machine started, where it says so
    started: int = 0  # ms: when the counters began, which is when the agent did
    keys: set[str] = field(default_factory=set)  # public keys that the agent presents (Ed25519 in hex); ours has one

    def add(self, key: Key, at: int, value: float, start: int = 0) -> None:
        """Take a sample at ``at`` (ms since 1970, UTC), of a counter that began at ``start`` (0: not said)."""
        self.lines.append(f"{self.resource}\t{key.metric}\t{key.part}\t{at}\t{start}\t{value!r}\n")
        if at > self.latest and (value or key.metric != "up"):
            self.latest = at
        if at < self.earliest:
            self.earliest = at

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count samples that are not taken."""
        self.refused[reason] = self.refused.get(reason, 0) + count

    @property
    def why(self) -> str:
        """The reasons in one sentence; empty where everything was taken."""
        return "；".join(f"{reason}：{count} 个" for reason, count in sorted(self.refused.items()))

    def payload(self) -> bytes:
        """What goes into the journal."""
        return "".join(self.lines).encode()


@dataclass(frozen=True)
class Window:
    """Samples are taken from ``since`` to ``until``, both included, in ms since 1970 (UTC)."""

    since: int
    until: int


def take(batch: Batch, key: Key, points: Iterable[tuple[int, float, int]], window: Window) -> None:
    """Add the good points (ms, value, start in ms) of a series. A stale marker is no value and no error."""
    for at, value, start in points:
        if key.metric == "boot.time":
            batch.booted = value
        elif start and key.metric == "cpu.seconds":  # those of devices begin when the device is first seen
            batch.started = min(start, batch.started or start)
        if not math.isfinite(value):
            if not is_stale(value):
                batch.refuse("数值不是有限的数")
        elif at < window.since:
            batch.refuse("时间早于可接收期")
        elif at > window.until:
            batch.refuse("时间晚于现在")
        else:
            batch.add(key, at, value, start)


def is_stale(value: float) -> bool:
    """Whether the bits are the stale marker's; as a number it is equal to nothing."""
    found: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return found == STALE


def usable(name: str) -> bool:
    """Whether a name from outside can stand in a line of the journal."""
    return len(name) <= NAME_MOST and _NAME.fullmatch(name) is not None
