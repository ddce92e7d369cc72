"""The ledger of one provider in the words of the comparison: what runs, what is over, what is approved and on its way."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from yunheng.domain.funding.models import Price
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import (
    ChangeLine,
    Condition,
    Involvement,
    RegistrationLine,
    ResourceLine,
    Service,
)
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import Case, Event, parameters_on
from yunheng.law.ch2_use.art09_difference_kinds import EXPECTED, Held
from yunheng.law.ch2_use.art12_period import ENDED, released_by
from yunheng.law.kernel.machine import MACHINES

BY_PERIOD = ("temporary", "succession")  # whose conditions have their end from a period that was consented to
_PARTS = re.compile(r"[\n,，、;；]+")


def instances_of(text: str) -> tuple[str, ...]:
    """The instance ids of a line, one per line with its address behind it."""
    return tuple(part.split()[0] for part in _PARTS.split(text) if part.split())


def held_by(provider: Organisation, *, on: date) -> list[Held]:
    """All lines of the ledger under the provider's contracts, closed ones included, and what is on its way.

    A service that another one follows is that one: its number and its instances name the successor (R-023).
    """
    return [*_services(provider, on), *_approved_lines(provider), *_added_lines(provider), *_registered_lines(provider)]


def _services(provider: Organisation, on: date) -> Iterator[Held]:
    values, ends = _conditions(provider, on)
    pers, under_way, follow = _pers(provider, on), _under_way(provider), _followed(provider, on)
    rows = Service.objects.filter(contract__provider=provider).values_list(
        "pk", "number", "system__code", "sku", "quantity", "opened_on", "closed_on", "instances", "contract_id"
    )
    for pk, number, system, sku, quantity, opened_on, closed_on, instances, contract in rows.iterator(chunk_size=5000):
        if number in follow.gone:
            continue
        now = values.get(pk, {})
        code = now.get("sku", sku)
        per = pers.get((contract, code), "")
        yield Held(
            key=number, system=system, sku=code, quantity=Decimal(now.get("quantity", quantity)), opened_on=opened_on,
            closed_on=closed_on, instances=instances_of(instances), ends_on=ends.get(pk), metered=per == "use",
            once=per == "once", under_way=under_way.get(pk, ""),
            also=follow.before.get(number, ()),
        )  # fmt: skip


@dataclass(frozen=True)
class _Followed:
    """Numbers of services that others have followed, and by successor those that it follows."""

    gone: frozenset[str]
    before: dict[str, tuple[str, ...]]


def _followed(provider: Organisation, on: date) -> _Followed:
    rows = Service.objects.filter(contract__provider=provider, predecessor__contract__provider=provider)
    pairs = dict(rows.filter(opened_on__lte=on).values_list("number", "predecessor__number"))
    before = {}
    for last in pairs.keys() - set(pairs.values()):
        chain, number = [], pairs.get(last)
        while number:
            chain.append(number)
            number = pairs.get(number)
        before[last] = tuple(chain)
    return _Followed(frozenset(pairs.values()), before)


def _conditions(provider: Organisation, on: date) -> tuple[dict[int, dict[str, str]], dict[int, date]]:
    """Quantity and product of each service on the day, and from when a temporary one may not run."""
    values: dict[int, dict[str, str]] = defaultdict(dict)
    ends: dict[int, date] = {}
    found = Condition.objects.filter(service__contract__provider=provider)
    now = found.filter(kind__in=("quantity", "sku"), on__lte=on).order_by("on")
    for service, kind, value in now.values_list("service_id", "kind", "value"):
        values[service][kind] = value
    for service, day, kind in found.filter(kind="lane", rule=ENDED).values_list("service_id", "on", "case__kind"):
        if day > on or kind not in BY_PERIOD or on > _released_by(provider, day):
            ends[service] = min(day, ends.get(service, day))
    return values, ends


def _released_by(provider: Organisation, ended_on: date) -> date:
    """Until when what the clock has ended may still be seen: the provider has a working day to release it (12.2)."""
    p = parameters_on(ended_on, provider.jurisdiction_id)
    return released_by(ended_on, p, calendar_for(provider.jurisdiction_id))


def _pers(provider: Organisation, on: date) -> dict[tuple[int, str], str]:
    held = Price.objects.filter(contract__provider=provider, valid_from__lte=on)
    held = held.filter(Q(valid_to=None) | Q(valid_to__gt=on))
    return {(contract, sku): per for contract, sku, per in held.values_list("contract_id", "sku", "per")}


def metered_skus(provider: Organisation, on: date) -> frozenset[str]:
    """The products that are charged by use under one of the provider's contracts."""
    return frozenset(sku for (_, sku), per in _pers(provider, on).items() if per == "use")


def _under_way(provider: Organisation) -> dict[int, str]:
    """The kind of the open case that each service is in, where it has come to the provider and so may show already."""
    found: dict[int, str] = {}
    for kind in EXPECTED:
        machine = MACHINES.get(kind)
        if machine is None:
            continue
        idle = [state.name for state in machine.states if state.final or state.name == "draft"]
        rows = Involvement.objects.filter(service__contract__provider=provider, case__kind=kind)
        rows = rows.exclude(case__state__in=idle)
        if machine.provider_from:
            reached = Event.objects.filter(step__in=machine.provider_from).values("case")
            rows = rows.filter(case__in=reached)
        found |= dict.fromkeys(rows.values_list("service_id", flat=True), kind)
    return found


def _approved_lines(provider: Organisation) -> Iterator[Held]:
    """Lines that the provider was told to open and that both have not confirmed yet (7.1, 12.1)."""
    told = Event.objects.filter(step__in=("notify", "verify"), case__provider=provider).values("case")
    rows = ResourceLine.objects.filter(case__in=told, approved__gt=0, dropped=False, service=None)
    for line in rows.select_related("case__system"):
        if line.status in ("pending", "reported") and not line.case.procedure.state(line.case.state).final:
            yield _on_its_way(line.case, line, line.sku, line.approved)


def _added_lines(provider: Organisation) -> Iterator[Held]:
    """Lines that an approved change adds and that are not in the ledger yet (9.1)."""
    rows = ChangeLine.objects.filter(case__provider=provider, case__state="notified", service=None, opened=None)
    for line in rows.filter(approved__gt=0).select_related("case__system"):
        yield _on_its_way(line.case, line, line.sku_after, line.approved)


def _on_its_way(case: Case, line: ResourceLine | ChangeLine, sku: str, approved: Decimal | None) -> Held:
    system = case.system.code if case.system else ""
    return Held(
        key=f"{case.number}#{line.no}", system=system, sku=sku, quantity=approved or Decimal(0), opened_on=None,
        instances=instances_of(line.instances),
    )  # fmt: skip


def _registered_lines(provider: Organisation) -> Iterator[Held]:
    """Rows of the registration of what ran before that are not decided yet (26)."""
    rows = RegistrationLine.objects.filter(case__provider=provider, entered=None, until=None).select_related(
        "case", "system"
    )
    for line in rows.iterator(chunk_size=2000):
        system = line.system.code if line.system else ""
        yield Held(
            key=f"{line.case.number}#{line.no}", system=system, sku=line.sku, quantity=line.quantity, opened_on=None,
            instances=(line.instance,),
        )  # fmt: skip
