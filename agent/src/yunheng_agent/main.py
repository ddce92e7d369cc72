"""Measure and send, until told to stop; then say goodbye."""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import socket
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import requests
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

from yunheng_agent import __version__, gauges

STATES = ["idle", "user", "system", "nice", "iowait", "irq", "softirq", "steal"]
MEASURED: dict[str, list[str] | None] = {
    "system.cpu.time": STATES, "system.disk.io": ["read", "write"], "system.network.io": ["transmit", "receive"],
}  # fmt: skip
KEPT = 120  # deliveries that wait for the platform: two hours
NEVER = (400, 413, 415)  # the platform will not take this one however often it comes


@dataclass(frozen=True)
class Settings:
    """Where to send, as whom, how often (s)."""

    endpoint: str
    token: str
    interval: float = 60.0

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
        raise SystemExit(f"读不到令牌文件 {place}：{error.strerror}") from error
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
    """Remembers the last answer's status; 0 where none came."""

    status = 0

    def send(self, request: Any, **arguments: Any) -> requests.Response:
        self.status = 0
        answer = super().send(request, **arguments)
        self.status = answer.status_code
        return answer


class Keeping(MetricExporter):
    """Takes what was measured at once, delivers in order on a thread of its own, and keeps what could not be delivered.

    So measuring never waits for the network.
    """

    def __init__(self, to: Settings, session: Noting) -> None:
        super().__init__()
        self._exporter = OTLPMetricExporter(
            endpoint=f"{to.endpoint}/v1/metrics", headers=to.headers, timeout=min(30.0, to.interval),
            compression=Compression.Gzip, session=session,
        )  # fmt: skip
        self._noted, self._pause, self._more, self._stopped = session, min(10.0, to.interval), Event(), Event()
        self._thread, self._turn = Thread(target=self._work, daemon=True), Lock()
        self.waiting = deque[MetricsData](maxlen=KEPT)

    def start(self) -> None:
        """Deliver from now on."""
        self._thread.start()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        """Take a delivery."""
        self.waiting.append(metrics_data)
        self._more.set()
        return MetricExportResult.SUCCESS

    def deliver(self) -> bool:
        """Send what waits, the oldest first; whether nothing waits any more."""
        with self._turn:
            while self.waiting:
                first = self.waiting[0]
                result = self._exporter.export(first)
                if result is not MetricExportResult.SUCCESS and self._noted.status not in NEVER:
                    return False
                if self.waiting and self.waiting[0] is first:  # else it was pushed out meanwhile
                    self.waiting.popleft()
            return True

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
                      "service.version": __version__})  # fmt: skip
    exporter = Keeping(to, session or Noting())
    reader = PeriodicExportingMetricReader(
        exporter, export_interval_millis=to.interval * 1000, export_timeout_millis=to.interval * 1000
    )
    made = MeterProvider(resource=about, metric_readers=[reader], shutdown_on_exit=False)
    SystemMetricsInstrumentor(config=MEASURED).instrument(meter_provider=made)
    gauges.observe(made.get_meter("yunheng_agent", __version__))
    return made, exporter


def goodbye(to: Settings, reason: str, session: requests.Session | None = None) -> int:
    """Tell the platform that this stops by somebody's will; returns the status of its answer, 0 where none came."""
    try:
        answer = (session or requests).post(
            f"{to.endpoint}/v1/goodbye", json={"reason": reason}, headers=to.headers, timeout=5
        )
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


def check(to: Settings) -> int:
    """Send once and say what the platform answered."""
    session = Noting()
    made, exporter = provider(to, session)
    made.force_flush()
    sent = exporter.deliver() and session.status == 200
    made.shutdown()
    print(f"主机标识 {host_id()}；" + ("平台已收下" if sent else f"没有送达，平台答复 {session.status or '无'}"))
    return int(not sent)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("yunheng-agent", description="云衡监控插件")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="上报，直至停止")
    commands.add_parser("check", help="上报一次，显示平台的答复")
    commands.add_parser("goodbye", help="告知平台插件即将停止").add_argument("--reason", required=True)
    asked = parser.parse_args(arguments)
    to = settings(dict(os.environ))
    if asked.command == "goodbye":
        status = goodbye(to, asked.reason)
        print("平台已收到" if status == 204 else f"没有送达，平台答复 {status or '无'}")
        return int(status != 204)
    return run(to) if asked.command == "run" else check(to)


if __name__ == "__main__":
    sys.exit(main())
