"""Send the events that wait: each once, again after growing pauses, given up after a day; nobody waits for another."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as Overdue
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q

from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import Unreadable
from yunheng.foundation.notices import signing, targets
from yunheng.foundation.notices.events import MEDIA_TYPE
from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint
from yunheng.foundation.notices.operations import tell
from yunheng.foundation.notices.posting import Answer, post

log = logging.getLogger("yunheng.webhooks")
PAUSES = tuple(timedelta(minutes=n) for n in (1, 5, 30, 120, 360, 900))
DAY = sum(PAUSES, timedelta())  # 23 hours and 36 minutes until an event is given up
CLAIM = timedelta(minutes=10)  # a worker that dies while sending gives the event back after this; longer than a round
MOST_ENDPOINTS, MOST_EVENTS, AT_ONCE = 64, 20, 16
WAITING = Q(delivered_at=None, failed_at=None)
ACTIVE = Q(paused_at=None, revoked_at=None)
OVERDUE = "没有在限定时间内送出"
UNREADABLE = "推送密钥无法读取，重新生成密钥后再发送"


@dataclass
class _Round:
    """One endpoint's part of a round. ``answers`` fills from the front while a thread works; it asks no database."""

    endpoint: WebhookEndpoint
    deliveries: list[WebhookDelivery]
    keys: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def work(self, at: datetime, seconds: float) -> None:
        """Send one after the other until nobody answers or the endpoint's time is up."""
        begun = monotonic()
        for delivery in self.deliveries:
            self.answers.append(self._send(delivery, at, begun, seconds))
            if self.answers[-1].away or self.answers[-1].gone or monotonic() - begun > seconds:
                return

    def _send(self, delivery: WebhookDelivery, at: datetime, begun: float, seconds: float) -> Answer:
        try:
            target = targets.parse(self.endpoint.url)
            found = targets.addresses(target)
        except targets.NoTarget as refused:
            return Answer(None, str(refused))
        if monotonic() - begun > 2 * seconds:  # the name took so long that the round is over: it goes next time
            return Answer(None, OVERDUE)
        signed = signing.headers(self.keys, message_id=delivery.event_id, at=at, body=delivery.body)
        return post(target, found, body=delivery.body, headers={"content-type": MEDIA_TYPE, **signed}, seconds=seconds)


def deliver_due(*, at: datetime) -> int:
    """Send the events that are due; returns how many arrived. Two workers never send the same.

    Each endpoint has a thread and a bounded time: one that hangs costs the others nothing.
    """
    seconds = settings.WEBHOOK_TIMEOUT
    rounds = [one for one in _claimed(at) if _readable(one, at)]
    if not rounds:
        return 0
    pool = ThreadPoolExecutor(min(len(rounds), AT_ONCE))
    working = {pool.submit(one.work, at, seconds): one for one in rounds}
    count, batches = 0, -(-len(rounds) // AT_ONCE)
    try:
        for done in as_completed(working, timeout=(2 * seconds + 1) * batches):
            count += _settle(working.pop(done), at, broken=done.exception())
    except Overdue:  # a name that is looked up without end; its thread is left behind and sends nothing more
        for future, one in working.items():
            count += _settle(one, at, broken=None if future.cancel() else TimeoutError())
    pool.shutdown(wait=False, cancel_futures=True)
    return count


def _claimed(at: datetime) -> list[_Round]:
    """Take the oldest due events of each active endpoint for this worker alone."""
    due = WAITING & Q(next_try_at__lte=at)
    own = Q(deliveries__delivered_at=None, deliveries__failed_at=None, deliveries__next_try_at__lte=at)
    found = WebhookEndpoint.objects.filter(ACTIVE, own).annotate(oldest=Min("deliveries__next_try_at"))
    rounds = []
    for endpoint in found.order_by("oldest", "pk")[:MOST_ENDPOINTS]:
        rows = endpoint.deliveries.filter(due).order_by("pk")[:MOST_EVENTS]
        mine = [
            row
            for row in rows
            if WebhookDelivery.objects.filter(due, pk=row.pk).update(next_try_at=at + CLAIM)
        ]  # fmt: skip
        if mine:
            rounds.append(_Round(endpoint, mine))
    return rounds


def _readable(one: _Round, at: datetime) -> bool:
    """Unseal the secrets; an endpoint whose secret cannot be read (another SECRET_KEY) fails like one that is away."""
    try:
        one.keys = signing.secrets_at(one.endpoint, at)
    except Unreadable:
        one.answers.append(Answer(None, UNREADABLE))
        _settle(one, at)
        return False
    return True


def _settle(one: _Round, at: datetime, *, broken: BaseException | None = None) -> int:
    """Write down what came of an endpoint's part; what was not tried is given back. ``broken``: it did not end well."""
    answers, later = list(one.answers), at
    if broken is not None:
        log.error("推送到 %s 没有办成", one.endpoint.url, exc_info=broken)
        answers.append(Answer(None, OVERDUE))
    for delivery, answer in zip(one.deliveries, answers, strict=False):
        tried = _note(delivery.pk, answer, at)
        if answer.away:  # the rest waits along with the one that found nobody
            later = tried.next_try_at
    rest = [delivery.pk for delivery in one.deliveries[len(answers) :]]
    WebhookDelivery.objects.filter(WAITING, pk__in=rest, next_try_at=at + CLAIM).update(next_try_at=later)
    return sum(answer.taken for answer in answers)


@transaction.atomic
def _note(pk: int, answer: Answer, at: datetime) -> WebhookDelivery:
    """The outcome of one try."""
    endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(deliveries=pk)
    delivery = WebhookDelivery.objects.get(pk=pk)
    delivery.tries, delivery.code, delivery.error = delivery.tries + 1, answer.code, answer.error[:200]
    ends = delivery.status == "waiting" and (answer.gone or delivery.tries > len(PAUSES))
    if answer.taken:
        delivery.delivered_at, delivery.failed_at = at, None
    elif ends:
        delivery.failed_at = at
    elif delivery.status == "waiting":
        delivery.next_try_at = at + PAUSES[delivery.tries - 1]
    delivery.save(update_fields=["tries", "code", "error", "delivered_at", "failed_at", "next_try_at"])
    if ends and not answer.taken:
        _give_up(endpoint, delivery, at)
    return delivery


def _give_up(endpoint: WebhookEndpoint, delivery: WebhookDelivery, at: datetime) -> None:
    """Nothing arrived for a day, or the receiver said 410: stop sending there, and tell the organisation once.

    When others arrived meanwhile the receiver objects to this one alone, and the rest goes on.
    """
    gone = delivery.code == HTTPStatus.GONE
    alone = not gone and endpoint.deliveries.filter(delivered_at__gt=at - DAY).exists()
    if not alone:
        if not gone:
            endpoint.deliveries.filter(WAITING).update(failed_at=at, error=delivery.error)
        endpoint.paused_at, endpoint.pause_reason = at, delivery.error[:100]
        body = {"endpoint": endpoint.pk, "reason": delivery.error}
        audit.write(kind="notices.webhook.stop", subject=f"{endpoint.pk}", at=at, body=body)
    if endpoint.told_at is None or endpoint.told_at < at - DAY:
        endpoint.told_at = at
        tell(
            organisation_ids=[endpoint.organisation_id],
            subject=f"事件推送没有送达：{endpoint.label}",
            text=_words(endpoint, delivery, alone=alone),
            at=at,
        )
    endpoint.save(update_fields=["paused_at", "pause_reason", "told_at"])


def _words(endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, alone: bool) -> str:
    happened = f"办件 {delivery.subject} 的事件没有送到 {endpoint.url}：{delivery.error}。"
    if alone:
        return happened + "其他事件照常推送。排除原因后，在“事件推送”页重新发送。"
    return happened + "该地址已暂停推送。排除原因后，在“事件推送”页恢复，并重新发送没有送达的事件。"
