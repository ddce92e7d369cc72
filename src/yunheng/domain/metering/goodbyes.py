"""A plug-in says itself that it stops (8). That explains a silence to who reads it, and excuses nothing.

What was said is kept with signature and key, so that a third person can check it: the Ed25519 signature is over the
JSON array of what it is, the token's digest, host, moment and reason.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import F

from yunheng.domain.metering.models import Goodbye, Sender
from yunheng.domain.metering.operations import HostDiffers, bind
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import signed_by

Verdict = Literal["verified", "unsigned", "mismatch"]
VERDICTS: dict[str, tuple[str, str]] = {
    "verified": ("签名核验通过", "ok"), "unsigned": ("未签名", "grey"), "mismatch": ("签名不符", "bad"),
}  # fmt: skip
WHAT = "yunheng-goodbye-1"
SHOWN_MOST = 5  # goodbyes of one silence


@dataclass(frozen=True)
class Signed:
    """What stands beside the reason of a signed goodbye; ``moment`` by the machine's clock, ``key`` in hex."""

    host: str
    moment: str
    key: str
    signature: str


def text_of(sender: Sender, reason: str, by: Signed) -> str:
    """The text that is signed."""
    return json.dumps([WHAT, sender.digest, by.host, by.moment, reason], ensure_ascii=False, separators=(",", ":"))


def say_goodbye(sender: Sender, *, reason: str, at: datetime, by: Signed | None = None) -> Goodbye:
    """Keep a goodbye; the same signed one again is the first one. One whose signature does not agree is kept as such,
    and is not taken for the plug-in's word."""
    verdict, said = _judge(sender, reason, by, at) if by else ("unsigned", "")
    key, signature = (by.key, by.signature) if by else ("", "")
    try:
        with transaction.atomic():
            made = Goodbye.objects.create(
                sender=sender, received_at=at, reason=reason.strip()[:200], said=said, key=key, signature=signature,
                verdict=verdict,
            )  # fmt: skip
            if verdict != "mismatch":
                sender.stopping_at, sender.stopping_reason = at, made.reason
                sender.save(update_fields=["stopping_at", "stopping_reason"])
            body = {"reason": made.reason, "verdict": verdict, "said": said, "key": key, "signature": signature}
            audit.write(kind="metering.goodbye", subject=sender.resource, at=at, body=body)
    except IntegrityError:
        return sender.goodbyes.get(signature=signature)
    return made


def _judge(sender: Sender, reason: str, by: Signed, at: datetime) -> tuple[Verdict, str]:
    said = text_of(sender, reason, by)
    try:
        good = signed_by(bytes.fromhex(by.key), base64.b64decode(by.signature, validate=True), said.encode())
    except (ValueError, binascii.Error):
        good = False
    if good:
        try:
            bind(sender, host=by.host, key=by.key, at=at)
        except HostDiffers:
            good = False
    return ("verified" if good else "mismatch"), said


def said_after(sender: Sender, moment: datetime) -> list[dict[str, Any]]:
    """The goodbyes since the plug-in was heard last, the newest first, as they go into the evidence."""
    return [
        {"received_at": one.received_at.isoformat(), "reason": one.reason, "said": one.said, "key": one.key,
         "signature": one.signature, "verdict": one.verdict}
        for one in sender.goodbyes.filter(received_at__gte=moment)[:SHOWN_MOST]
    ]  # fmt: skip


def stopping(sender_ids: Iterable[int]) -> dict[int, Goodbye]:
    """The last goodbye of those senders that were not heard after it."""
    found = Goodbye.objects.filter(sender__in=list(sender_ids), received_at__gte=F("sender__heard_at"))
    return {one.sender_id: one for one in found.order_by("received_at", "pk")}
