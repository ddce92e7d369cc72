"""事件推送 on the page and over the interface: one set of acts, a secret shown once, nothing for a stranger."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.api.test_api import Caller
from tests.cast import Cast, approved
from yunheng.foundation.audit.models import Record
from yunheng.foundation.notices.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db
URL = "https://127.0.0.1:9/events"


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_TARGETS = ["127.0.0.0/8"]


def _post(cast: Cast, username: str, **fields: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(cast.person(username))
    answer = client.post("/webhooks", fields)
    return answer.status_code, answer.content.decode()


def _page(cast: Cast, username: str) -> str:
    client = Client()
    client.force_login(cast.person(username))
    return client.get("/webhooks").content.decode()


def test_on_the_page_an_address_is_registered_rotated_paused_and_removed(cast: Cast) -> None:
    status, text = _post(cast, "sun", do="register", label="工单系统", url=URL, kinds=["application"])
    (secret,) = re.findall(r"whsec_[\w+/=]+", text)
    assert (status, secret in _page(cast, "sun")) == (200, False)
    endpoint = WebhookEndpoint.objects.get()
    approved(cast)
    assert "服务申请：通知开通" in _page(cast, "sun")
    rotated = re.findall(r"whsec_[\w+/=]+", _post(cast, "sun", do="rotate", id=endpoint.pk)[1])
    assert len(rotated) == 1 != rotated.count(secret)
    assert "更换密钥中" in _page(cast, "sun")
    assert "已暂停" in (_post(cast, "sun", do="pause", id=endpoint.pk), _page(cast, "sun"))[1]
    delivery = WebhookDelivery.objects.get()
    assert "推送地址已暂停" in _post(cast, "sun", do="redeliver", id=delivery.pk)[1]
    assert _post(cast, "sun", do="resume", id=endpoint.pk)[0] == 302
    assert "正在发送" in _post(cast, "sun", do="redeliver", id=delivery.pk)[1]
    WebhookDelivery.objects.update(error="对方答复 500", tries=3, code=500)
    assert "重新发送" in _page(cast, "sun")
    assert _post(cast, "sun", do="redeliver", id=delivery.pk)[0] == 302
    delivery.refresh_from_db()
    assert (delivery.tries, delivery.code, delivery.status) == (0, None, "waiting")
    assert _post(cast, "sun", do="remove", id=endpoint.pk)[0] == 302
    endpoint.refresh_from_db()
    assert (bytes(endpoint.secret), endpoint.deliveries.get().status) == (b"", "failed")
    assert URL not in _page(cast, "sun")
    acts = Record.objects.filter(kind__startswith="parties.webhook.").order_by("sequence")
    assert [kind.rsplit(".")[-1] for kind in acts.values_list("kind", flat=True)] == [
        "register", "rotate", "pause", "resume", "redeliver", "remove",
    ]  # fmt: skip
    assert not any("whsec_" in body for body in acts.values_list("body", flat=True))


def test_what_is_wrong_is_said_at_the_field(cast: Cast, settings: Any) -> None:
    status, text = _post(cast, "sun", do="register", label="x", url="https://10.0.0.1/")
    assert (status, "10.0.0.1 指向 10.0.0.1，不在平台允许的目标地址之内" in text) == (422, True)
    settings.WEBHOOK_TARGETS = []
    assert "没有开放事件推送" in _post(cast, "sun", do="register", label="x", url=URL)[1]
    assert not WebhookEndpoint.objects.exists()
    status, text = _post(cast, "chen", do="register", label="x", url=URL)
    assert (status, "由单位负责人或有办理权限的人设置" in text, "登记推送地址" in _page(cast, "chen")) == (
        422,
        True,
        False,
    )


def test_the_same_over_the_interface_and_nothing_for_a_stranger(cast: Cast) -> None:
    sun, he, chen = (Caller(cast, name) for name in ("sun", "he", "chen"))
    wrong = sun.send("POST", "/webhooks", {"url": "http://10.0.0.1/x", "label": "", "kinds": ["nothing.at_all"]})
    assert (wrong.status_code, len(wrong.json()["problems"])) == (422, 3)
    made = sun.send("POST", "/webhooks", {"url": URL, "label": "工单", "kinds": ["application.notify"]}).json()
    assert made["secret"].startswith("whsec_")
    assert "secret" not in sun.get("/webhooks").json()[0]
    approved(cast)
    path = f"/webhooks/{made['id']}"
    (sent,) = sun.get(f"{path}/deliveries").json()
    assert (sent["type"], sent["status"], sent["tries"]) == ("yunheng.application.notify", "waiting", 0)
    again = f"/webhooks/deliveries/{sent['id']}/redeliver"
    stranger = [he.send("POST", f"{path}/{act}", {}).status_code for act in ("rotate", "pause", "resume")]
    stranger += [he.send("DELETE", path, {}).status_code, he.get(f"{path}/deliveries").status_code]
    assert {*stranger, he.send("POST", again, {}).status_code} == {404}
    assert (he.get("/webhooks").json(), chen.send("POST", "/webhooks", {"url": URL, "label": "x"}).status_code) == (
        [],
        403,
    )
    assert sun.send("POST", again, {}).status_code == 409
    assert sun.send("POST", f"{path}/rotate", {}).json()["secret"] != made["secret"]
    assert sun.send("POST", f"{path}/pause", {}).json()["paused_at"]
    assert sun.send("POST", f"{path}/resume", {}).json()["paused_at"] is None
    assert (sun.send("DELETE", path, {}).status_code, sun.get("/webhooks").json()) == (204, [])
