"""Work out a month: every service by Article 15, stored as lines; running it twice changes nothing."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from yunheng.domain.billing.models import Accrual, AccrualLine
from yunheng.domain.billing.queries import terms_of
from yunheng.domain.services.ledger import accounts
from yunheng.domain.services.models import Service
from yunheng.law.ch3_funding.art15_charging import Line, charge
from yunheng.law.ch3_funding.art15_facts import Account, Terms
from yunheng.law.kernel.period import Period, month_of

_RELATED = ("conditions", "moves_out__source", "moves_out__target", "moves_in__source", "moves_in__target")


@transaction.atomic
def accrue_month(*, jurisdiction_id: int, month: date, at: datetime) -> Accrual:
    """Compute the month that contains ``month`` and replace what was stored. A service without price is parked."""
    period = month_of(month)
    accrual, _ = Accrual.objects.select_for_update().get_or_create(
        jurisdiction_id=jurisdiction_id, month=period.start, defaults={"computed_at": at}
    )
    alive = Service.objects.filter(jurisdiction_id=jurisdiction_id, opened_on__lt=period.end)
    rows = list(
        alive.exclude(closed_on__lte=period.start)
        .select_related("unit", "system", "contract__provider")
        .prefetch_related("contract__prices__contract", *_RELATED)
    )
    terms = terms_of(jurisdiction_id=jurisdiction_id, month=period.start)
    lines, parked = [], []
    for row, account in zip(rows, accounts(rows), strict=True):
        made, gaps = _lines_of(account, period, terms)
        lines += [_stored(accrual, row, line) for line in made]
        parked += gaps
    accrual.lines.all().delete()
    AccrualLine.objects.bulk_create(lines, batch_size=500)
    accrual.computed_at, accrual.parked = at, parked
    accrual.save(update_fields=["computed_at", "parked"])
    return accrual


def _lines_of(account: Account, period: Period, terms: Terms) -> tuple[tuple[Line, ...], list[dict[str, str]]]:
    charged = charge(account, period=period, terms=terms)
    gaps = [
        {"service": g.service_id, "sku": g.sku, "from": f"{g.period.start}", "to": f"{g.period.end}", "why": "没有价格"}
        for g in charged.gaps
    ]
    return (() if gaps else charged.lines), gaps


def _stored(accrual: Accrual, row: Service, line: Line) -> AccrualLine:
    return AccrualLine(
        accrual=accrual,
        service=row,
        unit_id=row.unit_id,
        system_id=row.system_id,
        contract_id=row.contract_id,
        sku=line.sku,
        from_on=line.period.start,
        to_on=line.period.end,
        days=line.days,
        quantity=line.quantity,
        unit_price=line.unit_price,
        per=line.per,
        payer=line.payer,
        rule=line.rule,
        amount=line.amount,
    )
