"""Digests by SM3. A certified device can take the place of this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes, hmac
from django.conf import settings


def sm3(data: bytes) -> str:
    """The SM3 digest (GB/T 32905) in hex."""
    digest = hashes.Hash(hashes.SM3())  # type: ignore[no-untyped-call]
    digest.update(data)
    return digest.finalize().hex()


def sm3_of_file(file: BinaryIO) -> str:
    """The SM3 digest of an open file, read in pieces."""
    digest = hashes.Hash(hashes.SM3())  # type: ignore[no-untyped-call]
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.finalize().hex()


@cache
def _record_key() -> bytes:
    return Path(settings.RECORD_KEY_FILE).read_bytes()


def record_mac(data: bytes) -> str:
    """HMAC-SM3 under the key of the record, which is no other key (hex)."""
    mac = hmac.HMAC(_record_key(), hashes.SM3())  # type: ignore[no-untyped-call]
    mac.update(data)
    return mac.finalize().hex()
