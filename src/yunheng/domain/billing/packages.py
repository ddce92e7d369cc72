"""The ledger as a settlement package: what the engine computes from here is what anybody can compute elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import F, Q, QuerySet

from yunheng.domain.billing.engine import lines, rating
from yunheng.domain.billing.engine.layout import CATALOG, FACTS, LINES
from yunheng.domain.billing.engine.package import seal
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services.models import Condition, Move, Service, UseRecord
from yunheng.law.kernel.period import Period

Row = Iterable[object]


def export(
    folder: Path, *, jurisdiction: Jurisdiction, period: Period, created_at: datetime, contract: Contract | None = None
) -> lines.Totals:
    """Write the facts and the lines of a period into an empty folder and seal it. Raises engine.errors.BadInput."""
    write_facts(folder, jurisdiction=jurisdiction, period=period, contract=contract)
    totals = rating.rate(folder, folder / LINES.file, period=period)
    seal(folder, jurisdiction=jurisdiction.code, period=period, created_at=created_at)
    return totals


def write_facts(
    folder: Path, *, jurisdiction: Jurisdiction, period: Period, contract: Contract | None = None
) -> QuerySet[Service]:
    """Write everything that decides what the services alive in a period owe; returns the services.

    With ``contract`` these are its services, and those that they move from or to.
    """
    alive = Service.objects.filter(jurisdiction=jurisdiction, opened_on__lt=period.end)
    alive = alive.exclude(closed_on__lte=period.start)
    if contract is not None:
        moved = Q(moves_out__target__contract=contract) | Q(moves_in__source__contract=contract)
        alive = Service.objects.filter(pk__in=alive.filter(Q(contract=contract) | moved).values("pk"))
    moves = Move.objects.filter(Q(source__in=alive.values("pk")) | Q(target__in=alive.values("pk")))
    known = Service.objects.filter(
        Q(pk__in=alive.values("pk")) | Q(pk__in=moves.values("source")) | Q(pk__in=moves.values("target"))
    )
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "contracts": _contracts(known),
        "prices": _prices(known),
        "services": _services(known),
        "conditions": _conditions(known),
        "migrations": moves.values_list("source__number", "target__number", "cause", "confirmed_on"),
        "usage": _usage(known),
        "catalog": _catalogue(known),
    }
    for table in (*FACTS, CATALOG):
        with (folder / table.file).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(column.name for column in table.columns)
            out.writerows([_text(value) for value in row] for row in tables[table.name])
    return known


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _contracts(services: QuerySet[Service]) -> Iterator[Row]:
    found = Contract.objects.filter(pk__in=services.values("contract")).order_by("number")
    yield from found.values_list("number", "provider__short_name", "proration", "charge_suspended")


def _prices(services: QuerySet[Service]) -> Iterator[Row]:
    found = Price.objects.filter(contract__in=services.values("contract")).order_by(
        "contract__number", "sku", "valid_from"
    )
    columns = ("contract__number", "sku", "unit", "per", "unit_price", "valid_from", "valid_to")
    yield from found.values_list(*columns)


# The five groups of Article 2 in the words of FOCUS; what supports the others has none of its own.
CATEGORIES = {
    "compute": "Compute",
    "storage": "Storage",
    "database": "Databases",
    "network": "Networking",
    "support": "Other",
}


def _catalogue(services: QuerySet[Service]) -> Iterator[Row]:
    """What the products are called, as the catalogue has it last; charging does not read it."""
    skus = Price.objects.filter(contract__in=services.values("contract")).values("sku")
    places = services.order_by().values("jurisdiction")
    found = Item.objects.filter(code__in=skus, jurisdiction__in=places).order_by("code", "valid_from")
    for code, item in {item.code: item for item in found}.items():
        yield code, item.name, CATEGORIES[item.category], "", item.product


def _services(services: QuerySet[Service]) -> Iterator[Row]:
    columns = (
        "number", "unit__credit_code", "system__code", "contract__number", "sku", "quantity", "lane", "opened_on",
        "closed_on", "trial",
    )  # fmt: skip
    yield from services.order_by("number").values_list(*columns).iterator(chunk_size=5000)


def _usage(services: QuerySet[Service]) -> Iterator[Row]:
    """The records that stand; what was recorded for days after a closing that was entered later is charged to nobody."""
    found = UseRecord.objects.filter(
        service__in=services.values("pk"), replaced_by=None, on__gte=F("service__opened_on")
    ).filter(Q(service__closed_on__isnull=True) | Q(on__lt=F("service__closed_on")))
    rows = found.order_by("service__number", "on").values_list("service__number", "on", "quantity")
    yield from rows.iterator(chunk_size=5000)


def _conditions(services: QuerySet[Service]) -> Iterator[Row]:
    """Conditions from the closing day on have nothing left to change; those before the opening cannot be."""
    found = Condition.objects.filter(service__in=services.values("pk"), on__gte=F("service__opened_on")).filter(
        Q(service__closed_on__isnull=True) | Q(on__lt=F("service__closed_on"))
    )
    columns = ("service__number", "on", "kind", "value", "rule")
    yield from found.order_by("service__number", "on").values_list(*columns).iterator(chunk_size=5000)
