"""The plug-in that is installed on machines (8), with the real exporter, against the platform without a network between."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone
from opentelemetry.sdk.metrics import MeterProvider
from yunheng_agent import __version__, identity
from yunheng_agent.main import KEPT, Keeping, Noting, Settings, check, goodbye, host_id, main, provider, settings

from tests.cast import Cast
from tests.journeys.releasing import preparing
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.journal import frames
from yunheng.domain.metering.models import Sender
from yunheng.domain.services.models import Service


class Platform(requests.adapters.BaseAdapter):
    """Hands requests to the platform; ``answers`` are given first, 0 for a broken connection."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[int] = []

    def send(self, request: Any, **_: Any) -> requests.Response:
        answer = requests.Response()
        answer.request, answer.url = request, request.url
        status = self.answers.pop(0) if self.answers else None
        if status == 0:
            raise requests.ConnectionError
        if status is None:
            headers = {k: v for k, v in request.headers.items() if k not in ("Content-Type", "Content-Length")}
            got = Client().generic(
                "POST",
                urlsplit(request.url).path,
                request.body,
                content_type=request.headers["Content-Type"],
                headers=headers,
            )
            answer.raw, status = io.BytesIO(got.content), got.status_code
        answer.status_code = status
        return answer

    def close(self) -> None:
        pass


@pytest.fixture
def installed(cast: Cast, settings: Any, tmp_path: Path) -> Iterator[tuple[Platform, Keeping, MeterProvider, Settings]]:
    """The plug-in of an instance, enrolled today; its reader's thread never gets a turn."""
    settings.METERING = tmp_path
    preparing(cast)
    token = do.enrol(service="S-2026-0001", instance="i-1", actor=cast.actor("sun"), at=timezone.now())[1]
    key = identity.key_in(tmp_path / "state")
    to, platform, session = Settings("http://localhost", token, 3600, key), Platform(), Noting()
    session.mount("http://", platform)
    made, exporter = provider(to, session)
    yield platform, exporter, made, to
    made.shutdown()


pytestmark = pytest.mark.django_db


def test_the_real_exporter_is_understood_and_what_waits_comes_later_in_order(installed: Any, tmp_path: Path) -> None:
    platform, exporter, made, to = installed
    Service.objects.update(opened_on="2020-01-01")
    for answers, waiting in (([400], 0), ([503, 403], 1), ([0, 0, 403], 2), ([], 0)):
        platform.answers = answers
        made.force_flush()
        assert exporter.deliver() is (waiting == 0)
        assert (platform.answers, len(exporter.waiting)) == ([], waiting)
    lines = [
        line.decode().split("\t")
        for path in (tmp_path / "journal").glob("*")
        for f in frames(path)
        for line in f.splitlines()
    ]
    moments = list(dict.fromkeys(line[3] for line in lines if line[1] == "memory.total"))
    assert len(moments) == 3
    assert moments == sorted(moments)
    assert {line[1] for line in lines} >= {
        "up",
        "cpu.seconds",
        "memory.total",
        "memory.available",
        "boot.time",
        "cpu.count",
    }
    series = {(line[2], line[4]) for line in lines if line[1] == "cpu.seconds"}
    assert len(series) == len({part for part, _ in series})  # each has one start: the plug-in's
    assert do.compact_all(at=timezone.now()) == len(lines)
    sender = Sender.objects.get()
    assert (sender.host, sender.version) == (host_id(), f"yunheng-agent/{__version__}")
    assert None not in (sender.booted_at, sender.started_at)
    assert sender.key == identity.public(to.key)
    session = Noting()
    session.mount("http://", platform)
    assert goodbye(to, "维护\n换盘", session) == 204
    sender.refresh_from_db()
    said = sender.goodbyes.get()
    assert (sender.stopping_reason, said.verdict, said.key) == ("维护 换盘", "verified", sender.key)
    assert json.loads(said.said)[1:3] == [sender.digest, sender.host]
    other = replace(to, key=identity.key_in(tmp_path / "reinstalled"))
    assert goodbye(other, "冒充", session) == 403
    assert "另一签名密钥" in session.why
    sender.refresh_from_db()
    assert (sender.stopping_reason, sender.goodbyes.first().verdict) == ("维护 换盘", "mismatch")
    assert goodbye(replace(to, key=None), "旧版插件", session) == 204
    assert sender.goodbyes.first().verdict == "unsigned"
    platform.answers = [0]
    assert (goodbye(to, "维护", session), "没有连上平台" in session.why) == (0, True)


def test_the_key_is_made_once_for_its_owner_alone_and_a_spoilt_one_is_never_replaced(tmp_path: Path) -> None:
    place = identity.folder({"STATE_DIRECTORY": f"{tmp_path}/a:{tmp_path}/b"})
    first = identity.key_in(place)
    kept = place / "key"
    assert (identity.public(identity.key_in(place)), kept.stat().st_mode & 0o777) == (identity.public(first), 0o600)
    assert [one.name for one in place.iterdir()] == ["key"]
    kept.chmod(0o640)
    with pytest.raises(SystemExit, match="0600"):
        identity.key_in(place)
    kept.chmod(0o600)
    kept.write_bytes(b"spoilt")
    with pytest.raises(SystemExit, match="已损坏"):
        identity.key_in(place)
    assert kept.read_bytes() == b"spoilt"
    with pytest.raises(SystemExit, match="不能读写"):
        identity.key_in(kept / "below")


def test_what_waits_is_bounded_and_the_oldest_is_lost_aloud(installed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, exporter, _, _ = installed
    for n in range(KEPT + 1):
        exporter.export(n)
    assert (len(exporter.waiting), exporter.waiting[0], exporter.waiting[-1]) == (KEPT, 1, KEPT)
    assert "最早的已丢弃" in capsys.readouterr().err
    exporter.waiting.clear()


def test_a_check_says_what_is_wrong(installed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    platform, _, _, to = installed
    for status, words in ((401, "不认这个令牌"), (403, "另一台主机"), (404, "不是云衡平台"), (None, "平台已收下")):
        session = Noting()
        session.mount("http://", platform)
        platform.answers = [status] * 9 if status else []
        assert check(to, session) == int(status is not None)
        assert words in capsys.readouterr().out


def test_the_environment_is_read_and_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("yhs_1\n")
    good = {"YUNHENG_ENDPOINT": "https://platform/", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert settings(good) == Settings("https://platform", "yhs_1", 60.0)
    assert settings({**good, "YUNHENG_ENDPOINT": "http://127.0.0.1:8000", "YUNHENG_INTERVAL": "0"}).interval == 1
    for wrong, words in (
        ({"YUNHENG_ENDPOINT": ""}, "平台地址"), ({"YUNHENG_ENDPOINT": "http://platform"}, "https"),
        ({"YUNHENG_TOKEN_FILE": "/nowhere"}, "没有这个文件"), ({"YUNHENG_INTERVAL": "often"}, "秒数"),
    ):  # fmt: skip
        with pytest.raises(SystemExit, match=words):
            settings({**good, **wrong})
    (tmp_path / "token").write_text("")
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    with pytest.raises(SystemExit, match="空"):
        main(["check"])
