"""Add to the record, and check it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from yunheng.foundation.audit.models import Head, Record
from yunheng.foundation.crypto import record_mac


@transaction.atomic
def write(*, kind: str, subject: str, at: datetime, body: dict[str, Any]) -> Record:
    """Add a link in the transaction of the act itself; whoever writes holds the end of the chain until commit."""
    head = Head.objects.select_for_update().get_or_create(pk=1)[0]
    text = json.dumps(
        {"previous": head.mac, "sequence": head.sequence + 1, "at": at.isoformat(), "kind": kind, "body": body},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=str,
    )
    head.sequence, head.mac = head.sequence + 1, record_mac(text.encode())
    head.save(update_fields=["sequence", "mac"])
    return Record.objects.create(sequence=head.sequence, at=at, kind=kind, subject=subject, body=text, mac=head.mac)


def broken_links() -> list[str]:
    """Walk the chain; say in Chinese what does not fit. An empty list means that it is whole."""
    faults, previous, expected = [], "", 1
    for record in Record.objects.order_by("sequence").iterator():
        if record.sequence != expected:
            faults.append(f"第 {expected} 条记录缺失")
            expected = record.sequence
        body = json.loads(record.body)
        if record_mac(record.body.encode()) != record.mac or body["previous"] != previous:
            faults.append(f"第 {record.sequence} 条记录与校验值不符")
        previous, expected = record.mac, expected + 1
    head = Head.objects.filter(pk=1).first()
    if head and (head.sequence != expected - 1 or head.mac != previous):
        faults.append(f"末尾缺失：应有 {head.sequence} 条，实有 {expected - 1} 条")
    return faults
