"""Addresses for events over the interface: the acts of the page 事件推送."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from yunheng.domain.parties import webhooks
from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["事件推送"])
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class EndpointIn(Schema):
    """Where to send, what for, and which events: procedures (application), steps (application.notify), none for all."""

    url: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
    label: s.Short
    kinds: Annotated[list[s.Short], Field(max_length=50)] = []


class EndpointOut(Schema):
    """An address for events. ``previous_until``: until then a replaced secret signs as well."""

    id: int
    url: str
    label: str
    kinds: list[str]
    created_at: datetime
    paused_at: datetime | None
    pause_reason: str
    previous_until: datetime | None


class SecretOut(EndpointOut):
    """The same with the new secret, which is given this once."""

    secret: str


class DeliveryOut(Schema):
    """An event sent or to be sent: status is delivered, waiting or failed; code and error are of the last try."""

    id: int
    event_id: str
    type: str
    subject: str
    status: str
    tries: int
    code: int | None
    error: str
    created_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    body: str


@router.get("/webhooks", response={200: list[EndpointOut], **MISSES})
def list_endpoints(request: HttpRequest) -> list[EndpointOut]:
    """The organisation's addresses."""
    return [EndpointOut(**_endpoint(one)) for one in webhooks.endpoints(actor=who(request))]


@router.post("/webhooks", response={200: SecretOut, **MISSES})
def register(request: HttpRequest, body: EndpointIn) -> SecretOut:
    """Enter an address; the secret is in this answer and nowhere after."""
    made, secret = webhooks.register(actor=who(request), at=timezone.now(), **body.dict())
    return SecretOut(**_endpoint(made), secret=secret)


@router.post("/webhooks/{endpoint_id}/rotate", response={200: SecretOut, **MISSES})
def rotate(request: HttpRequest, endpoint_id: Id) -> SecretOut:
    """A new secret; the old one signs as well for a day."""
    secret = webhooks.rotate(endpoint_id=endpoint_id, actor=who(request), at=timezone.now())
    return SecretOut(**_endpoint(webhooks.endpoints(actor=who(request)).get(pk=endpoint_id)), secret=secret)


@router.post("/webhooks/{endpoint_id}/pause", response={200: EndpointOut, **MISSES})
def pause(request: HttpRequest, endpoint_id: Id) -> EndpointOut:
    """Send nothing until it is resumed."""
    paused = webhooks.pause(endpoint_id=endpoint_id, actor=who(request), at=timezone.now())
    return EndpointOut(**_endpoint(paused))


@router.post("/webhooks/{endpoint_id}/resume", response={200: EndpointOut, **MISSES})
def resume(request: HttpRequest, endpoint_id: Id) -> EndpointOut:
    """Send again."""
    resumed = webhooks.resume(endpoint_id=endpoint_id, actor=who(request), at=timezone.now())
    return EndpointOut(**_endpoint(resumed))


@router.delete("/webhooks/{endpoint_id}", response={204: None, **MISSES})
def remove(request: HttpRequest, endpoint_id: Id) -> Status[None]:
    """Never send there again."""
    webhooks.remove(endpoint_id=endpoint_id, actor=who(request), at=timezone.now())
    return Status(204, None)


@router.get("/webhooks/{endpoint_id}/deliveries", response={200: list[DeliveryOut], **MISSES})
def list_deliveries(
    request: HttpRequest,
    endpoint_id: Id,
    before: int = Query(2**31 - 1, ge=1, le=2**31 - 1),
    limit: int = Query(50, ge=1, le=MOST),
) -> list[DeliveryOut]:
    """What was sent to an address, the newest first, ``limit`` before the id ``before``."""
    found = webhooks.deliveries(actor=who(request), endpoint_id=endpoint_id).filter(pk__lt=before)
    return [_delivery(one) for one in found[:limit]]


@router.post("/webhooks/deliveries/{delivery_id}/redeliver", response={200: DeliveryOut, **MISSES})
def redeliver(request: HttpRequest, delivery_id: Id) -> DeliveryOut:
    """Send an event once more, under the same id."""
    return _delivery(webhooks.redeliver(delivery_id=delivery_id, actor=who(request), at=timezone.now()))


def _endpoint(one: WebhookEndpoint) -> dict[str, Any]:
    names = ("id", "url", "label", "kinds", "created_at", "paused_at", "pause_reason", "previous_until")
    return {name: getattr(one, name) for name in names}


def _delivery(one: WebhookDelivery) -> DeliveryOut:
    names = (
        "id",
        "event_id",
        "type",
        "subject",
        "status",
        "tries",
        "code",
        "error",
        "created_at",
        "delivered_at",
        "body",
    )
    waits = one.next_try_at if one.status == "waiting" else None
    return DeliveryOut(**{name: getattr(one, name) for name in names}, next_try_at=waits)
