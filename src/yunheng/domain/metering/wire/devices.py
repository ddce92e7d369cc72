"""Devices that measure the same bytes a second time, or none that left the machine."""

from __future__ import annotations

import re

_LOCAL = re.compile(r"lo|(docker|veth|br-|virbr|cni|flannel|cali|tunl|bond|team|dummy).*")
_SAME = re.compile(r"(dm-|md|loop|ram|zram|sr|fd)\d+|(h|s|v|xv)d[a-z]+\d+|nvme\d+n\d+p\d+|mmcblk\d+p\d+")
_PSEUDO = re.compile(r"/(dev|proc|sys|run|boot/efi|snap|var/lib/(docker|containers|kubelet))(/.*)?")


def is_network(name: str) -> bool:
    """A port of the machine, not a bridge or a bundle of ports that are counted themselves."""
    return _LOCAL.fullmatch(name) is None


def is_disk(name: str) -> bool:
    """A whole disk, not its partitions nor a volume upon it."""
    return _SAME.fullmatch(name.removeprefix("/dev/")) is None


def is_mount(name: str) -> bool:
    """A place where files of the system lie."""
    return _PSEUDO.fullmatch(name) is None
