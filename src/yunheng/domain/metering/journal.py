"""The journal: what was answered for is here, whatever happens next.

    segment = MAGIC frame*        frame = length(4) crc32(4) payload

Each process appends to a segment of its own and syncs before it answers. A segment is never continued after an error:
what follows a torn frame would be unreadable. The compactor takes segments over by renaming them under their lock;
the writer then finds its segment gone and begins another.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

from yunheng.domain.metering import disk

MAGIC = b"YHJ1"
HEAD = struct.Struct("<II")
OPEN, SEALED = ".log", ".sealed"
MOST = 64 << 20  # bytes of a frame, and of a segment before the next is begun


class Journal:
    """The end to which one process appends; threads share it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._fd, self._path, self._pid = -1, Path(), 0

    def append(self, payload: bytes) -> None:
        """Return when the payload is durable. Raises OSError, and then it may or may not be there: send it again."""
        if not 0 < len(payload) <= MOST:
            raise ValueError("a frame is between 1 byte and 64 MiB long")
        with self._lock:
            try:
                self._hold()
                disk.write(self._fd, HEAD.pack(len(payload), zlib.crc32(payload)) + payload)
                disk.sync(self._fd)
                full = os.fstat(self._fd).st_size >= MOST
            except BaseException:
                self._leave()
                raise
            if full:
                self._leave()
            else:
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave the segment to the compactor."""
        with self._lock:
            self._leave()

    def _hold(self) -> None:
        """Hold the lock of a segment that is still under its name; begin one where there is none."""
        if self._pid != os.getpid():  # a child must not write on its parent's open file
            self._fd, self._pid = -1, os.getpid()
        while True:
            if self._fd < 0:
                self._begin()
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            if self._path.exists():
                return
            self._leave()

    def _begin(self) -> None:
        disk.folder(self._folder)
        self._path = self._folder / f"{uuid.uuid4().hex}{OPEN}"
        self._fd = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        disk.write(self._fd, MAGIC)
        disk.sync_path(self._folder)

    def _leave(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def seal(folder: Path) -> list[Path]:
    """Take over every segment; returns those that wait to be compacted, by name."""
    for path in sorted(folder.glob(f"*{OPEN}")):
        fd = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            disk.move(path, path.with_suffix(SEALED))
        finally:
            os.close(fd)
    return sorted(folder.glob(f"*{SEALED}"))


def frames(path: Path) -> Iterator[bytes]:
    """The whole frames of a segment up to the first torn one, which nobody was told about."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, crc = HEAD.unpack(head)
            if not 0 < length <= MOST:
                return
            payload = file.read(length)
            if len(payload) < length or zlib.crc32(payload) != crc:
                return
            yield payload
