"""What the ledger knows of everything that runs on a day and could be measured (10.2), by the name it is measured under.

A machine whose item names cores and memory is judged by its use; a disk, a store, an address, a balancer, bandwidth by
rules of their own. What could be measured and is not is here too, with the reason; what has nothing to be measured
(licences, people), and what is paid by use alone, is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min
from django.utils.timezone import localdate

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Price
from yunheng.domain.funding.queries import annual_fee, prices_on
from yunheng.domain.metering.models import resource_of
from yunheng.domain.optimization.calendar.facts import protecting
from yunheng.domain.optimization.engine.detection import Known
from yunheng.domain.optimization.engine.layout import Connection, midnight
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.services import ledger
from yunheng.domain.services.inventories.queries import held
from yunheng.domain.services.models import Heartbeat, Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.law.ch1_general.art02_services import BANDWIDTH, PARTS, measured_as
from yunheng.law.ch2_use.art10_listed import Listing, attachment
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.parameters import Parameters

SIZED = re.compile(r"(?P<vcpu>\d+)\s*核\s*(?P<memory>\d+)\s*G")  # as items of the catalogue are named: 云主机 4核16G
SWELLING = ("disk", "store", "bandwidth")  # sorts that another quantity makes another size
FALSE = "监测数据已认定失真，核实整改以前不采用"
MONTHS_A_YEAR, BATCH = 12, 2000
ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True)
class Watch:
    """An instance of a line of the ledger ("" where none is recorded), and what the whole line costs a month."""

    service: Service
    instance: str
    known: Known
    monthly: Decimal | None


@dataclass(frozen=True)
class Offer:
    """What can be had under a contract on a day: items and prices by code, and by code the kind of product and size."""

    items: Mapping[str, Item]
    prices: Mapping[str, Price]
    sizes: Mapping[str, tuple[str, Size]]


def start_of(day: date) -> datetime:
    """The first moment of a local day in the words of the measuring."""
    return midnight(datetime.combine(day, time()), ZONE)


def size_of(item: Item, price: Price | None) -> Size | None:
    """Cores, memory (GiB) and yuan a month of an item of the catalogue; None where it has no size."""
    found = SIZED.search(item.name)
    if found is None:
        return None
    return Size(int(found["vcpu"]), int(found["memory"]), item.code, monthly_fee(price, Decimal(1)))


def monthly_fee(price: Price | None, quantity: Decimal) -> Decimal | None:
    """Yuan a month; None where there is no yearly fee."""
    fee = annual_fee(price=price, quantity=quantity)
    return None if fee is None else (fee / MONTHS_A_YEAR).quantize(Decimal("0.01"))


def watched_on(jurisdiction_id: int, on: date, p: Parameters) -> dict[str, Watch]:
    """Everything that runs on a day and could be measured, by the name under which it is."""
    running = ledger.running_on(Service.objects.filter(jurisdiction_id=jurisdiction_id, trial=False), on)
    rows = running.select_related("contract", "system", "unit", "jurisdiction")
    items = {item.code: item for item in Item.objects.filter(jurisdiction_id=jurisdiction_id).order_by("valid_from")}
    offers: dict[int, Offer] = {}
    since = dict(
        Service.objects.filter(jurisdiction_id=jurisdiction_id).values_list("system").annotate(Min("opened_on"))
    )
    busy, last = protecting(jurisdiction_id=jurisdiction_id, on=on), _last_advice(jurisdiction_id)
    first = on - timedelta(days=p["advice_window_disk"].n)
    providers = set(rows.order_by().values_list("contract__provider", flat=True))
    listed = held(providers=providers, since=first, until=on)
    doubted, found = _doubted(jurisdiction_id), dict[str, Watch]()
    for service in rows.prefetch_related("conditions").order_by("pk"):
        if service.contract_id not in offers:
            offers[service.contract_id] = _offer(items, prices_on(contract=service.contract, on=on), on)
        offer = offers[service.contract_id]
        known = _known(service, offer, on)
        if known is None:
            continue
        known = replace(
            known, declared=busy.get(service.system_id, ()), months=_months(since[service.system_id], on),
            advised_on=_latest(service, last.get(service.pk), on),
        )  # fmt: skip
        provider = service.contract.provider_id
        monthly = monthly_fee(offer.prices.get(service.at("sku", on)), Decimal(service.at("quantity", on)))
        for instance in instances_of(service) or [""]:
            series = [Listing(day, one) for day, one in sorted(listed.get((provider, instance), {}).items())]
            one = replace(
                known, attachment=attachment(series, on, p), role=service.roles.get(instance, ""),
                unknown=FALSE if (service.pk, instance) in doubted else known.unknown,
            )  # fmt: skip
            found[resource_of(service, instance)] = Watch(service, instance, one, monthly)
    return found


def _doubted(jurisdiction_id: int) -> set[tuple[int, str]]:
    """Instances whose data were found to be false and not seen to be mended since (24.1.4)."""
    found = Heartbeat.objects.filter(service__jurisdiction_id=jurisdiction_id, doubted=True)
    return set(found.values_list("service_id", "instance"))


def _known(service: Service, offer: Offer, on: date) -> Known | None:
    """A line of the ledger in the words of the rules; None where there is nothing to measure."""
    sku, names = service.at("sku", on), instances_of(service)
    item, price = offer.items.get(sku), offer.prices.get(sku)
    sort = measured_as(item.category, item.product, item.unit) if item else ""
    if item is None or not sort:
        return None
    size = offer.sizes[sku][1] if sku in offer.sizes else size_of(item, price)
    unknown = "" if names else "台账没有登记实例编号，无法对应监测数据"
    if sort == "machine" and size:
        product = offer.sizes[sku][0] if sku in offer.sizes else ""
        ladder = tuple(one for kind, one in offer.sizes.values() if kind == product)
        return Known(system=service.system.code, now=size, ladder=ladder, unknown=unknown)
    if price is not None and annual_fee(price=price, quantity=Decimal(1)) is None:
        return None  # paid by use or once: what is not used costs nothing
    if sort == "machine":
        unknown = unknown or (
            "按核或按容量购买，台账没有逐台的规格" if item.unit in PARTS else "目录没有写明每台的核数与内存"
        )
    quantity = Decimal(service.at("quantity", on))
    share = monthly_fee(price, quantity / max(len(names), 1))
    bought = quantity * BANDWIDTH[item.unit] if sort == "bandwidth" and len(names) == 1 else None
    return Known(
        system=service.system.code, now=Size(0, 0, sku, share), sort=sort, unknown=unknown, bought=bought
    )  # fmt: skip


def _offer(items: Mapping[str, Item], prices: Mapping[str, Price], on: date) -> Offer:
    sizes: dict[str, tuple[str, Size]] = {}
    for code, price in prices.items():
        item = items.get(code)
        size = size_of(item, price) if item and (item.valid_to is None or item.valid_to > on) else None
        if item and size:
            sizes[code] = (f"{item.product} {SIZED.sub('', item.name).strip()}", size)
    return Offer(items, prices, sizes)


def _months(since: date, on: date) -> int:
    """Whole months between two days."""
    return (on.year - since.year) * MONTHS_A_YEAR + on.month - since.month - (on.day < since.day)


def _last_advice(jurisdiction_id: int) -> dict[int, date]:
    """By service the day on which its last suggestion came to rest; one that goes on still says what it says."""
    rows = Suggestion.objects.filter(jurisdiction_id=jurisdiction_id).exclude(state__in=OPEN).order_by("moved_at")
    return {service_id: localdate(at) for service_id, at in rows.values_list("service_id", "moved_at")}


def _latest(service: Service, advised: date | None, on: date) -> date | None:
    """The day of the last suggestion about a service, or of its last change (10.2: nobody is asked again soon)."""
    changed = [c.on for c in service.conditions.all() if c.kind in ("sku", "quantity") and c.on <= on]
    return max([*changed, *([advised] if advised else [])], default=None)


# ---- in the words of the measuring ----------------------------------------------------------------------------------


def capacity(db: Connection, watched: Mapping[str, Watch]) -> None:
    """The sizes of everything watched with their days: the relation ``capacity`` of the measuring."""
    db.execute(
        "CREATE OR REPLACE TABLE capacity "
        "(resource VARCHAR, vcpu INTEGER, memory INTEGER, since TIMESTAMP, until TIMESTAMP)"
    )
    rows = [row for name, watch in watched.items() for row in _sizes(name, watch)]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(part))
        db.execute(f"INSERT INTO capacity VALUES {marks}", [value for row in part for value in row])  # noqa: S608


def _sizes(name: str, watch: Watch) -> Iterator[tuple[Any, ...]]:
    """From its opening, and anew from each change of size: what was resized is another one from that day."""
    service, by_code = watch.service, {size.sku: size for size in watch.known.ladder}
    days = _resized(service, ("sku", "quantity") if watch.known.sort in SWELLING else ("sku",))
    for day, until in zip(days, [*days[1:], None], strict=True):
        size = by_code.get(service.at("sku", day), watch.known.now)
        yield name, size.vcpu, size.memory, start_of(day), start_of(until) if until else None


def _resized(service: Service, kinds: Iterable[str]) -> list[date]:
    return sorted({service.opened_on, *(c.on for c in service.conditions.all() if c.kind in kinds)})
