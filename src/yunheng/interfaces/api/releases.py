"""Article 8 over the interface: heartbeats of the monitoring plug-ins, and the conditions of a release."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from yunheng.domain.services.models import Release
from yunheng.domain.services.release.heartbeats import Beat, hear
from yunheng.domain.services.release.operations import conditions_of
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.operations import GONE
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, who

router = Router(tags=["对外发布"])


class HeartbeatIn(Schema):
    """The plug-in of an instance was heard at ``at``; now where it is not given."""

    service: s.Short
    instance: s.Short
    version: s.Short = ""
    at: datetime | None = None


class HeardOut(Schema):
    """How many heartbeats were newer than what was known."""

    heard: int


class ConditionOut(Schema):
    """A condition of a release: green, red, or none (not required); ``valid_until`` is the last day it holds."""

    kind: str
    name: str
    state: str
    evidence: str
    reason: str
    valid_until: date | None


@router.post("/heartbeats", response={200: HeardOut, **MISSES})
def heartbeats(request: HttpRequest, body: HeartbeatIn | list[HeartbeatIn]) -> HeardOut:
    """Report one heartbeat, or up to 5,000 at once, of the provider's own services. All or none are kept."""
    now, rows = timezone.now(), body if isinstance(body, list) else [body]
    beats = [
        Beat(f"第 {n} 条", row.service, row.instance, row.version, _moment(row.at, now))
        for n, row in enumerate(rows, 1)
    ]
    return HeardOut(heard=hear(beats=beats, actor=who(request), at=now))


def _moment(given: datetime | None, now: datetime) -> datetime:
    """A moment without a zone is local time."""
    if given is None:
        return now
    return given if given.tzinfo else timezone.make_aware(given)


@router.get("/cases/{number}/conditions", response={200: list[ConditionOut], **MISSES})
def conditions(request: HttpRequest, number: s.Short) -> list[ConditionOut]:
    """Each condition of a release as it stands now."""
    case = find_case(actor=who(request), number=number)
    if not isinstance(case, Release):
        raise NotFound(GONE)
    return [ConditionOut.from_orm(one) for one in conditions_of(case, at=timezone.now())]
