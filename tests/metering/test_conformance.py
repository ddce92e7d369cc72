"""Article 8: what a receiver of remote-write must do, case by case, and what Debian's Prometheus does with the same bytes.

``PROMETHEUS`` names its program; without it the comparison is skipped.
"""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.metering.bytes import STALE, labelled, metadata, series, snappy
from tests.metering.test_ingest import AT, NOW, PROTOBUF, Plugin, kept
from tests.metering.test_ingest import plugin as plugin
from yunheng.interfaces.api import ingest

pytestmark = pytest.mark.django_db
V2 = f"{PROTOBUF};proto=io.prometheus.write.v2.Request"
SELF = [("__name__", "up"), ("instance", "10.0.0.7:9100"), ("job", "node")]


@dataclass(frozen=True)
class Sent:
    """A delivery, our answer, how many samples are kept; ``theirs``: the class of Prometheus 2.42 where it differs."""

    name: str
    body: bytes
    status: int
    kept: int = 0
    media: str = PROTOBUF
    encoding: str = "snappy"
    theirs: int = 0


def cases(now: int) -> list[Sent]:
    """Every case at a moment (ms)."""
    one = series("up", [(now, 1.0)])
    good, cut = snappy(one), snappy(one)[:-3]

    def later(seconds: int) -> bytes:
        return snappy(series("up", [(now + seconds * 1000, 1.0)]))

    return [
        Sent("a sample", good, 204, 1),
        Sent("the same again", good, 204, 1),
        Sent("version 1.0 named by its message", good, 204, 1, media=f"{PROTOBUF};proto=prometheus.WriteRequest"),
        Sent("no samples at all", snappy(), 204),
        Sent("metadata alone", snappy(metadata("up")), 204),
        Sent("a series without samples", snappy(series("up", [])), 204),
        Sent("a later sample", snappy(series("up", [(now + 2000, 1.0)])), 204, 1),
        Sent("an earlier one after it", snappy(series("up", [(now + 1000, 1.0)])), 204, 1, theirs=4),  # fills a gap
        Sent("stale", snappy(series("up", [(now + 3000, STALE)])), 204),
        Sent("not a number", snappy(series("up", [(now + 4000, float("nan"))])), 400, theirs=2),
        Sent("infinite", snappy(series("up", [(now + 5000, float("inf"))])), 400, theirs=2),
        Sent("two samples of one series", snappy(series("up", [(now + 6000, 1.0), (now + 7000, 0.0)])), 204, 2),
        Sent("labels out of order", snappy(labelled([*SELF[::-1]], now + 8000)), 204, 1),
        Sent("a label twice", snappy(labelled([*SELF, ("job", "other")], now + 9000)), 400, theirs=5),
        Sent("a label without a name", snappy(labelled([*SELF, ("", "x")], now + 9000)), 400, theirs=2),
        Sent("a label without a value", snappy(labelled([*SELF, ("rack", "")], now + 10000)), 204, 1),
        Sent("a series without a name", snappy(labelled(SELF[1:], now + 11000)), 204),
        Sent("another media type", later(20), 415, media="application/json", theirs=2),
        Sent("no media type", later(21), 415, media="", theirs=2),
        Sent("version 2.0", later(22), 415, media=V2, theirs=2),
        Sent("gzip", gzip.compress(one), 415, encoding="gzip"),
        Sent("deflate", zlib.compress(one), 415, encoding="deflate"),
        Sent("no encoding named", later(23), 415, encoding="", theirs=2),
        Sent("not packed", one, 400),
        Sent("cut off", cut, 400),
        Sent("not a message", snappy(b"\x0a\xff\xff"), 400),
        Sent(
            "years ahead", snappy(series("up", [(now + 10**11, 1.0)])), 400, theirs=2
        ),  # nothing later is taken after it
    ]


def test_each_delivery_is_answered_as_the_protocol_wants(plugin: Plugin, tmp_path: Path) -> None:
    before = 0
    for one in cases(NOW - 60_000):
        answer = plugin.write(one.body, media=one.media, encoding=one.encoding)
        now = len(kept(tmp_path))
        assert (answer.status_code, now - before) == (one.status, one.kept), one.name
        before = now


def test_what_is_wrong_in_one_series_does_not_harm_the_others(plugin: Plugin, tmp_path: Path) -> None:
    body = snappy(series("up", [(NOW, 1.0)]), labelled([*SELF, ("job", "other")], NOW), series("up", [(NOW - 1, 1.0)]))
    answer = plugin.write(body)
    assert (answer.status_code, answer.content.decode()) == (400, "其余已保存；未保存 标签重复或没有名称：1 个")
    assert [line[2] for line in kept(tmp_path)] == [f"{NOW}", f"{NOW - 1}"]


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """Debian's Prometheus as a receiver, with an empty store of its own."""
    program = os.environ.get("PROMETHEUS", "")
    if not program:
        pytest.skip("PROMETHEUS names no program to compare with")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "p.yml").write_text("global: {}\n")
    options = [f"--config.file={tmp_path}/p.yml", f"--storage.tsdb.path={tmp_path}/tsdb", "--web.enable-remote-write-receiver",
               f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([program, *options], stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/-/ready")
        yield f"http://127.0.0.1:{port}/api/v1/write"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Prometheus does not answer")


def _theirs(address: str, one: Sent) -> int:
    headers = {
        "Content-Type": one.media,
        "Content-Encoding": one.encoding,
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    request = urllib.request.Request(address, one.body, {k: v for k, v in headers.items() if v}, method="POST")
    if not one.media:
        request.add_header("Content-Type", "")
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_prometheus_answers_the_same_bytes_alike_but_where_it_is_said(
    plugin: Plugin, prometheus: str, monkeypatch: Any
) -> None:
    now = int(time.time() * 1000)
    monkeypatch.setattr(ingest.timezone, "now", lambda: AT)
    ours = [plugin.write(one.body, media=one.media, encoding=one.encoding).status_code for one in cases(NOW - 60_000)]
    found = [(one, mine, _theirs(prometheus, one)) for one, mine in zip(cases(now - 60_000), ours, strict=True)]
    for one, mine, theirs in found:
        print(f"| {one.name} | {mine} | {theirs} |")
    assert [one.name for one, mine, theirs in found if theirs // 100 != (one.theirs or mine // 100)] == []
