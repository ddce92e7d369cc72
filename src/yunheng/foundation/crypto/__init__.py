"""Digests by SM3, sealing by SM4. A certified device can take the place of this module."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
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


def signed_by(key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the Ed25519 signature over ``data`` is that of the public key (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


_NONCE, _TAG = 12, 16


class Unreadable(Exception):
    """What was sealed cannot be read: another SECRET_KEY, another purpose, or not what was stored."""


def _cipher(purpose: str, nonce: bytes, tag: bytes | None = None) -> Cipher[modes.GCM]:
    """SM4-GCM under a key of its own for each purpose, derived from SECRET_KEY."""
    derived = HKDF(hashes.SM3(), 16, None, f"yunheng/{purpose}".encode())  # type: ignore[no-untyped-call]
    return Cipher(algorithms.SM4(derived.derive(settings.SECRET_KEY.encode())), modes.GCM(nonce, tag))


def seal(data: bytes, *, purpose: str) -> bytes:
    """Encrypt what must be read again: nonce, tag, text."""
    nonce = secrets.token_bytes(_NONCE)
    encryptor = _cipher(purpose, nonce).encryptor()
    text = encryptor.update(data) + encryptor.finalize()
    return nonce + encryptor.tag + text


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed for that purpose. Raises Unreadable."""
    nonce, tag, text = sealed[:_NONCE], sealed[_NONCE : _NONCE + _TAG], sealed[_NONCE + _TAG :]
    try:
        decryptor = _cipher(purpose, nonce, tag).decryptor()
        return decryptor.update(text) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise Unreadable(purpose) from error
