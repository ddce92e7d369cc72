"""Measure and send, until told to stop; then say goodbye."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import logging
import os
import signal
import socket
import sys
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.instrumentation.system_metrics import SystemMetricsInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource

from yunheng_agent import __version__, gauges, identity

STATES = ["idle", "user", "system", "nice", "iowait", "irq", "softirq", "steal"]
MEASURED: dict[str, list[str] | None] = {
    "system.cpu.time": STATES, "system.disk.io": ["read", "write"], "system.network.io": ["transmit", "receive"],
}  # fmt: skip
ANSWERED_WITHIN = 10.0  # seconds for one delivery with all its attempts; a stop waits for two and the goodbye
KEPT = 120  # deliveries that wait for the platform: two hours
NEVER = (400, 413, 415)  # the platform will not take this one however often it comes
STATUS = b"\x12"  # with which the words of an error begin in OTLP
ANSWERS = {
    401: "平台不认这个令牌：核对令牌文件；已停用或服务已终止的，请云服务商重新登记插件",
    403: "令牌已绑定另一台主机或另一签名密钥：每个实例用自己的令牌；换机、重装的，请云服务商重新登记插件",
    404: "这个地址不是云衡平台：核对 YUNHENG_ENDPOINT", 405: "这个地址不是云衡平台：核对 YUNHENG_ENDPOINT",
    413: "一次上报过大", 415: "平台不接受这种格式：核对中间的网关是否改写了请求", 503: "平台暂时不能保存，稍后自动重发",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Where to send, as whom, how often (s), and with what the goodbye is signed."""

    endpoint: str
    token: str
    interval: float = 60.0
    key: Ed25519PrivateKey | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "User-Agent": f"yunheng-agent/{__version__}"}


def settings(env: dict[str, str]) -> Settings:
    """Read the environment. Raises SystemExit with a sentence about what is missing."""
    endpoint = env.get("YUNHENG_ENDPOINT", "").rstrip("/")
    place = env.get("YUNHENG_TOKEN_FILE") or f"{env.get('CREDENTIALS_DIRECTORY', '/etc/yunheng-agent')}/token"
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SystemExit("YUNHENG_ENDPOINT 须为平台地址，如 https://platform")
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme == "http" and not loopback and env.get("YUNHENG_PLAIN") != "1":
        raise SystemExit("YUNHENG_ENDPOINT 须为 https；确由网关加密的，设 YUNHENG_PLAIN=1")
    try:
        token = Path(place).read_text("utf-8").strip()
    except OSError as error:
        raise SystemExit(f"读不到令牌文件 {place}：{identity.denied(error)}") from error
    if not token:
        raise SystemExit(f"令牌文件 {place} 是空的")
    try:
        interval = float(env.get("YUNHENG_INTERVAL", "60"))
    except ValueError as error:
        raise SystemExit("YUNHENG_INTERVAL 须为秒数") from error
    return Settings(endpoint, token, max(1.0, interval))


def host_id() -> str:
    """A digest of the machine's id, which is not to be shown itself; of the name where there is none."""
    try:
        known = Path("/etc/machine-id").read_text("ascii").strip()
    except OSError:
        known = ""
    return hashlib.sha256(f"yunheng-agent {known or socket.getfqdn()}".encode()).hexdigest()[:32]


class Noting(requests.Session):
    """Remembers how the last delivery ended: the answer's status, 0 where none came, and the reason in words."""

    status, why = 0, ""

    def send(self, request: Any, **arguments: Any) -> requests.Response:
        self.status, self.why = 0, ""
        try:
            answer = super().send(request, **arguments)
        except requests.RequestException as error:
            self.why = explained(error)
            raise
        self.status = answer.status_code
        if not answer.ok:
            said = answer.content or b""
            words = f"（{said[2:].decode(errors='ignore')}）" if said.startswith(STATUS) else ""  # the platform's own
            self.why = ANSWERS.get(self.status, f"平台答复 {self.status}{words}")
        return answer


def explained(error: requests.RequestException) -> str:
    """Why no answer came, and what to look at."""
    if isinstance(error, requests.exceptions.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "平台的证书不受信任：自有证书机构的，设 SSL_CERT_FILE 和 REQUESTS_CA_BUNDLE"
        return "这个地址和端口没有以 https 答复：核对 YUNHENG_ENDPOINT"
    if isinstance(error, requests.exceptions.ProxyError):
        return "代理服务器不通：核对 HTTPS_PROXY、NO_PROXY"
    if isinstance(error, requests.exceptions.Timeout):
        return "平台没有及时答复：核对网络和防火墙"
    return "没有连上平台：核对 YUNHENG_ENDPOINT、域名解析、网络和防火墙"


class Keeping(MetricExporter):
    """Takes what was measured at once, delivers in order on a thread of its own, and keeps what could not be delivered.

    So measuring never waits for the network.
    """

    def __init__(self, to: Settings, session: Noting) -> None:
        super().__init__()
        self._exporter = OTLPMetricExporter(
            endpoint=f"{to.endpoint}/v1/metrics", headers=to.headers, timeout=min(ANSWERED_WITHIN, to.interval),
            compression=Compression.Gzip, session=session,
        )  # fmt: skip
        self._noted, self._pause, self._more, self._stopped = session, min(10.0, to.interval), Event(), Event()
        self._thread, self._turn = Thread(target=self._work, daemon=True), Lock()
        self.waiting = deque[MetricsData](maxlen=KEPT)
        self._said = ""

    def start(self) -> None:
        """Deliver from now on."""
        self._thread.start()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        """Take a delivery; where too many wait, the oldest is lost."""
        if len(self.waiting) == KEPT:
            self._say(f"待送数据超过 {KEPT} 次，最早的已丢弃")
        self.waiting.append(metrics_data)
        self._more.set()
        return MetricExportResult.SUCCESS

    def deliver(self) -> bool:
        """Send what waits, the oldest first; whether nothing waits any more."""
        with self._turn:
            while self.waiting:
                first = self.waiting[0]
                result = self._exporter.export(first)
                self._say(self._noted.why)
                if result is not MetricExportResult.SUCCESS and self._noted.status not in NEVER:
                    return False
                if self.waiting and self.waiting[0] is first:  # else it was pushed out meanwhile
                    self.waiting.popleft()
            return True

    def _say(self, words: str) -> None:
        """Into the log of the service, when it changes."""
        if words != self._said:
            print(words or "送达恢复正常", file=sys.stderr, flush=True)
            self._said = words

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._more.wait()
            self._more.clear()
            if not self._stopped.is_set() and not self.deliver():
                self._stopped.wait(self._pause)
                self._more.set()

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Try once more what waits."""
        self._stopped.set()
        self._more.set()
        if self._thread.is_alive():
            self._thread.join(timeout_millis / 1000)
        self.deliver()
        self._exporter.shutdown()


def provider(to: Settings, session: Noting | None = None) -> tuple[MeterProvider, Keeping]:
    """All that is measured, sent at the interval."""
    about = Resource({"host.id": host_id(), "host.name": socket.gethostname(), "service.name": "yunheng-agent",
                      "service.version": __version__,
                      **({"yunheng.agent.key": identity.public(to.key)} if to.key else {})})  # fmt: skip
    exporter = Keeping(to, session or Noting())
    reader = PeriodicExportingMetricReader(
        exporter, export_interval_millis=to.interval * 1000, export_timeout_millis=to.interval * 1000
    )
    made = MeterProvider(resource=about, metric_readers=[reader], shutdown_on_exit=False)
    SystemMetricsInstrumentor(config=MEASURED).instrument(meter_provider=made)
    gauges.observe(made.get_meter("yunheng_agent", __version__))
    return made, exporter


def goodbye(to: Settings, reason: str, session: Noting | None = None) -> int:
    """Tell the platform that this stops by somebody's will; returns the status of its answer, 0 where none came."""
    reason = " ".join(reason.split())[:200]
    said = identity.signed(reason, token=to.token, host=host_id(), key=to.key) if to.key else {"reason": reason}
    try:
        answer = (session or Noting()).post(f"{to.endpoint}/v1/goodbye", json=said, headers=to.headers, timeout=5)
    except requests.RequestException:
        return 0
    return answer.status_code


def run(to: Settings) -> int:
    """Send until a signal comes."""
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    made, exporter = provider(to)
    exporter.start()
    made.force_flush()
    stopped.wait()
    made.shutdown()
    goodbye(to, "插件服务停止")
    return 0


def check(to: Settings, session: Noting | None = None) -> int:
    """Send once and say what the platform answered, and what is wrong."""
    logging.disable(logging.CRITICAL)  # what the exporter says of it in English
    session = session or Noting()
    made, exporter = provider(replace(to, interval=min(ANSWERED_WITHIN, to.interval)), session)
    made.force_flush()
    with contextlib.redirect_stderr(io.StringIO()):
        sent = exporter.deliver() and session.status == 200
        exporter.waiting.clear()
        made.shutdown()
    key = identity.public(to.key)[:16] if to.key else "无"
    print(f"平台地址 {to.endpoint}\n主机标识 {host_id()}\n签名公钥 {key}")
    print("平台已收下" if sent else f"没有送达：{session.why or '平台没有收下'}")
    return int(not sent)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("yunheng-agent", description="云衡监控插件")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="上报，直至停止")
    commands.add_parser("check", help="上报一次，显示平台的答复")
    commands.add_parser("goodbye", help="告知平台插件即将停止").add_argument("--reason", required=True)
    asked = parser.parse_args(arguments)
    env = dict(os.environ)
    to = replace(settings(env), key=identity.key_in(identity.folder(env)))
    if asked.command == "goodbye":
        session = Noting()
        status = goodbye(to, asked.reason, session)
        print("平台已收到" if status == 204 else f"没有送达：{session.why}")
        return int(status != 204)
    return run(to) if asked.command == "run" else check(to)


if __name__ == "__main__":
    sys.exit(main())
