"""Work out months: every service by Article 15, stored as lines; running it twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from yunheng.domain.billing.models import Accrual, AccrualLine
from yunheng.domain.billing.queries import terms_of
from yunheng.domain.billing.runs import COLUMNS, Run, run
from yunheng.domain.billing.storage import insert_rows
from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services.models import Service
from yunheng.law.ch3_funding.art15_charging import Unpriced
from yunheng.law.kernel.period import Period, month_of

STORED = ("accrual_id", "service_id", "unit_id", "system_id", "contract_id", *COLUMNS)


def accrue_month(*, jurisdiction_id: int, month: date, at: datetime) -> Accrual:
    """Compute the month that contains ``month`` and replace what was stored. A service without price is parked."""
    return accrue(jurisdiction_id=jurisdiction_id, period=month_of(month), at=at)[0]


@transaction.atomic
def accrue(*, jurisdiction_id: int, period: Period, at: datetime) -> list[Accrual]:
    """The same for whole months at once, in one transaction: an interrupted run leaves what was there."""
    place = Jurisdiction.objects.get(pk=jurisdiction_id)
    months = period.by_months()
    accruals = {m.start: _accrual(jurisdiction_id, m.start, at) for m in months}
    AccrualLine.objects.filter(accrual__in=accruals.values()).delete()
    terms = {m: terms_of(jurisdiction_id=jurisdiction_id, month=m.start) for m in months}
    for same, group in groupby(months, key=terms.__getitem__):
        span = list(group)
        with run(jurisdiction=place, period=Period(span[0].start, span[-1].end), terms=same) as (done, services):
            held = {(gap.service_id, month.start) for gap in done.parked for month in _months(gap)}
            held |= {(unsound.service_id, month.start) for unsound in done.broken for month in span}
            insert_rows(AccrualLine, STORED, _rows(done, services, accruals, held))
            for gap in done.parked:
                _park(accruals, gap)
            for unsound in done.broken:
                words = {"service": unsound.service_id, "sku": "", "from": "", "to": "", "why": unsound.reason}
                accruals[span[0].start].parked.append(words)
    for accrual in accruals.values():
        accrual.computed_at = at
        accrual.save(update_fields=["computed_at", "parked"])
    return list(accruals.values())


def _accrual(jurisdiction_id: int, month: date, at: datetime) -> Accrual:
    accrual, _ = Accrual.objects.select_for_update().get_or_create(
        jurisdiction_id=jurisdiction_id, month=month, defaults={"computed_at": at}
    )
    accrual.parked = []
    return accrual


def _rows(
    done: Run, services: dict[str, Service], accruals: dict[date, Accrual], held: set[tuple[str, date]]
) -> Iterator[tuple[Any, ...]]:
    months = {f"{month:%Y-%m}": (month, accrual.pk) for month, accrual in accruals.items()}
    for number, *line in done.rows():
        month, accrual = months[line[1][:7]]
        if (number, month) not in held:
            row = services[number]
            yield (accrual, row.pk, row.unit_id, row.system_id, row.contract_id, *line)


def _months(gap: Unpriced) -> list[Period]:
    return [month_of(part.start) for part in gap.period.by_months()]


def _park(accruals: dict[date, Accrual], gap: Unpriced) -> None:
    """The gap under each month that it touches, with its days there."""
    for part in gap.period.by_months():
        accruals[part.start.replace(day=1)].parked.append(
            {"service": gap.service_id, "sku": gap.sku, "from": f"{part.start}", "to": f"{part.end}", "why": "没有价格"}
        )
