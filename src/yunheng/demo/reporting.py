"""The machines of the demonstration city: what was alive when the city was left is heard of again, as by its provider.

Without them every released system would turn amber a day after the city was built, for nobody would report (8).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from yunheng.domain.parties.models import Organisation, Person
from yunheng.domain.parties.queries import actor_for
from yunheng.domain.services.models import Heartbeat
from yunheng.domain.services.release.heartbeats import MOST, Beat, hear

ALIVE = timedelta(days=1)  # before the last one that was heard; what fell silent earlier stays silent


def report(at: datetime) -> int:
    """Let each provider report the plug-ins that were alive when its last one was heard; returns how many.

    Where no demonstration city was built there are no such machines.
    """
    if not (Path(settings.HOME) / "demo-logins.json").exists():
        return 0
    return sum(_report(provider, at) for provider in Organisation.objects.filter(kind="provider").order_by("pk"))


def _report(provider: Organisation, at: datetime) -> int:
    held = Heartbeat.objects.filter(service__contract__provider=provider).select_related("service")
    newest = held.aggregate(at=Max("heard_at"))["at"]
    watching = Person.objects.filter(organisation=provider, grants__role="monitor", is_active=True).first()
    if newest is None or watching is None or newest >= at:
        return 0
    alive = [row for row in held.filter(heard_at__gt=newest - ALIVE) if row.service.runs_on(at.date())]
    beats = [Beat("", row.service.number, row.instance, row.version, at) for row in alive[:MOST]]
    return hear(beats=beats, actor=actor_for(person=watching, at=at), at=at)
