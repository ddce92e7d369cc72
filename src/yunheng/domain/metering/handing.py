"""A provider hands in its utilisation table (10.2): all of it is kept, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from yunheng.domain.metering import given, tables
from yunheng.domain.metering.models import UsageTable, resource_of
from yunheng.domain.metering.operations import terms_on
from yunheng.domain.metering.samples import ms_of
from yunheng.domain.parties.queries import of_providers
from yunheng.domain.services import ledger
from yunheng.domain.services.release.facts import instances_of
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotYours


def hands_in(actor: Actor) -> bool:
    """Whether somebody may hand in a table: the provider's delivery and monitoring."""
    return actor.kind == "provider" and (actor.has("delivery") or actor.has("monitor"))


@transaction.atomic
def hand_in(*, content: bytes, filename: str, actor: Actor, at: datetime) -> UsageTable:
    """Keep a table of the provider's own services; its figures count from the next run of the job.

    Of two tables with the same instance and time the later stands. Raises NotYours, or BadInput with every wrong row.
    """
    if not hands_in(actor):
        raise NotYours("资源使用情况表由云服务商的交付或监测人员报送", cite=tables.CITE, todo="交云服务商办理")
    rows = tables.rows_of(content, filename)
    figures = tables.checked(rows, _expected(tables.services_in(rows), actor, at))
    days = [one.day for one in figures]
    made = UsageTable.objects.create(
        provider_id=actor.organisation_id, person_id=actor.person_id, received_at=at, filename=filename[:200],
        digest=sm3(content), rows=len(rows), instances=len({one.resource for one in figures}),
        first=min(days), last=max(days),
    )  # fmt: skip
    body = {"digest": made.digest, "rows": made.rows, "by": actor.person_id}
    audit.write(kind="metering.provided", subject=f"{made.first}/{made.last}", at=at, body=body)
    given.put(settings.METERING, figures, at=ms_of(at))  # last: what fails after it is handed in again
    return made


def handed_in(*, actor: Actor) -> QuerySet[UsageTable]:
    """A provider its own, bureau and centre all of the jurisdiction, nobody else: they are about many units' services."""
    found = UsageTable.objects.select_related("provider", "person")
    return of_providers(found, actor=actor, place="provider__jurisdiction_id")


def _expected(numbers: set[str], actor: Actor, at: datetime) -> tables.Expected:
    services = ledger.services(actor=actor).filter(number__in=numbers).select_related("jurisdiction")
    today = localdate(at)
    terms = terms_on(today)
    return tables.Expected(
        services={
            row.number: tables.Known(resource_of(row, ""), row.opened_on, row.closed_on, frozenset(instances_of(row)))
            for row in services
        },
        today=today,
        first=today - timedelta(days=terms.daily),
        first_hourly=today - timedelta(days=terms.hourly),
        zone=ZoneInfo(settings.TIME_ZONE),
    )
