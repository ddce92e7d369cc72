"""Somebody's machine that takes events: a real server on loopback that answers as its test says."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Receiver:
    """What arrived, and how it is answered: a status, "hang" (no answer), "drip" (an answer that never ends)."""

    port: int = 0
    answer: int | str = 200
    arrived: list[tuple[Message, bytes]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # what TLS was asked for
    over: Event = field(default_factory=Event)

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/events"


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.receiver.arrived.append((self.headers, body))
        match self.receiver.answer:
            case "hang":
                self.receiver.over.wait(10)
            case "drip":
                self._drip()
            case code:
                self.send_response(int(code))
                if 300 <= int(code) < 400:
                    self.send_header("Location", f"http://127.0.0.1:{self.receiver.port}/elsewhere")
                self.end_headers()

    def do_GET(self) -> None:
        self.receiver.arrived.append((self.headers, b"GET"))

    def _drip(self) -> None:
        """A byte at a time: each comes in time, the answer never does."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.receiver.over.is_set():
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Not on the screen."""


@contextmanager
def receiving(answer: int | str = 200, *, certificate: str = "") -> Iterator[Receiver]:
    """A server until the end of the block; with a certificate (a PEM file with its key) over TLS."""
    receiver = Receiver(answer=answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver}))
    server.daemon_threads = True
    server.block_on_close = False
    receiver.port = server.server_address[1]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
