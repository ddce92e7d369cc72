"""What article 8 needs to know of a system at a moment: its assessments, its plug-ins, its data."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate, localtime

from yunheng.domain.catalog.models import Item
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Assessment, DataDeclaration, Heartbeat, Release, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.law.ch2_use import art08_release as law
from yunheng.law.ch2_use.art08_evidence import ALWAYS, KINDS, NOT_REQUIRED, Claim
from yunheng.law.ch4_security.art21_data import Data
from yunheng.law.kernel.machine import By

PROVIDER = By("provider")


def asked_of(case: Release) -> list[str]:
    """The kinds of assessments that a case asks for, in the order of the article."""
    return [kind for kind, _ in KINDS if kind in ALWAYS or kind in case.further]


def latest(system: InformationSystem) -> dict[str, Assessment]:
    """The result that counts of each kind: the last one. A claim takes no result's place before the centre's word."""
    found: dict[str, Assessment] = {}
    for row in system.assessments.filter(refused_at=None).order_by("recorded_at", "pk"):
        if row.conclusion == NOT_REQUIRED and row.confirmed_at is None:
            found.setdefault(row.kind, row)
        else:
            found[row.kind] = row
    return found


def declared(case: Release) -> DataDeclaration | None:
    """The declaration of data that counts: the last one."""
    assert case.system is not None
    return case.system.data_declarations.order_by("-declared_at", "-pk").first()


def gate_of(case: Release, *, at: datetime) -> law.Gate:
    """Everything that decides on the release now."""
    system, on = case.system, localdate(at)
    assert system is not None
    held, services = latest(system), ledger.running_of(system, on)
    said = declared(case)
    return law.Gate(
        at=at, on=on, level=system.mlps_level,
        assessed=[_assessed(kind, held.get(kind)) for kind in asked_of(case)],
        resources=_resources(services, at), running=len(services),
        data=Data(tuple(said.classes), said.masked) if said else None,
        released=case.state not in ("preparing", "gated"),
    )  # fmt: skip


def _assessed(kind: str, row: Assessment | None) -> law.Assessed:
    if row is None:
        return law.Assessed(kind)
    return law.Assessed(
        kind, row.conclusion, row.concluded_on, row.valid_until, confirmed=row.confirmed_at is not None, level=row.level
    )


def instances_of(service: Service) -> list[str]:
    """The ids of a service's instances: the first word of each line."""
    return [line.split()[0] for line in service.instances.splitlines() if line.strip()]


def _resources(services: list[Service], at: datetime) -> list[law.Resource]:
    """The instances of running compute resources; a service whose instances nobody named counts as one."""
    on = localdate(at)
    codes = {service.at("sku", on) for service in services}
    places = {service.jurisdiction_id for service in services}
    compute = set(
        Item.objects.filter(jurisdiction_id__in=places, code__in=codes, category="compute").values_list(
            "code", flat=True
        )
    )
    wanted = [s for s in services if s.at("sku", on) in compute and s.at("suspended", on) != "true" and _used(s, at)]
    heard: dict[int, dict[str, datetime]] = {}
    doubted: dict[int, set[str]] = {}
    for beat in Heartbeat.objects.filter(service__in=wanted):
        if beat.doubted:
            doubted.setdefault(beat.service_id, set()).add(beat.instance)
        else:
            heard.setdefault(beat.service_id, {})[beat.instance] = beat.heard_at
    found = []
    for service in wanted:
        beats, named = heard.get(service.pk, {}), instances_of(service)
        false = doubted.get(service.pk, set())
        since = datetime.combine(service.opened_on, time.min, localtime(at).tzinfo)
        if named:
            found += [law.Resource(f"{service.number} {one}", since, beats.get(one), one in false) for one in named]
        else:
            last, alone = max(beats.values(), default=None), bool(false) and not beats
            found.append(law.Resource(f"{service.number} {service.name}", since, last, alone))
    return found


def _used(service: Service, at: datetime) -> bool:
    return Decimal(service.at("quantity", localdate(at))) > 0


def claim_of(system: InformationSystem, data: dict[str, Any]) -> Claim:
    """An assessment that is said to be not required."""
    return Claim(data["kind"], system.mlps_level, data["ground"])


def claimable(case: Release) -> list[str]:
    """What a claim may be about: what is asked for and neither done nor claimed."""
    assert case.system is not None
    held = latest(case.system)
    return [
        kind
        for kind in asked_of(case)
        if kind != "system_test" and (kind not in held or held[kind].conclusion != NOT_REQUIRED)
    ]
