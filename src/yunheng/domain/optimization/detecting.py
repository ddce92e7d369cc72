"""The rules over a jurisdiction on a day (10.2): measured use beside the ledger, answers kept, suggestions opened.

The resource of the rules is a running instance; that of a suggestion is the line of the ledger, which is what a change,
an exit or an end of coverage can be about. So a suggestion is made where every instance of a line is found alike; what
only some of them show stands in the answers, which the unit reads as a hint (10.1).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils.timezone import localdate

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Price
from yunheng.domain.funding.queries import annual_fee, prices_on
from yunheng.domain.metering.models import resource_of
from yunheng.domain.optimization.engine.detection import Judged, Known, detect, evidence
from yunheng.domain.optimization.engine.layout import Connection, midnight
from yunheng.domain.optimization.engine.measuring import Cut
from yunheng.domain.optimization.facts import plain
from yunheng.domain.optimization.models import Answer, BusyPeriod, Suggestion
from yunheng.domain.optimization.series import frozen
from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import open_case
from yunheng.law.ch2_use.art10_facts import KINDS, RULE_SET, Advice
from yunheng.law.ch2_use.art10_machine import OPEN
from yunheng.law.ch2_use.art10_season import Busy
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.parameters import Parameters

SIZED = re.compile(r"(?P<vcpu>\d+)\s*核\s*(?P<memory>\d+)\s*G")  # as items of the catalogue are named: 云主机 4核16G
ISSUED_KINDS = ("idle", "cpu", "memory")  # undersized is a notice and no suggestion
MONTHS_A_YEAR, BATCH = 12, 2000
ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True)
class Watch:
    """An instance of a line of the ledger, by the name under which it is measured."""

    service: Service
    instance: str
    known: Known


def detect_place(*, jurisdiction_id: int, db: Connection, at: datetime) -> int:
    """Judge every instance of a jurisdiction by the relations ``hourly`` and ``daily`` of ``db``, keep every answer and
    open what is to be suggested. Returns how many suggestions were opened; the same day again opens none twice.
    """
    on = localdate(at)
    p = parameters_on(on, jurisdiction_id)
    watched = _watched(jurisdiction_id, on)
    _capacity(db, watched)
    cut = Cut(on, _start(on), ZONE.key)
    judged = list(detect(db, {name: watch.known for name, watch in watched.items()}, cut, p))
    with transaction.atomic():
        _keep_answers(jurisdiction_id, judged, watched, on)
        return _open_all(db, judged, watched, cut, p, at)


def _start(day: date) -> datetime:
    return midnight(datetime.combine(day, time()), ZONE)


# ---- what the ledger knows ---------------------------------------------------------------------------------------


def size_of(item: Item, price: Price | None) -> Size | None:
    """Cores, memory (GiB) and yuan a month of an item of the catalogue; None where it has no size."""
    found = SIZED.search(item.name)
    if found is None:
        return None
    fee = annual_fee(price=price, quantity=Decimal(1))
    monthly = None if fee is None else (fee / MONTHS_A_YEAR).quantize(Decimal("0.01"))
    return Size(int(found["vcpu"]), int(found["memory"]), item.code, monthly)


def _watched(jurisdiction_id: int, on: date) -> dict[str, Watch]:
    """Every instance that runs on a day with a size, by the name under which it is measured."""
    running = ledger.running_on(Service.objects.filter(jurisdiction_id=jurisdiction_id, trial=False), on)
    rows = running.exclude(instances="").select_related("contract", "system", "unit", "jurisdiction")
    items = {item.code: item for item in Item.objects.filter(jurisdiction_id=jurisdiction_id).order_by("valid_from")}
    ladders: dict[int, dict[str, tuple[str, Size]]] = {}
    since = dict(
        Service.objects.filter(jurisdiction_id=jurisdiction_id).values_list("system").annotate(Min("opened_on"))
    )
    busy: dict[int, tuple[Busy, ...]] = defaultdict(tuple)
    for period in BusyPeriod.objects.filter(system__jurisdiction_id=jurisdiction_id):
        busy[period.system_id] = (*busy[period.system_id], period.busy)
    last = _last_advice(jurisdiction_id)
    found: dict[str, Watch] = {}
    for service in rows.prefetch_related("conditions").order_by("pk"):
        if service.contract_id not in ladders:
            ladders[service.contract_id] = _ladder(items, prices_on(contract=service.contract, on=on), on)
        sizes, sku = ladders[service.contract_id], service.at("sku", on)
        if sku not in sizes:
            continue
        product, now = sizes[sku]
        known = Known(
            system=service.system.code, now=now, declared=busy[service.system_id],
            ladder=tuple(size for kind, size in sizes.values() if kind == product),
            months=_months(since[service.system_id], on), advised_on=_latest(service, last.get(service.pk), on),
        )  # fmt: skip
        for instance in instances_of(service):
            found[resource_of(service, instance)] = Watch(service, instance, known)
    return found


def instances_of(service: Service) -> list[str]:
    """The ids of the instances behind a service."""
    return [line.split()[0] for line in service.instances.splitlines() if line.strip()]


def _ladder(items: Mapping[str, Item], prices: Mapping[str, Price], on: date) -> dict[str, tuple[str, Size]]:
    """What can be had under a contract, by code: the kind of product and the size."""
    found: dict[str, tuple[str, Size]] = {}
    for code, price in prices.items():
        item = items.get(code)
        size = size_of(item, price) if item and (item.valid_to is None or item.valid_to > on) else None
        if item and size:
            found[code] = (f"{item.product} {SIZED.sub('', item.name).strip()}", size)
    return found


def _months(since: date, on: date) -> int:
    """Whole months between two days."""
    return (on.year - since.year) * MONTHS_A_YEAR + on.month - since.month - (on.day < since.day)


def _last_advice(jurisdiction_id: int) -> dict[int, date]:
    """By service the day on which its last suggestion came to rest: found, dismissed, upheld."""
    rows = Suggestion.objects.filter(jurisdiction_id=jurisdiction_id).order_by("moved_at")
    return {service_id: localdate(at) for service_id, at in rows.values_list("service_id", "moved_at")}


def _latest(service: Service, advised: date | None, on: date) -> date | None:
    """The day of the last suggestion about a service, or of its last change (10.2: nobody is asked again soon)."""
    changed = [c.on for c in service.conditions.all() if c.kind in ("sku", "quantity") and c.on <= on]
    return max([*changed, *([advised] if advised else [])], default=None)


def _capacity(db: Connection, watched: Mapping[str, Watch]) -> None:
    """The sizes of all instances with their days, in the words of the measuring: its relation ``capacity``."""
    db.execute(
        "CREATE OR REPLACE TABLE capacity "
        "(resource VARCHAR, vcpu INTEGER, memory INTEGER, since TIMESTAMP, until TIMESTAMP)"
    )
    rows = [row for name, watch in watched.items() for row in _sizes(name, watch)]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(part))
        db.execute(f"INSERT INTO capacity VALUES {marks}", [value for row in part for value in row])  # noqa: S608


def _sizes(name: str, watch: Watch) -> Iterable[tuple[Any, ...]]:
    """From its opening, and anew from each change of product: a machine that was resized is another one from that day."""
    service, by_code = watch.service, {size.sku: size for size in watch.known.ladder}
    days = [service.opened_on, *sorted(c.on for c in service.conditions.all() if c.kind == "sku")]
    days = sorted(dict.fromkeys(days))
    for day, until in zip(days, [*days[1:], None], strict=True):
        size = by_code.get(service.at("sku", day), watch.known.now)
        yield name, size.vcpu, size.memory, _start(day), _start(until) if until else None


# ---- what is kept of it ------------------------------------------------------------------------------------------


def _keep_answers(jurisdiction_id: int, judged: Iterable[Judged], watched: Mapping[str, Watch], on: date) -> None:
    """The answers of the day take the place of the last ones."""
    Answer.objects.filter(service__jurisdiction_id=jurisdiction_id).delete()
    rows = (
        Answer(
            service=watched[one.machine.resource].service, instance=watched[one.machine.resource].instance,
            kind=advice.kind, result=advice.result, rule=advice.verdict.rule, sentence=advice.verdict.sentence[:300], on=on,
        )
        for one in judged
        for advice in one.advice
    )  # fmt: skip
    Answer.objects.bulk_create(rows, batch_size=BATCH)


def _open_all(
    db: Connection, judged: Iterable[Judged], watched: Mapping[str, Watch], cut: Cut, p: Parameters, at: datetime
) -> int:
    lines: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        lines[watched[one.machine.resource].service.pk].append(one)
    taken = set(Suggestion.objects.filter(state__in=OPEN).values_list("service_id", flat=True))
    services = {watch.service.pk: watch.service for watch in watched.values()}
    alike = {pk: _alike(found, services[pk], cut.on) for pk, found in lines.items() if pk not in taken}
    advised = {pk: advice for pk, advice in alike.items() if advice is not None}
    told: dict[int, int] = defaultdict(int)
    free = involvements.free(services[pk] for pk in advised)  # what another case is about is being settled there
    shown = ((one.machine.resource, advised[service.pk].kind) for service in free for one in lines[service.pk])
    series = frozen(db, shown, on=cut.on, p=p)
    for service in free:
        _open(service, lines[service.pk], advised[service.pk], watched, series, cut, p, at)
        told[service.unit_id] += 1
        told[service.contract.provider_id] += 1
    for organisation_id, number in told.items():
        notices.tell(
            organisation_ids=[organisation_id], subject=f"资源优化：新发现 {number} 项", at=at, cite=art(10, 1).key,
            text=f"{cut.on} 按监测数据判断，新发现 {number} 项可以优化的资源。用户单位可以主动优化；云服务商复核后提出建议。",
        )  # fmt: skip
    return len(free)


def _alike(found: list[Judged], service: Service, on: date) -> Advice | None:
    """The one advice that all instances of a line got, with the largest target; None where they differ."""
    if len(found) != len(instances_of(service)) or Decimal(service.at("quantity", on)) != len(found):
        return None
    for kind in ISSUED_KINDS:
        said = [advice for one in found for advice in one.advice if advice.kind == kind and advice.result == "advise"]
        if len(said) == len(found):
            return max(said, key=lambda a: (a.to.vcpu, a.to.memory, a.to.sku) if a.to else (0, 0, ""))
    return None


def _open(
    service: Service, found: list[Judged], advice: Advice, watched: Mapping[str, Watch], series: Mapping[Any, Any],
    cut: Cut, p: Parameters, at: datetime,
) -> Suggestion:  # fmt: skip
    each = []
    for one in found:
        own = next(a for a in one.advice if a.kind == advice.kind)
        name = one.machine.resource
        days = series.get((name, advice.kind))
        each.append({"instance": watched[name].instance, **evidence(one, own, cut, p), "series": days})
    case = Suggestion(
        kind="suggestion", unit_id=service.unit_id, provider_id=service.contract.provider_id, system=service.system,
        lane=service.at("lane", cut.on), title=f"{service.system.name}：{service.name}{dict(KINDS)[advice.kind]}"[:120],
        service=service, advice=advice.kind, found_on=cut.on, sku_before=service.at("sku", cut.on),
        quantity_before=plain(service.at("quantity", cut.on)), to_sku=advice.to.sku if advice.to else "",
        saving=None if advice.saving is None else advice.saving * len(found), rule_set=RULE_SET,
        evidence={
            "sentence": advice.verdict.sentence, "parameters": p.version, "ask_for_season": advice.ask,
            "instances": each,
        },
    )  # fmt: skip
    return open_case(case, actor=CLOCK, at=at)
