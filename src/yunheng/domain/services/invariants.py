"""What must hold of the ledger of services at any time. Each finding is a sentence; none means well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from django.db.models import Count, F, Q

from yunheng.domain.services.involvements import open_involvements
from yunheng.domain.services.models import Condition, Move, ResourceLine, Service


def broken(*, jurisdiction_id: int) -> list[str]:
    """Everything of a jurisdiction's ledger that does not hold."""
    rows = Service.objects.filter(jurisdiction_id=jurisdiction_id)
    checks = (_conditions, _successors, _moves, _contracts, _lines, _bound)
    return [sentence for check in checks for sentence in check(jurisdiction_id)] if rows.exists() else []


def _conditions(jurisdiction_id: int) -> Iterator[str]:
    """A condition lies in the life of its service."""
    own = Condition.objects.filter(service__jurisdiction_id=jurisdiction_id).select_related("service")
    for row in own.filter(Q(on__lt=F("service__opened_on")) | Q(on__gte=F("service__closed_on"))):
        yield f"{row.service.number} 自 {row.on} 的{row.get_kind_display()}不在服务期内"


def _successors(jurisdiction_id: int) -> Iterator[str]:
    """A successor opens on the day on which the service before it ends: no gap, no day twice."""
    own = Service.objects.filter(jurisdiction_id=jurisdiction_id, predecessor__isnull=False).select_related(
        "predecessor"
    )
    for row in own.exclude(opened_on=F("predecessor__closed_on"), predecessor__closed_on__isnull=False):
        before = row.predecessor
        yield f"{row.number} 自 {row.opened_on} 承继，{before} 却于 {before.closed_on if before else None} 终止"


def _moves(jurisdiction_id: int) -> Iterator[str]:
    """A migration is confirmed on a day on which its target runs or has run, and never within one service."""
    own = Move.objects.filter(source__jurisdiction_id=jurisdiction_id).select_related("source", "target")
    for row in own.filter(Q(source=F("target")) | Q(confirmed_on__lt=F("target__opened_on"))):
        yield f"{row.source} 至 {row.target} 的迁移于 {row.confirmed_on} 确认，早于新节点开通"


def _contracts(jurisdiction_id: int) -> Iterator[str]:
    """A covered service is under a contract of the covered lane."""
    own = Service.objects.filter(jurisdiction_id=jurisdiction_id, lane="covered").select_related("contract")
    for row in own.exclude(contract__lane="covered"):
        yield f"{row.number} 纳入统筹，合同 {row.contract.number} 却不是统筹采购的"
    later = Condition.objects.filter(service__jurisdiction_id=jurisdiction_id, kind="lane", value="covered")
    for change in later.exclude(service__contract__lane="covered").select_related("service__contract"):
        yield f"{change.service.number} 自 {change.on} 纳入统筹，合同 {change.service.contract.number} 却不是统筹采购的"


def _lines(jurisdiction_id: int) -> Iterator[str]:
    """A line that both have confirmed is in the ledger, from the day that they named."""
    agreed = ResourceLine.objects.filter(case__jurisdiction_id=jurisdiction_id, unit_day=F("provider_day"))
    for line in agreed.filter(service=None, opened__isnull=False).select_related("case"):
        yield f"{line.case.number} 第 {line.no} 行双方已确认，台账中没有"
    for line in agreed.filter(service__isnull=False).exclude(service__opened_on=F("unit_day")).select_related("case"):
        yield f"{line.case.number} 第 {line.no} 行确认的开通日与台账不一致"


def _bound(jurisdiction_id: int) -> Iterator[str]:
    """No service is being changed, moved or ended in two open cases."""
    twice = Service.objects.filter(jurisdiction_id=jurisdiction_id).annotate(n=Count("involvements")).filter(n__gt=1)
    held = open_involvements(twice).order_by("service_id", "case_id")
    for one, other in pairwise(held.select_related("service")):
        if one.service_id == other.service_id:
            yield f"{one.service.number} 同时在 {one.case.number} 和 {other.case.number} 中办理"
