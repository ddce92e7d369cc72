"""The few calls that make something last. The tests stand between any two of them, and in the middle of a write."""

from __future__ import annotations

import os
from pathlib import Path


def write(fd: int, data: bytes) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync(fd: int) -> None:
    """Return when what was written would survive a power cut."""
    os.fsync(fd)


def sync_path(path: Path) -> None:
    """The same for a file or a folder by name; a folder's entries last only then."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def folder(path: Path) -> None:
    """Make a folder and those above it, each lasting in the one that holds it."""
    if not path.exists():
        folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_path(path.parent)


def move(old: Path, new: Path) -> None:
    """Put a synced file in its place, whole or not at all."""
    os.replace(old, new)
    sync_path(new.parent)


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink(missing_ok=True)
