"""Events out, against real servers: signed to the byte, once, to those who may know; nobody waits for a slow one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from django.db import transaction

from tests.cast import Cast, approved, draft, moment
from tests.support.receiver import Receiver, receiving
from yunheng.domain.parties import webhooks
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.notices import delivering, targets
from yunheng.foundation.notices.delivering import CLAIM, DAY, PAUSES, deliver_due
from yunheng.foundation.notices.models import Notice, WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db
AT = moment("2026-04-29 10:00")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_TARGETS, settings.WEBHOOK_TIMEOUT = ["127.0.0.0/8"], 0.4


def _register(cast: Cast, username: str, url: str, *kinds: str) -> tuple[WebhookEndpoint, str]:
    return webhooks.register(actor=cast.actor(username), url=url, label="工单", kinds=kinds, at=AT)


def _signatures(secrets: list[str], headers: Message, body: bytes) -> str:
    """Worked out as the receiver does it, from what arrived and nothing else."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    return " ".join("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)


def _waiting(cast: Cast, *urls: str) -> list[WebhookEndpoint]:
    """Endpoints of the provider, each with the event of one notification waiting."""
    made = [_register(cast, "sun", url)[0] for url in urls]
    approved(cast)
    assert WebhookDelivery.objects.count() == len(urls)
    return made


def _types(endpoint: WebhookEndpoint) -> list[str]:
    return [row.type.removeprefix("yunheng.application.") for row in endpoint.deliveries.order_by("pk")]


def test_an_event_arrives_as_a_cloudevent_signed_to_the_byte(cast: Cast) -> None:
    with receiving(204) as taken:
        endpoint, secret = _register(cast, "sun", taken.url())
        case = approved(cast)
        assert [deliver_due(at=AT), deliver_due(at=AT + CLAIM * 2)] == [1, 0]
    ((headers, body),) = taken.arrived
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert headers["webhook-signature"] == _signatures([secret], headers, body)
    delivery = endpoint.deliveries.get()
    assert (body.decode(), delivery.delivered_at, delivery.code) == (delivery.body, AT, 204)
    owed = case.obligations.get(closed_at=None, holder=cast.provider)
    assert owed.due_on is not None
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": headers["webhook-id"],
        "source": "/jurisdictions/520100",
        "type": "yunheng.application.notify",
        "subject": case.number,
        "time": "2026-04-29T02:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "case": case.number, "kind": "application", "state": "notified", "step": "notify", "article": "7.1",
            "version": case.version,
            "owes": [{"order": owed.order, "step": "report_opened", "role": "delivery", "article": "7.1", "due_on": owed.due_on.isoformat(),
                      "provisional": owed.provisional}],
        },
    }  # fmt: skip
    assert bytes(endpoint.secret).find(secret.encode()) == -1


def test_each_party_hears_of_what_it_may_see_and_a_stranger_of_nothing(cast: Cast) -> None:
    told = {name: _register(cast, name, "http://127.0.0.1:9/x")[0] for name in ("luo", "he", "wu", "zhou", "sun")}
    chosen = _register(cast, "sun", "http://127.0.0.1:9/y", "settlement", "application.approve")[0]
    approved(cast)
    heard = {name: _types(endpoint) for name, endpoint in told.items()}
    assert heard == {
        "luo": ["pass_to_head", "accept", "approve", "notify"],
        "he": [],
        "wu": ["submit", "accept", "approve"],
        "zhou": ["recommend"],
        "sun": ["notify"],
    }
    assert _types(chosen) == []


def test_an_event_that_is_hidden_in_the_case_is_not_sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, _ = _register(cast, "sun", "http://127.0.0.1:9/x")
    monkeypatch.setattr(Application, "shows", lambda self, event, *, to: to.kind != "provider")
    approved(cast)
    assert _types(endpoint) == []


def test_an_act_that_is_undone_leaves_no_event(cast: Cast) -> None:
    _register(cast, "luo", "http://127.0.0.1:9/x")
    case = draft(cast)

    with transaction.atomic():
        operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=AT)
        assert WebhookDelivery.objects.count() == 1
        transaction.set_rollback(True)
    assert WebhookDelivery.objects.count() == 0


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_target_that_hangs_holds_up_nobody(cast: Cast, manner: str) -> None:
    with receiving(manner) as slow, receiving() as quick:
        stuck, other = _waiting(cast, slow.url(), quick.url())
        second = stuck.deliveries.get()
        second.pk, second.event_id = None, "evt_2"
        second.save()
        begun = time.monotonic()
        assert deliver_due(at=AT) == 1
        assert time.monotonic() - begun < 3
    assert other.deliveries.get().delivered_at == AT
    first, second = stuck.deliveries.order_by("pk")
    assert (first.tries, first.code, first.error) == (1, None, "对方没有在 0.4 秒内答复")
    assert len(slow.arrived) == 1  # the second was not tried on a target that had just been silent
    assert (second.tries, first.next_try_at, second.next_try_at) == (0, AT + PAUSES[0], AT + PAUSES[0])


def test_a_redirect_is_not_followed(cast: Cast) -> None:
    with receiving(307) as moved:
        (endpoint,) = _waiting(cast, moved.url())
        assert deliver_due(at=AT) == 0
    assert len(moved.arrived) == 1
    delivery = endpoint.deliveries.get()
    assert (delivery.code, "不跟随转向" in delivery.error, delivery.status) == (307, True, "waiting")


def test_after_an_error_it_is_sent_again_under_the_same_id_with_a_new_time(cast: Cast) -> None:
    with receiving(500) as ill:
        endpoint, secret = _register(cast, "sun", ill.url())
        approved(cast)
        assert [deliver_due(at=AT), deliver_due(at=AT + PAUSES[0] - SECOND)] == [0, 0]
        ill.answer = 200
        assert deliver_due(at=AT + PAUSES[0]) == 1
    (first, body), (again, same) = ill.arrived
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    assert int(again["webhook-timestamp"]) - int(first["webhook-timestamp"]) == PAUSES[0].total_seconds()
    assert again["webhook-signature"] == _signatures([secret], again, same)
    assert endpoint.deliveries.get().tries == 2


def test_410_pauses_the_endpoint_and_the_organisation_is_told(cast: Cast) -> None:
    with receiving(410) as gone:
        (endpoint,) = _waiting(cast, gone.url())
        deliver_due(at=AT)
    endpoint.refresh_from_db()
    assert (endpoint.paused_at, endpoint.pause_reason) == (AT, "对方答复 410")
    assert endpoint.deliveries.get().status == "failed"
    assert Notice.objects.filter(organisation=cast.provider, subject__contains="没有送达").count() == 1


def _fail_for_a_day(at: Any = AT) -> Any:
    for pause in PAUSES:
        assert deliver_due(at=at) == 0
        at += pause
    deliver_due(at=at)
    return at


def test_after_a_day_it_is_given_up_and_told_once(cast: Cast) -> None:
    with receiving() as away:
        url = away.url()
    (endpoint,) = _waiting(cast, url)
    late = endpoint.deliveries.get()
    late.pk, late.event_id, late.next_try_at = None, "evt_late", AT + DAY + CLAIM
    late.save()
    end = _fail_for_a_day()
    endpoint.refresh_from_db()
    assert (end - AT, endpoint.paused_at, endpoint.pause_reason) == (DAY, end, "对方拒绝连接")
    assert {row.status for row in endpoint.deliveries.all()} == {"failed"}
    told = Notice.objects.filter(organisation=cast.provider, subject__contains="没有送达")
    assert (told.count(), "已暂停推送" in told.get().text) == (1, True)
    webhooks.resume(endpoint_id=endpoint.pk, actor=cast.actor("sun"), at=end)
    with receiving() as back:
        WebhookEndpoint.objects.update(url=back.url())
        for row in endpoint.deliveries.all():
            webhooks.redeliver(delivery_id=row.pk, actor=cast.actor("sun"), at=end)
        assert deliver_due(at=end) == 2


def test_an_event_that_the_receiver_alone_objects_to_does_not_stop_the_others(cast: Cast) -> None:
    with receiving(422) as picky:
        (endpoint,) = _waiting(cast, picky.url())
        other = endpoint.deliveries.get()
        other.pk, other.event_id, other.delivered_at = None, "evt_2", AT + CLAIM
        other.save()
        _fail_for_a_day()
    endpoint.refresh_from_db()
    assert endpoint.paused_at is None
    assert endpoint.deliveries.order_by("pk")[0].status == "failed"
    assert Notice.objects.filter(organisation=cast.provider, text__contains="其他事件照常推送").count() == 1


def test_two_workers_never_send_the_same_and_a_dead_one_gives_it_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[int] = []
    pool = delivering.ThreadPoolExecutor

    def passes_by(workers: int) -> Any:
        others.append(deliver_due(at=AT))  # a second worker comes when the first one has just begun
        return pool(workers)

    with receiving() as taken:
        _waiting(cast, taken.url())
        monkeypatch.setattr(delivering, "ThreadPoolExecutor", passes_by)
        assert (deliver_due(at=AT), others) == (1, [0])
        assert len(taken.arrived) == 1
        WebhookDelivery.objects.update(delivered_at=None, next_try_at=AT + CLAIM)  # claimed at AT, then nothing
        assert [deliver_due(at=AT + CLAIM - SECOND), deliver_due(at=AT + CLAIM)] == [0, 1]


def test_a_name_that_leads_elsewhere_when_it_is_sent_is_refused(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_TARGETS = ["hooks.provider.example"]
    leads_to = ["8.8.8.8"]
    monkeypatch.setattr(targets, "lookup", lambda host, port: leads_to)
    with receiving() as inner:
        (endpoint,) = _waiting(cast, inner.url("hooks.provider.example", "https"))
        leads_to[:] = ["127.0.0.1"]
        assert deliver_due(at=AT) == 0
    assert inner.arrived == []
    assert "指向 127.0.0.1" in endpoint.deliveries.get().error


def test_over_tls_the_checked_address_is_asked_under_the_name_of_the_host(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    certificate = _certificate(tmp_path / "hooks.pem", "hooks.provider.example")
    monkeypatch.setattr(targets, "lookup", lambda host, port: ["127.0.0.1"])
    with receiving(certificate=certificate) as taken:
        (endpoint,) = _waiting(cast, taken.url("hooks.provider.example", "https"))
        assert deliver_due(at=AT) == 0
        assert "证书不可信" in endpoint.deliveries.get().error
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert deliver_due(at=AT + PAUSES[0]) == 1
    assert taken.names == ["hooks.provider.example"] * 2
    assert taken.arrived[0][0]["host"] == f"hooks.provider.example:{taken.port}"


def _certificate(path: Any, name: str) -> str:
    """A certificate that vouches for itself, with its key."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone(cast: Cast, settings: Any) -> None:
    with receiving() as taken:
        endpoint, old = _register(cast, "sun", taken.url())
        new = webhooks.rotate(endpoint_id=endpoint.pk, actor=cast.actor("sun"), at=AT)
        approved(cast)
        for at in (AT, AT + webhooks.BOTH - SECOND, AT + webhooks.BOTH):
            WebhookDelivery.objects.update(delivered_at=None, next_try_at=at)
            assert deliver_due(at=at) == 1
        _check_rotation(taken, old, new)
        settings.SECRET_KEY = "another"  # nothing is sent unsigned, and nobody waits for it
        WebhookDelivery.objects.update(delivered_at=None, next_try_at=AT)
        assert deliver_due(at=AT) == 0
    assert "密钥无法读取" in endpoint.deliveries.get().error


def _check_rotation(taken: Receiver, old: str, new: str) -> None:
    for (headers, body), secrets in zip(taken.arrived, ([new, old], [new, old], [new]), strict=True):
        assert headers["webhook-signature"] == _signatures(secrets, headers, body)
