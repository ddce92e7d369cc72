"""Articles 8 and 10.2 over the interface: monitoring plug-ins, each with a token of its own; tables of utilisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile

from yunheng.domain.billing.use import CITE as USE_CITE
from yunheng.domain.billing.use import hand_in_use
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.handing import hand_in
from yunheng.domain.metering.integrity import open_doubts
from yunheng.domain.metering.models import Integrity, Sender
from yunheng.domain.metering.usage import hours_of_service, of_service
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who

router = Router(tags=["监控插件"])


class SenderIn(Schema):
    """The instance of a service whose plug-in is enrolled."""

    service: s.Short
    instance: s.Short


class SenderOut(Schema):
    """A plug-in; ``host`` and ``key`` (Ed25519, hex) are those that used its token first, ``strange_host`` tried later.

    ``doubts`` are the numbers of the open cases about its data (24.1.4).
    """

    id: int
    service: str
    instance: str
    resource: str
    enrolled_at: datetime
    revoked_at: datetime | None
    host: str
    key: str
    heard_at: datetime | None
    version: str
    strange_host: str
    strange_at: datetime | None
    doubts: list[str]


class EnrolledOut(SenderOut):
    """With the token, which is shown this once."""

    token: str


class UsedOut(Schema):
    """An instance's metric on a local day; a figure that was not given is null."""

    instance: str
    metric: str
    day: date
    mean: float | None
    p95: float | None
    max: float | None
    n: int


class UsedHourOut(Schema):
    """An instance's metric in the hour that begins at ``hour``; a figure that was not given is null."""

    instance: str
    metric: str
    hour: datetime
    mean: float | None
    p95: float | None
    max: float | None
    n: int


class UsageTableOut(Schema):
    """A table that was kept; its figures count within some minutes."""

    filename: str
    digest: str
    rows: int
    instances: int
    first: date
    last: date


class UseTableOut(Schema):
    """A table of use that was kept; ``corrected`` rows replaced an earlier record."""

    filename: str
    digest: str
    rows: int
    corrected: int


@router.post("/senders", response={200: EnrolledOut, **MISSES})
def enrol(request: HttpRequest, body: SenderIn) -> EnrolledOut:
    """Enrol a plug-in. It sends to `/v1/metrics` (OTLP) or `/api/v1/write` (Prometheus) with the token as Bearer."""
    sender, token = do.enrol(service=body.service, instance=body.instance, actor=who(request), at=timezone.now())
    return EnrolledOut(**_out(sender).dict(), token=token)


@router.get("/senders", response={200: list[SenderOut], **MISSES})
def list_senders(
    request: HttpRequest, after: int = Query(0, ge=0), limit: int = Query(50, ge=1, le=MOST)
) -> list[SenderOut]:
    """The plug-ins of the services that the caller may see, ``limit`` after the id ``after``."""
    found = list(do.senders(actor=who(request)).filter(pk__gt=after).order_by("pk")[:limit])
    doubts = open_doubts(row.pk for row in found)
    return [_out(row, doubts) for row in found]


@router.post("/usage/file", response={200: UsageTableOut, **MISSES})
def hand_in_usage(request: HttpRequest, file: File[UploadedFile]) -> UsageTableOut:
    """Hand in a table of utilisation (multipart; columns as in the page's template); with a wrong row none is kept."""
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise BadInput([Problem("文件", f"超过 {settings.UPLOAD_MAX_BYTES // 1048576} MB")], cite=do.CITE)
    made = hand_in(content=file.read(), filename=file.name or "", actor=who(request), at=timezone.now())
    return UsageTableOut(
        filename=made.filename, digest=made.digest, rows=made.rows, instances=made.instances, first=made.first,
        last=made.last,
    )  # fmt: skip


@router.post("/use/file", response={200: UseTableOut, **MISSES})
def hand_in_use_table(request: HttpRequest, file: File[UploadedFile]) -> UseTableOut:
    """Hand in the use of services that are charged by use (multipart; columns as in the page's template)."""
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise BadInput([Problem("文件", f"超过 {settings.UPLOAD_MAX_BYTES // 1048576} MB")], cite=USE_CITE)
    made = hand_in_use(content=file.read(), filename=file.name or "", actor=who(request), at=timezone.now())
    return UseTableOut(filename=made.filename, digest=made.digest, rows=made.rows, corrected=made.corrected)


@router.get("/services/{number}/usage", response={200: list[UsedOut], **MISSES})
def get_usage(request: HttpRequest, number: s.Short, since: s.Day, until: s.Day) -> list[UsedOut]:
    """What was measured of a service's instances, day by day; both days included, at most 400."""
    found = of_service(number=number, since=since, until=until, actor=who(request))[1]
    return [UsedOut(**vars(row)) for row in found]


@router.get("/services/{number}/usage/hours", response={200: list[UsedHourOut], **MISSES})
def get_hours(request: HttpRequest, number: s.Short, since: s.Day, until: s.Day) -> list[UsedHourOut]:
    """The same hour by hour; at most seven days. What a provider handed in by day has no hours."""
    found = hours_of_service(number=number, since=since, until=until, actor=who(request))[1]
    return [UsedHourOut(**vars(row)) for row in found]


@router.delete("/senders/{sender}", response={200: SenderOut, **MISSES})
def revoke(request: HttpRequest, sender: int) -> SenderOut:
    """The token of a plug-in no longer counts."""
    return _out(do.revoke(sender=sender, actor=who(request), at=timezone.now()))


def _out(row: Sender, doubts: Mapping[int, list[Integrity]] | None = None) -> SenderOut:
    cases = open_doubts([row.pk]) if doubts is None else doubts
    return SenderOut(
        id=row.pk, service=row.service.number, instance=row.instance, resource=row.resource,
        enrolled_at=row.enrolled_at, revoked_at=row.revoked_at, host=row.host, key=row.key, heard_at=row.heard_at,
        version=row.version, strange_host=row.strange_host, strange_at=row.strange_at,
        doubts=[case.number for case in cases.get(row.pk, [])],
    )  # fmt: skip
