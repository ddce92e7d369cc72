"""Months without use (15.1): what is charged by use and has no record of a month; its provider is told once.

Without a record nothing is charged of the month: nobody can tell whether nothing was used or nothing was handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.billing.use import BY_USE, CITE
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import Service, UseRecord
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.kernel.period import Period, month_of
from yunheng.law.kernel.terms import ONE_DAY, due_on

MOST_NAMED = 20
Missing = tuple[Period, Service]  # a month and a service that has no use recorded in it


def missing(*, contracts: Sequence[Contract], period: Period, today: date) -> list[Missing]:
    """Each month of ``period`` that is over and each service by use without a record of it, by month and number."""
    metered = [one for one in contracts if one.prices.filter(per=BY_USE).exists()]
    found = Service.objects.filter(contract__in=metered, trial=False).order_by("number")
    services = list(found.select_related("contract").prefetch_related("conditions"))
    months = [month for month in period.by_months() if month.end <= today]
    if not services or not months:
        return []
    given = UseRecord.objects.filter(service__in=services, replaced_by=None, on__gte=months[0].start)
    known = {(service, on.replace(day=1)) for service, on in given.values_list("service_id", "on")}
    prices: dict[tuple[int, date], dict[str, Price]] = {}
    return [
        (month, service)
        for month in months
        for service in services
        if (service.pk, month.start.replace(day=1)) not in known and _by_use(service, month, prices)
    ]


def _by_use(service: Service, month: Period, prices: dict[tuple[int, date], dict[str, Price]]) -> bool:
    """Whether a service was charged by use on its last day of a month."""
    on = service.within(month.end - ONE_DAY)
    if on not in month or not service.runs_on(on) or service.at("suspended", on) == "true":
        return False
    key = (service.contract_id, on)
    if key not in prices:
        prices[key] = prices_on(contract=service.contract, on=on)
    price = prices[key].get(service.at("sku", on))
    return price is not None and price.per == BY_USE


def words(found: Sequence[Missing]) -> str:
    """2026年5月 S-2026-0001、S-2026-0002；2026年6月 S-2026-0001; the rest is counted."""
    months: dict[date, list[str]] = {}
    for month, service in found[:MOST_NAMED]:
        months.setdefault(month.start, []).append(service.number)
    said = "；".join(f"{start.year}年{start.month}月 {'、'.join(numbers)}" for start, numbers in months.items())
    return said + (f"等 {len(found)} 项" if len(found) > MOST_NAMED else "")


def remind(*, at: datetime) -> int:
    """Tell each provider what it has not handed in of the last month, once, when the days for it are over.

    Returns how many were told.
    """
    month = month_of(month_of(localdate(at)).start - ONE_DAY)
    providers = Organisation.objects.filter(contracts_served__prices__per=BY_USE).distinct().order_by("pk")
    return sum(_told(provider, month, at) for provider in providers)


@transaction.atomic
def _told(provider: Organisation, month: Period, at: datetime) -> bool:
    today, place = localdate(at), provider.jurisdiction_id
    term = parameters_on(today, place)["use_table_reminder"]
    subject = f"{month.start.year}年{month.start.month}月的用量尚未报送"
    if today <= due_on(month.end - ONE_DAY, term, calendar_for(place)):
        return False
    if notices.was_told_of(organisation_id=provider.pk, subject=subject):
        return False
    found = missing(contracts=list(Contract.objects.filter(provider=provider)), period=month, today=today)
    if not found:
        return False
    text = (
        f"下列按用量计价的服务没有{subject.removesuffix('尚未报送')}：{words(found)}。没有用量的不计费，结算时列明；"
        f"确实没有使用的，填 0。依据：{CITE.zh}。"
    )
    notices.tell(organisation_ids=[provider.pk], subject=subject, text=text, at=at, cite=CITE.key)
    return True
