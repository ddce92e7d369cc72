"""Where an organisation's machine is told of events: registered, paused and removed by those who keep its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from yunheng.domain.parties.operations import KEEPERS
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.notices import signing, targets
from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotOpen, NotYours, Problem
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import MACHINES

MOST = 10  # endpoints of one organisation
NONE = "没有这个推送地址，或你无权查看"
BOTH = timedelta(days=1)  # how long a replaced secret signs as well


def endpoints(*, actor: Actor) -> QuerySet[WebhookEndpoint]:
    """The endpoints of the actor's organisation, the newest first."""
    found = WebhookEndpoint.objects.filter(organisation_id=actor.organisation_id, revoked_at=None)
    return found.select_related("created_by").order_by("-pk")


def deliveries(*, actor: Actor, endpoint_id: int | None = None) -> QuerySet[WebhookDelivery]:
    """What was and will be sent to the organisation's endpoints, or to one of them, the newest first."""
    found = WebhookDelivery.objects.filter(endpoint__organisation_id=actor.organisation_id, endpoint__revoked_at=None)
    if endpoint_id is not None:
        if not endpoints(actor=actor).filter(pk=endpoint_id).exists():
            raise NotFound(NONE)
        found = found.filter(endpoint_id=endpoint_id)
    return found.select_related("endpoint").order_by("-pk")


def register(
    *, actor: Actor, url: str, label: str, at: datetime, kinds: Sequence[str] = ()
) -> tuple[WebhookEndpoint, str]:
    """Enter an address for events; the secret is given once. ``kinds``: procedures or steps, none for all.

    Raises NotYours, BadInput. The name is looked up before the transaction begins: it may take a while.
    """
    _check_keeper(actor)
    problems = [
        *_problems_of(url.strip()),
        *(Problem("事件", f"没有“{kind}”这种事件") for kind in kinds if not _known(kind)),
    ]
    if not 0 < len(label.strip()) <= 60:
        problems.append(Problem("用途", "填写 1 至 60 个字"))
    if endpoints(actor=actor).count() >= MOST:
        problems.append(Problem("", f"最多登记 {MOST} 个地址，先删除不用的"))
    if endpoints(actor=actor).filter(url=url.strip()).exists():
        problems.append(Problem("推送地址", "这个地址已经登记"))
    if problems:
        raise BadInput(problems, todo="改正后再登记")
    secret = signing.new_secret()
    with transaction.atomic():
        made = WebhookEndpoint.objects.create(
            organisation_id=actor.organisation_id, url=url.strip(), label=label.strip(), kinds=sorted(set(kinds)),
            secret=signing.sealed(secret), created_by_id=actor.person_id, created_at=at,
        )  # fmt: skip
        _record("register", made, actor, at, url=made.url, kinds=made.kinds)
    return made, secret


@transaction.atomic
def rotate(*, endpoint_id: int, actor: Actor, at: datetime) -> str:
    """A new secret, given once; for a day events bear two signatures, so that the receiver can change over."""
    endpoint = _kept(endpoint_id, actor)
    secret = signing.new_secret()
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, at + BOTH
    endpoint.secret = signing.sealed(secret)
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    _record("rotate", endpoint, actor, at)
    return secret


@transaction.atomic
def pause(*, endpoint_id: int, actor: Actor, at: datetime) -> WebhookEndpoint:
    """Send nothing until it is resumed; of what happens meanwhile there will be no event."""
    endpoint = _kept(endpoint_id, actor)
    if endpoint.paused_at is None:
        endpoint.paused_at, endpoint.pause_reason = at, ""
        endpoint.save(update_fields=["paused_at", "pause_reason"])
        _record("pause", endpoint, actor, at)
    return endpoint


@transaction.atomic
def resume(*, endpoint_id: int, actor: Actor, at: datetime) -> WebhookEndpoint:
    """Send again, what was waiting first."""
    endpoint = _kept(endpoint_id, actor)
    if endpoint.paused_at is not None:
        endpoint.paused_at, endpoint.pause_reason, endpoint.told_at = None, "", None
        endpoint.save(update_fields=["paused_at", "pause_reason", "told_at"])
        _record("resume", endpoint, actor, at)
    return endpoint


@transaction.atomic
def remove(*, endpoint_id: int, actor: Actor, at: datetime) -> None:
    """Never send there again; the secrets are erased and what waits is dropped."""
    endpoint = _kept(endpoint_id, actor)
    endpoint.revoked_at, endpoint.secret, endpoint.previous_secret = at, b"", b""
    endpoint.save(update_fields=["revoked_at", "secret", "previous_secret"])
    waiting = endpoint.deliveries.filter(delivered_at=None, failed_at=None)
    waiting.update(failed_at=at, error="推送地址已删除")
    _record("remove", endpoint, actor, at)


def may_redeliver(delivery: WebhookDelivery) -> bool:
    """Whether an event may be sent once more: not on its way for the first time, and its address not paused."""
    return delivery.endpoint.paused_at is None and (delivery.status != "waiting" or bool(delivery.error))


@transaction.atomic
def redeliver(*, delivery_id: int, actor: Actor, at: datetime) -> WebhookDelivery:
    """Send an event once more, the same text under the same id. Raises NotOpen while it is on its way or paused."""
    found = WebhookDelivery.objects.filter(pk=delivery_id, endpoint__organisation_id=actor.organisation_id)
    delivery = found.select_related("endpoint").filter(endpoint__revoked_at=None).first()
    if delivery is None:
        raise NotFound("没有这次推送，或你无权查看")
    endpoint = _kept(delivery.endpoint_id, actor)
    if not may_redeliver(delivery):
        if endpoint.paused_at is not None:
            raise NotOpen("推送地址已暂停", todo="恢复后再重新发送")
        raise NotOpen("正在发送，不用重新发送", todo="稍后刷新页面")
    delivery.next_try_at, delivery.tries, delivery.code, delivery.error = at, 0, None, ""
    delivery.delivered_at = delivery.failed_at = None
    delivery.save(update_fields=["next_try_at", "tries", "code", "error", "delivered_at", "failed_at"])
    _record("redeliver", endpoint, actor, at, event=delivery.event_id)
    return delivery


def _problems_of(url: str) -> list[Problem]:
    try:
        targets.addresses(targets.parse(url))
    except targets.NoTarget as refused:
        return [Problem("推送地址", str(refused))]
    return []


def _known(kind: str) -> bool:
    procedure, _, step = kind.partition(".")
    return procedure in MACHINES and (not step or bool(MACHINES[procedure].named(step))) and not kind.endswith(".")


def _check_keeper(actor: Actor) -> None:
    if not any(actor.has(role) for role in KEEPERS):
        raise NotYours("事件推送由单位负责人或有办理权限的人设置", cite=art(4), todo="交本单位负责人办理")


def _kept(endpoint_id: int, actor: Actor) -> WebhookEndpoint:
    """The endpoint, locked, for somebody who may change it. A stranger learns nothing of it."""
    endpoint = endpoints(actor=actor).filter(pk=endpoint_id).select_for_update(of=("self",)).first()
    if endpoint is None:
        raise NotFound(NONE)
    _check_keeper(actor)
    return endpoint


def _record(act: str, endpoint: WebhookEndpoint, actor: Actor, at: datetime, **more: object) -> None:
    audit.write(kind=f"parties.webhook.{act}", subject=f"{endpoint.pk}", at=at, body={"by": actor.person_id, **more})
