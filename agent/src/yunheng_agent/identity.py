"""The key pair of a plug-in: made at its first start and kept beside it, so that its goodbye convinces a third person."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PEM, RAW = serialization.Encoding.PEM, serialization.Encoding.Raw
OTHERS = 0o077  # the rights of everybody but the owner


def folder(env: dict[str, str]) -> Path:
    """Where the key is kept: systemd's state directory, or the same place by its name."""
    return Path(
        env.get("STATE_DIRECTORY", "").partition(":")[0] or env.get("YUNHENG_STATE") or "/var/lib/yunheng-agent"
    )


def key_in(place: Path) -> Ed25519PrivateKey:
    """The key kept in a folder; a new one at the first start. Raises SystemExit with a sentence where that cannot be."""
    path = place / "key"
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & OTHERS:
            raise SystemExit(f"签名密钥 {path} 的权限须为 0600")
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise SystemExit(f"签名密钥 {path} 不能读写：{denied(error)}") from error
    except (ValueError, TypeError) as error:
        raise SystemExit(f"签名密钥 {path} 已损坏：从备份恢复，或删除后请云服务商重新登记插件") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise SystemExit(f"签名密钥 {path} 不是 Ed25519 密钥")
    return found


def denied(error: OSError) -> str:
    """Why a file could not be had."""
    known = {FileNotFoundError: "没有这个文件", PermissionError: "没有权限，请以 root 运行"}
    return known.get(type(error), error.strerror or "")


def _make(path: Path) -> None:
    """Written whole and linked into place, never over one that is there: a second start at once takes the first's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fd, aside = tempfile.mkstemp(dir=path.parent, prefix=".key")  # 0600 by itself
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)


def public(key: Ed25519PrivateKey) -> str:
    """The public key: 32 bytes in hex."""
    return key.public_key().public_bytes(RAW, serialization.PublicFormat.Raw).hex()


def signed(reason: str, *, token: str, host: str, key: Ed25519PrivateKey, at: datetime | None = None) -> dict[str, str]:
    """A goodbye with its signature, which is over the JSON array of: what it is, the token's SM3, host, moment, reason."""
    moment = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    digest = hashes.Hash(hashes.SM3())
    digest.update(token.encode())
    parts = ["yunheng-goodbye-1", digest.finalize().hex(), host, moment, reason]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    return {"reason": reason, "host": host, "moment": moment, "key": public(key),
            "signature": base64.b64encode(key.sign(text)).decode()}  # fmt: skip
