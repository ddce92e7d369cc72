"""What plug-ins are answered (8, 10.2): each sender does the right thing by its protocol only if the answer is the right one."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from tests.api.test_api import Caller
from tests.cast import Cast, moment
from tests.journeys.releasing import proved
from tests.metering.bytes import STALE, metadata, otlp, series, snappy
from tests.metering.measured import ON, rows
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.journal import Journal, frames
from yunheng.domain.metering.models import Sender
from yunheng.domain.services.models import Heartbeat, Release, Service
from yunheng.domain.services.release.operations import evaluate
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours
from yunheng.interfaces.api import ingest

pytestmark = pytest.mark.django_db
AT = moment("2026-05-10 10:00")
NOW = int(AT.timestamp() * 1000)
PROTOBUF = "application/x-protobuf"


class Plugin:
    """A plug-in with its token."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def otlp(self, body: bytes, *, media: str = PROTOBUF, encoding: str = "") -> Any:
        headers = {**self.headers, **({"Content-Encoding": encoding} if encoding else {})}
        return Client().generic("POST", "/v1/metrics", body, content_type=media, headers=headers)

    def write(self, body: bytes, *, media: str = PROTOBUF, encoding: str = "snappy") -> Any:
        headers = {**self.headers, "Content-Encoding": encoding, "User-Agent": "Prometheus/2.42.0"}
        return Client().generic("POST", "/api/v1/write", body, content_type=media, headers=headers)


@pytest.fixture
def plugin(cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    settings.METERING = tmp_path
    monkeypatch.setattr(ingest.timezone, "now", lambda: AT)
    proved(cast)
    return Plugin(do.enrol(service="S-2026-0001", instance="i-1", actor=cast.actor("sun"), at=AT)[1])


def kept(root: Path) -> list[list[str]]:
    """Everything in the journal: name, part, ms, start, value."""
    lines = [line for path in (root / "journal").glob("*") for frame in frames(path) for line in frame.splitlines()]
    return [line.decode().split("\t")[1:] for line in lines]


def test_remote_write_is_kept_before_the_answer_and_stale_is_no_value(plugin: Plugin, tmp_path: Path) -> None:
    body = snappy(
        series("up", [(NOW, 1.0)]), series("node_memory_MemTotal_bytes", [(NOW - 1000, 8e9), (NOW, STALE)]),
        series("node_cpu_seconds_total", [(NOW, 5.5)], cpu="0", mode="idle"),
        series("node_network_receive_bytes_total", [(NOW, 1.0)], device="lo"), series("go_threads", [(NOW, 1.0)]),
    )  # fmt: skip
    for _ in range(2):  # the same again is answered alike and is once in the store
        answer = plugin.write(body)
        assert (answer.status_code, answer.content) == (204, b"")
    assert kept(tmp_path)[:3] == [
        ["up", "node", f"{NOW}", "0", "1.0"], ["memory.total", "", f"{NOW - 1000}", "0", "8000000000.0"],
        ["cpu.seconds", "0/idle", f"{NOW}", "0", "5.5"],
    ]  # fmt: skip
    assert do.compact_all(at=AT) == 6
    assert rows(do.store())[1] == {("520100/S-2026-0001/i-1", "up", ON): (1.0, 1.0, 1.0, 1)}
    assert plugin.write(snappy(metadata("up"))).status_code == 204


def test_the_good_part_is_kept_and_what_is_refused_is_named(plugin: Plugin, tmp_path: Path) -> None:
    window = do.window(at=AT)
    points = [(at, 1.0) for at in (window.since - 1, window.since, window.until, window.until + 1)]
    answer = plugin.write(snappy(series("up", [*points, (NOW, float("inf")), (NOW, float("nan"))])))
    assert answer.status_code == 400
    assert (
        answer.content.decode()
        == "其余已保存；未保存 数值不是有限的数：2 个；时间早于可接收期：1 个；时间晚于现在：1 个"
    )
    assert [line[2] for line in kept(tmp_path)] == [f"{window.since}", f"{window.until}"]
    answer = plugin.otlp(otlp("h-1", [("system.memory.limit", {}, at, 5.0) for at, _ in points], start=None))
    said = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, said.rejected_data_points) == (403, 0)  # the token is that of 10.0.0.7


@pytest.mark.parametrize("encoding", ["", "identity", "gzip"])
def test_otlp_is_kept_with_the_start_of_its_counters(plugin: Plugin, tmp_path: Path, encoding: str) -> None:
    window, idle = do.window(at=AT), {"cpu": "0", "state": "idle"}
    body = otlp("h-1", [("system.cpu.time", idle, NOW, 5.0), ("system.cpu.time", idle, window.until + 1, 5.0),
                        ("system.disk.io", {"device": "sda1", "direction": "read"}, NOW, 1.0)])  # fmt: skip
    answer = plugin.otlp(gzip.compress(body) if encoding == "gzip" else body, encoding=encoding)
    said = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, answer["Content-Type"], said.rejected_data_points) == (200, PROTOBUF, 1)
    assert said.error_message == "时间晚于现在：1 个"
    assert kept(tmp_path) == [["cpu.seconds", "0/idle", f"{NOW}", "1", "5.0"], ["up", "", f"{NOW}", "0", "1.0"]]
    assert plugin.otlp(otlp("h-1", [("process.threads", {}, NOW, 1.0)])).content == b""


def test_what_would_never_be_right_is_4xx(plugin: Plugin, settings: Any, tmp_path: Path) -> None:
    good, v2 = snappy(series("up", [(NOW, 1.0)])), f"{PROTOBUF};proto=io.prometheus.write.v2.Request"
    assert plugin.write(good, media=v2).status_code == 415
    assert plugin.write(good, media="application/json").status_code == 415
    assert plugin.write(gzip.compress(good), encoding="gzip").status_code == 415
    assert plugin.write(good[:-3]).status_code == 400
    assert plugin.write(snappy(b"\x0a\xff\xff")).status_code == 400
    assert plugin.otlp(b"{}", media="application/json").status_code == 415
    assert plugin.otlp(b"x", encoding="deflate").status_code == 415
    assert plugin.otlp(b"\xff\xff\xff").status_code == 400
    assert plugin.otlp(gzip.compress(b"abc")[:-4], encoding="gzip").status_code == 400
    assert plugin.otlp(otlp("", [("system.cpu.time", {}, NOW, 1.0)])).status_code == 400
    settings.METERING_UNPACKED_MOST = 1000
    assert plugin.otlp(gzip.compress(b"\0" * 1001), encoding="gzip").status_code == 413
    assert plugin.write(snappy(b"\0" * 1001)).status_code == 413
    settings.METERING_BODY_MOST = len(good) - 1
    assert plugin.write(good).status_code == 413
    assert kept(tmp_path) == []
    settings.METERING_BODY_MOST = len(good)
    assert plugin.write(good, media=f"{PROTOBUF};proto=prometheus.WriteRequest").status_code == 204
    assert Client().get("/v1/metrics").status_code == 405


def test_our_own_trouble_is_503_and_the_same_again_is_kept(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    body = snappy(series("up", [(NOW, 1.0)]))
    for place, name, trouble in (
        (Journal, "append", OSError(28, "No space left")), (do, "sender_of", OperationalError("locked")),
        (do, "_heard", RuntimeError("a mistake of ours")),
    ):  # fmt: skip
        with monkeypatch.context() as patch:

            def fails(*_: Any, trouble: Exception = trouble, **__: Any) -> None:
                raise trouble

            patch.setattr(place, name, fails)
            for answer in (plugin.write(body), plugin.otlp(otlp("10.0.0.7", [("system.cpu.time", {}, NOW, 1.0)]))):
                assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert plugin.write(body).status_code == 204


def test_under_pressure_senders_are_asked_to_come_again(plugin: Plugin, settings: Any, tmp_path: Path) -> None:
    body = snappy(series("up", [(NOW, 1.0)]))
    held = [ingest.turns().acquire(blocking=False) for _ in range(settings.METERING_AT_ONCE)]
    answer = plugin.write(body)
    assert (all(held), answer.status_code, answer["Retry-After"]) == (True, 503, "10")
    ingest.turns().release(len(held))
    settings.METERING_RESERVE = 1 << 62
    assert plugin.write(body).status_code == 503
    assert kept(tmp_path) == []
    settings.METERING_RESERVE = 0
    assert plugin.write(body).status_code == 204


def test_a_token_belongs_to_one_host_and_counts_until_it_is_revoked(plugin: Plugin, cast: Cast, tmp_path: Path) -> None:
    body = snappy(series("up", [(NOW, 1.0)]))
    for nobody in (Plugin(""), Plugin("yhs_wrong")):
        answer = nobody.write(body)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    both = snappy(series("up", [(NOW, 1.0)]), series("up", [(NOW, 1.0)], instance="10.0.0.8:9100"))
    assert plugin.write(both).status_code == 403
    assert plugin.write(body).status_code == 204
    assert plugin.write(snappy(series("up", [(NOW, 1.0)], instance="10.0.0.8:9100"))).status_code == 403
    sender = Sender.objects.get()
    assert (sender.host, sender.strange_host, sender.strange_at) == ("10.0.0.7", "10.0.0.8", AT)
    assert len(kept(tmp_path)) == 1
    do.revoke(sender=sender.pk, actor=cast.actor("sun"), at=AT)
    assert plugin.write(body).status_code == 401


def test_whose_service_ended_sends_no_more(plugin: Plugin) -> None:
    Service.objects.update(closed_on=ON)
    assert plugin.write(snappy(series("up", [(NOW, 1.0)]))).status_code == 401


def test_measured_data_open_the_gate_of_a_release(plugin: Plugin, cast: Cast) -> None:
    case = Release.objects.get()
    evaluate(case, at=AT)
    case.refresh_from_db()
    assert case.state == "preparing"
    plugin.write(snappy(series("up", [(NOW, 0.0)])))  # the sender is there, what it watches is not
    assert not Heartbeat.objects.exists()
    plugin.write(snappy(series("up", [(NOW, 1.0)])))
    case.refresh_from_db()
    assert case.state == "gated"
    assert Heartbeat.objects.get().version == "Prometheus/2.42.0"


def test_only_the_provider_enrols_what_runs_and_every_gap_is_named(plugin: Plugin, cast: Cast) -> None:
    def enrol(who: str, instance: str, at: datetime = AT, service: str = "S-2026-0001") -> Sender:
        return do.enrol(service=service, instance=instance, actor=cast.actor(who), at=at)[0]

    for who in ("chen", "he"):
        with pytest.raises(NotYours):
            enrol(who, "i-2")
    with pytest.raises(NotFound):
        enrol("sun", "i-2", service="S-2026-0009")
    with pytest.raises(BadInput, match="已登记"):
        enrol("sun", "i-1")
    with pytest.raises(BadInput) as wrong:
        enrol("sun", "i 2", at=AT - timedelta(days=9))
    assert [problem.where for problem in wrong.value.problems] == ["服务编号", "实例"]
    Service.objects.update(instances="i-7 10.0.0.7\ni-8 10.0.0.8")
    with pytest.raises(BadInput, match="不在台账"):
        enrol("sun", "i-2")
    assert enrol("sun", "i-7").resource == "520100/S-2026-0001/i-7"


def test_the_page_shows_a_new_token_once_and_ends_it(plugin: Plugin, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.person("sun"))
    made = client.post("/metering/plugins", {"service": "S-2026-0001", "instance": "i-2"})
    text = made.content.decode()
    token = text[text.index("yhs_") :].partition("<")[0]
    assert (made["Cache-Control"], do.sender_of(token=token, at=AT) is not None) == ("no-store", True)
    assert (
        "已登记插件" in client.post("/metering/plugins", {"service": "S-2026-0001", "instance": "i-2"}).content.decode()
    )
    listed = client.get("/metering").content.decode()
    assert token not in listed
    assert "i-2" in listed
    sender = Sender.objects.get(instance="i-2")
    assert client.post("/metering/plugins", {"do": "revoke", "sender": sender.pk}).status_code == 302
    assert do.sender_of(token=token, at=AT) is None
    client.force_login(cast.person("chen"))
    assert client.get("/metering/plugins").status_code == 403


def test_senders_over_the_interface_are_seen_by_those_of_the_service_alone(plugin: Plugin, cast: Cast) -> None:
    sun = Caller(cast, "sun")
    made = sun.send("POST", "/senders", {"service": "S-2026-0001", "instance": "i-2"}).json()
    assert made["token"].startswith("yhs_")
    assert "token" not in json.dumps(Caller(cast, "chen").get("/senders").json())
    assert [row["instance"] for row in Caller(cast, "chen").get(f"/senders?after={made['id'] - 1}").json()] == ["i-2"]
    assert Caller(cast, "he").get("/senders").json() == []
    assert Caller(cast, "he").send("DELETE", f"/senders/{made['id']}", {}).status_code == 404
    assert Caller(cast, "chen").send("DELETE", f"/senders/{made['id']}", {}).status_code == 403
    assert sun.send("DELETE", f"/senders/{made['id']}", {}).json()["revoked_at"]
