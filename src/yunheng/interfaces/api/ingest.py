"""Where plug-ins deliver what they measured (8, 10.2): OTLP/HTTP, and Prometheus remote-write 1.0.

Senders drop what is answered with 4xx and come again after 503. So 4xx is for what would never be right, 503 with
Retry-After for whatever is our own trouble, and never 429, which senders of OTLP take for the end.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Semaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from yunheng.domain.metering import operations as do
from yunheng.domain.metering.goodbyes import Signed, say_goodbye
from yunheng.domain.metering.models import Sender
from yunheng.domain.metering.samples import NAME_MOST, Batch, usable
from yunheng.domain.metering.wire import TooLarge, Unreadable, otlp, remote_write
from yunheng.domain.metering.wire.packing import gunzip, unsnap

log = logging.getLogger(__name__)
PROTOBUF = "application/x-protobuf"
AGAIN_AFTER = "10"  # seconds
FIRST = ("", "prometheus.WriteRequest")  # remote-write 1.0, by the parameter "proto"
SIGNED = ("host", "moment", "key", "signature")
Read = Callable[[Sender, bytes], HttpResponse]


class Wrong(Exception):
    """An answer that ends the delivery."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Busy(Exception):
    """As many deliveries as the memory allows are being read already."""


@cache
def turns() -> Semaphore:
    """The deliveries that this process reads at once."""
    return Semaphore(settings.METERING_AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    if not turns().acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        turns().release()


def otlp_status(message: str) -> bytes:
    """google.rpc.Status with a message alone, in which OTLP wants an error."""
    text = message.encode()[:120].decode(errors="ignore").encode()  # the length is one byte; no character is cut
    return b"\x12" + bytes([len(text)]) + text


def _body(request: HttpRequest) -> bytes:
    """The body, read no further than what is taken; Django's own limit is for forms."""
    most = settings.METERING_BODY_MOST
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > most:
        raise TooLarge("一次上报过大")
    data = request.read(most + 1)
    if len(data) > most:
        raise TooLarge("一次上报过大")
    return data


def _sender(request: HttpRequest) -> Sender:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    sender = do.sender_of(token=token.strip(), at=timezone.now()) if scheme.lower() == "bearer" and token else None
    if sender is None:
        raise Wrong(401, "令牌无效、已停用或没有提供，请重新登记插件")
    return sender


def _delivery(request: HttpRequest, read: Read, said: Callable[[int, str], HttpResponse]) -> HttpResponse:
    """Every way in which a delivery can end."""
    try:
        if request.method != "POST":
            raise Wrong(405, "只接受 POST")
        with _turn():
            return read(_sender(request), _body(request))
    except Wrong as wrong:
        answer = said(wrong.status, wrong.message)
        if wrong.status == 401:
            answer["WWW-Authenticate"] = "Bearer"
        return answer
    except do.HostDiffers as differs:
        return said(differs.status, f"{differs.message}。{differs.todo}")
    except TooLarge as large:
        return said(413, str(large))
    except Unreadable as unreadable:
        return said(400, str(unreadable))
    except Exception as error:  # ours, whatever it is: the sender keeps what it has and comes again
        if not isinstance(error, Busy):
            log.exception("a delivery could not be kept")
        answer = said(503, "暂时不能保存，请稍后重发")
        answer["Retry-After"] = AGAIN_AFTER
        return answer


def _kept(sender: Sender, batch: Batch, hosts: set[str], version: str) -> None:
    at = timezone.now()
    if len(hosts) > 1:
        raise Wrong(403, "一个令牌只能上报一台主机的数据")
    if batch.lines and not hosts:
        raise Wrong(400, "没有写明主机：OTLP 须有 host.id，Prometheus 须有 instance 标签")
    if len(batch.keys) > 1:
        raise Wrong(403, "一台主机只能用一个签名公钥")
    for host in hosts:
        do.bind(sender, host=host, key="".join(batch.keys), at=at)
    do.receive(sender, batch=batch, version=version, at=at)


def _media(request: HttpRequest) -> tuple[str, str]:
    """The media type and its parameter ``proto``."""
    return (request.content_type or "").lower(), (request.content_params or {}).get("proto", "").strip('"')


def _plain(status: int, message: str) -> HttpResponse:
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")


@csrf_exempt
def metrics(request: HttpRequest) -> HttpResponse:
    """POST /v1/metrics: OTLP over HTTP in protobuf, plain or gzip. What is refused is said as partial success."""

    def said(status: int, message: str) -> HttpResponse:
        return HttpResponse(otlp_status(message), status=status, content_type=PROTOBUF)

    def read(sender: Sender, body: bytes) -> HttpResponse:
        encoding = request.headers.get("Content-Encoding", "identity").lower()
        if _media(request)[0] != PROTOBUF or encoding not in ("identity", "gzip", ""):
            raise Wrong(415, "须为 application/x-protobuf，不压缩或以 gzip 压缩")
        most = settings.METERING_UNPACKED_MOST
        data = gunzip(body, most) if encoding == "gzip" else body
        batch = Batch(sender.resource)
        hosts = otlp.read(data, batch=batch, window=do.window(at=timezone.now()))
        _kept(sender, batch, hosts, request.headers.get("User-Agent", ""))
        return HttpResponse(otlp.answer(batch), content_type=PROTOBUF)

    return _delivery(request, read, said)


@csrf_exempt
def goodbye(request: HttpRequest) -> HttpResponse:
    """POST /v1/goodbye: {"reason": "…"}, and from a plug-in with a key "host", "moment", "key", "signature"."""

    def read(sender: Sender, body: bytes) -> HttpResponse:
        reason, by = _goodbye(body)
        made = say_goodbye(sender, reason=reason, by=by, at=timezone.now())
        if made.verdict == "mismatch":
            raise Wrong(403, "签名不符：不是本令牌绑定的主机和签名公钥，已记录")
        return HttpResponse(status=204)

    return _delivery(request, read, _plain)


def _goodbye(body: bytes) -> tuple[str, Signed | None]:
    try:
        said = json.loads(body)
        parts = {name: said.get(name, "") for name in ("reason", *SIGNED)}
    except (ValueError, AttributeError) as error:
        raise Unreadable('须为 {"reason": "…"}') from error
    if not all(_is_text(one) for one in parts.values()) or "reason" not in said:
        raise Unreadable(f"reason、{'、'.join(SIGNED)} 须为不超过 {NAME_MOST} 个字符的文字")
    given = [bool(parts[name]) for name in SIGNED]
    if any(given) and not all(given):
        raise Unreadable(f"签名的告知须有 {'、'.join(SIGNED)}")
    return parts.pop("reason"), Signed(**parts) if all(given) else None


def _is_text(value: object) -> bool:
    """Half a surrogate pair is a text to JSON and to nobody else."""
    return isinstance(value, str) and usable(value) and value.encode(errors="ignore").decode() == value


@csrf_exempt
def write(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/write: remote-write 1.0, a snappy block. 2.0 is answered with 415, and senders fall back."""

    def read(sender: Sender, body: bytes) -> HttpResponse:
        media, proto = _media(request)
        if media != PROTOBUF or proto not in FIRST or request.headers.get("Content-Encoding", "").lower() != "snappy":
            raise Wrong(415, "须为 remote-write 1.0：application/x-protobuf，以 snappy 压缩")
        data = unsnap(body, settings.METERING_UNPACKED_MOST)
        batch = Batch(sender.resource)
        hosts = remote_write.read(data, batch=batch, window=do.window(at=timezone.now()))
        _kept(sender, batch, hosts, request.headers.get("User-Agent", ""))
        return _plain(400, f"其余已保存；未保存 {batch.why}") if batch.refused else HttpResponse(status=204)

    return _delivery(request, read, _plain)
