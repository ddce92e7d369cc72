"""Events for the machines of organisations: CloudEvents 1.0 in JSON, one waiting delivery for each endpoint."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"


def listening(
    organisation_ids: Collection[int], *, kind: str, step: str
) -> Iterator[tuple[Any, Sequence[WebhookEndpoint]]]:
    """The organisations with active endpoints that want a step of a procedure."""
    active = WebhookEndpoint.objects.filter(organisation__in=organisation_ids, paused_at=None, revoked_at=None)
    found = active.select_related("organisation__jurisdiction").order_by("organisation_id", "pk")
    wanted = [endpoint for endpoint in found if endpoint.wants(kind, step)]
    for _, own in groupby(wanted, key=lambda endpoint: endpoint.organisation_id):
        endpoints = list(own)
        yield endpoints[0].organisation, endpoints


def write(
    endpoints: Sequence[WebhookEndpoint], *, about: str, source: str, subject: str, at: datetime, data: dict[str, Any]
) -> None:
    """Put an event for the endpoints of one organisation into the outbox; they share its id. ``about``: application.notify.

    The body is kept as the text that will be signed and sent: no later change of the platform alters it.
    """
    event_id, name = f"evt_{secrets.token_hex(16)}", f"yunheng.{about}"
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": name,
        "subject": subject,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoint,
            event_id=event_id,
            type=name,
            subject=subject,
            body=body,
            created_at=at,
            next_try_at=at,
        )
        for endpoint in endpoints
    )
