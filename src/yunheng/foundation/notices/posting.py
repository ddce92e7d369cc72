"""One POST to a checked address: no redirect, no proxy, no long wait, and next to nothing read of the answer."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic

from yunheng.foundation.notices.targets import Target

CONNECT = 5  # seconds for the connection itself
READ_AT_MOST = 4096
SHORTEST = 0.01


@dataclass(frozen=True)
class Answer:
    """What came of it: the status, or why there is none, in Chinese."""

    code: int | None = None
    error: str = ""

    @property
    def taken(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def gone(self) -> bool:
        return self.code == http.client.GONE

    @property
    def away(self) -> bool:
        """Nobody answers there now, or wants to: the next event would fare no better."""
        return self.code in (None, 429, 502, 503, 504)


class _Pinned(http.client.HTTPConnection):
    """Connects to the addresses that were checked, never to what a name says meanwhile; for TLS the name stays."""

    def __init__(self, target: Target, found: Sequence[str], ends: float) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.tls else 80
        self.target, self.found, self.ends = target, found, ends
        self.late = False
        self.timer: Timer | None = None

    def connect(self) -> None:
        self.sock = self._reach()
        # A timeout of the socket starts anew with each byte; the whole has an end of its own.
        self.timer = Timer(max(self.ends - monotonic(), SHORTEST), self._cut)
        self.timer.daemon = True
        self.timer.start()
        if self.target.tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _reach(self) -> socket.socket:
        failure: OSError = TimeoutError()
        for address in self.found:
            left = self.ends - monotonic()
            if left <= 0:
                break
            try:
                reached = socket.create_connection((address, self.target.port), timeout=min(CONNECT, left))
            except OSError as error:
                failure = error
                continue
            reached.settimeout(max(self.ends - monotonic(), SHORTEST))
            return reached
        raise failure

    def _cut(self) -> None:
        self.late = True
        if self.sock:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # beneath TLS, where another thread may be reading

    def close(self) -> None:
        if self.timer:
            self.timer.cancel()
        super().close()


def post(target: Target, found: Sequence[str], *, body: str, headers: dict[str, str], seconds: float) -> Answer:
    """Send the body to one of the addresses within ``seconds`` in all. Never raises for what the other side does."""
    connection = _Pinned(target, found, monotonic() + seconds)
    try:
        connection.request("POST", target.path, body.encode(), {"user-agent": "yunheng", **headers})
        answer = connection.getresponse()
        if connection.late:  # cut off in the middle of its head, which http.client takes for the end of it
            raise TimeoutError
        with suppress(OSError, http.client.HTTPException):  # the status is what counts, however the body ends
            answer.read(READ_AT_MOST)
        return Answer(answer.status, _said(answer.status))
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = connection.late or isinstance(error, TimeoutError)
        return Answer(None, f"对方没有在 {seconds:g} 秒内答复" if late else _failed(error))
    finally:
        connection.close()


def _said(code: int) -> str:
    if 200 <= code < 300:
        return ""
    return "对方要求转到别处，推送不跟随转向" if 300 <= code < 400 else f"对方答复 {code}"


def _failed(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"对方的证书不可信：{error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "与对方建立加密连接没有成功"
    return "对方拒绝连接" if isinstance(error, ConnectionRefusedError) else "与对方的连接中断或无法建立"
