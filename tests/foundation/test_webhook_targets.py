"""Where events may go, how they are signed, and how secrets are kept: no database, no network."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from yunheng.config import environment
from yunheng.foundation.crypto import Unreadable, seal, unseal
from yunheng.foundation.notices import targets
from yunheng.foundation.notices.signing import sign

NAMES = {
    "hooks.provider.example": ["8.8.8.8"],
    "inner.provider.example": ["10.20.3.4"],
    "mixed.provider.example": ["8.8.8.8", "10.9.0.1"],
    "rebound.provider.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "wrapped.example": ["::ffff:10.9.0.1"],
    "nat64.example": ["64:ff9b::a09:1"],
    "six.example": ["2001:4860:4860::8888"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def lookup(host: str, port: int) -> list[str]:
        if host.replace(".", "").isdigit():
            return [host]
        if host not in NAMES:
            raise OSError("no such name")
        return NAMES[host]

    monkeypatch.setattr(targets, "lookup", lookup)
    settings.WEBHOOK_TARGETS = [*(name for name in NAMES if name != "inner.provider.example"), "10.20.0.0/16"]


def _refusal(url: str) -> str:
    try:
        targets.addresses(targets.parse(url))
    except targets.NoTarget as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "signature"),
    [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
         '{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
         '{"event_type":"ping","data":{"success":true}}', "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
    ],
)  # fmt: skip
def test_the_published_vectors_of_standard_webhooks(
    secret: str, message_id: str, timestamp: int, body: str, signature: str
) -> None:
    assert sign(secret, message_id=message_id, timestamp=timestamp, body=body) == signature


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://hooks.provider.example/x?y=1", ""),
        ("https://HOOKS.provider.example.:8443", ""),
        ("https://six.example/", ""),
        ("https://inner.provider.example/", ""),  # by its network
        ("https://10.20.255.255/", ""),
        ("https://10.21.0.0/", "不在平台允许的目标地址之内"),
        ("https://8.8.8.8/", "不在平台允许的目标地址之内"),  # the name is allowed, the bare address is not
        ("https://mixed.provider.example/", "10.9.0.1"),  # every address must be allowed
        ("https://rebound.provider.example/", "127.0.0.1"),  # an allowed name is no way inside
        ("https://metadata.example/", "169.254.169.254"),
        ("https://wrapped.example/", "不在平台允许"),
        ("https://nat64.example/", "不在平台允许"),
        ("https://unknown.example/", "无法解析"),
        ("http://hooks.provider.example/", "只能使用 https"),
        ("ftp://hooks.provider.example/", "写成 https://"),
        ("https:///x", "写成 https://"),
        ("https://a:b@hooks.provider.example/", "账号、口令"),
        ("https://hooks.provider.example/#x", "账号、口令"),
        ("https://hooks.provider.example\\@10.9.0.1/", "不含空格"),
        ("https://hooks.provider.example/\r\nX: y", "不含空格"),
        ("https://云衡.example/", "不含空格和中文"),
        ("https://hooks.provider.example:99999/", "读不懂"),
        ("https://hooks.provider.example/" + "x" * 500, "最多 500 字符"),
    ],
)
def test_a_target_is_an_allowed_name_on_the_internet_or_an_allowed_network(url: str, said: str) -> None:
    found = _refusal(url)
    assert said in found if said else found == ""


def test_loopback_may_be_plain_only_outside_of_production(settings: Any) -> None:
    settings.WEBHOOK_TARGETS = ["127.0.0.1"]
    assert _refusal("http://127.0.0.1:8080/") == ""
    settings.PRODUCTION = True
    assert _refusal("http://127.0.0.1:8080/") == "只能使用 https 地址"


def test_no_list_means_no_target_and_link_local_is_never_one(settings: Any) -> None:
    settings.WEBHOOK_TARGETS = []
    assert "没有开放事件推送" in _refusal("https://hooks.provider.example/")
    settings.WEBHOOK_TARGETS = ["0.0.0.0/0"]
    assert _refusal("https://hooks.provider.example/") == ""
    assert "169.254.169.254" in _refusal("https://metadata.example/")


@pytest.mark.parametrize(
    ("text", "ok"),
    [("a.example, 10.0.0.0/8,::1", True), ("10.0.0.0/33", False), ("https://a.example", False), ("*.example", False)],
)
def test_the_list_is_read_when_the_program_starts(monkeypatch: pytest.MonkeyPatch, text: str, ok: bool) -> None:
    monkeypatch.setenv("YUNHENG_WEBHOOK_TARGETS", text)
    if ok:
        assert len(environment.targets("YUNHENG_WEBHOOK_TARGETS")) == 3
    else:
        with pytest.raises(ImproperlyConfigured, match="YUNHENG_WEBHOOK_TARGETS"):
            environment.targets("YUNHENG_WEBHOOK_TARGETS")


def test_what_is_sealed_opens_for_its_purpose_and_key_alone(settings: Any) -> None:
    sealed = seal("密钥".encode(), purpose="a")
    assert unseal(sealed, purpose="a").decode() == "密钥"
    assert "密钥".encode() not in sealed
    assert seal("密钥".encode(), purpose="a") != sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong, purpose in ((sealed, "b"), (changed, "a"), (b"", "a"), (sealed[:20], "a")):
        with pytest.raises(Unreadable):
            unseal(wrong, purpose=purpose)
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        unseal(sealed, purpose="a")
