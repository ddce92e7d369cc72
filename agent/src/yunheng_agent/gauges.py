"""What OpenTelemetry's system metrics lack and the platform reads: memory in all and available, boot, CPUs, file systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import psutil
from opentelemetry.metrics import CallbackOptions, Meter, Observation

Gauge = Callable[[CallbackOptions], Iterable[Observation]]


def _one(read: Callable[[], float]) -> Gauge:
    return lambda _: [Observation(read())]


def _file_systems(_: CallbackOptions) -> Iterable[Observation]:
    for part in psutil.disk_partitions(all=False):
        try:
            usage = psutil.disk_usage(part.mountpoint)
        except OSError:  # gone meanwhile, or not ours to look at
            continue
        for state, value in (("used", usage.used), ("free", usage.free)):
            yield Observation(
                value, {"system.filesystem.mountpoint": part.mountpoint, "system.filesystem.state": state}
            )


GAUGES: tuple[tuple[str, str, Gauge], ...] = (
    ("system.memory.limit", "By", _one(lambda: psutil.virtual_memory().total)),
    ("system.linux.memory.available", "By", _one(lambda: psutil.virtual_memory().available)),
    ("system.boot_time", "s", _one(psutil.boot_time)),
    ("system.cpu.logical.count", "{cpu}", _one(lambda: psutil.cpu_count() or 0)),
    ("system.filesystem.usage", "By", _file_systems),
)


def observe(meter: Meter) -> None:
    """Add them all."""
    for name, unit, gauge in GAUGES:
        meter.create_observable_gauge(name, [gauge], unit)
