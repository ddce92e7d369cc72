"""Standard Webhooks: how an event is signed, and the secrets for it."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from datetime import datetime

from yunheng.foundation.crypto import seal, unseal
from yunheng.foundation.notices.models import WebhookEndpoint

PREFIX = "whsec_"
_PURPOSE = "webhook-secret"


def new_secret() -> str:
    """A secret of 32 bytes, as the receiver enters it."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def sealed(secret: str) -> bytes:
    """The secret as it is stored."""
    return seal(secret.encode(), purpose=_PURPOSE)


def sign(secret: str, *, message_id: str, timestamp: int, body: str) -> str:
    """One signature, ``v1,…``: over id, time and the body to the letter."""
    key = b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.{body}".encode(), "sha256")
    return f"v1,{b64encode(digest).decode()}"


def secrets_at(endpoint: WebhookEndpoint, at: datetime) -> list[str]:
    """The secrets that sign now, the present one first; two while one takes the other's place. Raises Unreadable."""
    stored = [endpoint.secret]
    if endpoint.previous_until and at < endpoint.previous_until:
        stored.append(endpoint.previous_secret)
    return [unseal(bytes(one), purpose=_PURPOSE).decode() for one in stored]


def headers(keys: list[str], *, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers. The id is the same each time an event is sent, the time that of the sending."""
    timestamp = int(at.timestamp())
    signed = (sign(key, message_id=message_id, timestamp=timestamp, body=body) for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signed)}
