"""What is heard of the monitoring plug-ins (8): by the provider, or by the measured data themselves.

A heartbeat is a measured fact, not an act: only the latest of an instance is kept, and none goes into the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Heartbeat, Release, Service
from yunheng.domain.services.release.operations import OPENS, evaluate
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.law.kernel.citation import art

MOST = 5000


@dataclass(frozen=True)
class Beat:
    """A plug-in of an instance of a service was heard at a moment; ``where`` names it in errors."""

    where: str
    service: str
    instance: str
    version: str
    heard_at: datetime


@transaction.atomic
def hear(*, beats: Sequence[Beat], actor: Actor, at: datetime) -> int:
    """Take in heartbeats of the provider's own services; returns how many were newer than what was known.

    Every wrong one is named, and then nothing is kept. Releases that waited for a plug-in are looked at again.
    """
    if actor.kind != "provider" or not (actor.has("delivery") or actor.has("monitor")):
        raise NotYours("监控插件的上报由云服务商的交付或监测人员提交", cite=art(8), todo="用云服务商的令牌调用")
    if len(beats) > MOST:
        raise BadInput([Problem("上报", f"共 {len(beats)} 条，超过 {MOST} 条，分几次提交")], cite=art(8))
    numbers = {beat.service for beat in beats}
    known = {row.number: row for row in ledger.services(actor=actor).filter(number__in=numbers)}
    problems = [problem for beat in beats for problem in _wrong(beat, known, at)]
    if problems:
        raise BadInput(problems, cite=art(8), todo="改正后重新提交，全部没有保存")
    return _taken_in(beats, known, at)


@transaction.atomic
def hear_measured(*, service: Service, instance: str, version: str, heard_at: datetime, at: datetime) -> int:
    """The plug-in of an instance itself was heard, by its own token; the rest is as when its provider reports it."""
    beat = Beat("", service.number, instance, version, min(heard_at, at))
    return _taken_in([beat], {service.number: service}, at)


@transaction.atomic
def doubt(*, service: Service, instance: str, doubted: bool, at: datetime) -> None:
    """What is heard of an instance counts no longer, or again (24.1.4, R-029); its releases are looked at now."""
    Heartbeat.objects.update_or_create(
        service=service, instance=instance, defaults={"doubted": doubted},
        create_defaults={"doubted": doubted, "heard_at": at},
    )  # fmt: skip
    for case in Release.objects.filter(system=service.system_id).select_related("system"):
        evaluate(case, at=at)


def _taken_in(beats: Sequence[Beat], known: dict[str, Service], at: datetime) -> int:
    count = _keep(beats, known)
    waiting = Release.objects.filter(system__services__in=known.values(), state__in=list(OPENS)).distinct()
    for case in waiting.select_related("system"):
        evaluate(case, at=at)
    return count


def _wrong(beat: Beat, known: dict[str, Service], at: datetime) -> list[Problem]:
    problems = []
    if beat.service not in known:
        problems.append(Problem(beat.where, f"没有服务“{beat.service[:20]}”，或不是你提供的"))
    if not 0 < len(beat.instance.split()) <= 1 or len(beat.instance) > 80:
        problems.append(Problem(beat.where, "实例编号须为 1 至 80 个字符，不含空格"))
    if len(beat.version) > 40:
        problems.append(Problem(beat.where, "插件版本最多 40 个字符"))
    if beat.heard_at > at:
        problems.append(Problem(beat.where, "上报时间不能晚于现在"))
    return problems


def _keep(beats: Sequence[Beat], known: dict[str, Service]) -> int:
    """The latest of each instance, in one statement."""
    latest: dict[tuple[int, str], Beat] = {}
    for beat in sorted(beats, key=lambda beat: beat.heard_at):
        latest[known[beat.service].pk, beat.instance] = beat
    rows = Heartbeat.objects.filter(service__in=known.values())
    held = {(row.service_id, row.instance): row.heard_at for row in rows}
    newer = [
        Heartbeat(service_id=key[0], instance=key[1], version=beat.version, heard_at=beat.heard_at)
        for key, beat in latest.items()
        if key not in held or beat.heard_at > held[key]
    ]
    Heartbeat.objects.bulk_create(
        newer, update_conflicts=True, unique_fields=["service", "instance"], update_fields=["version", "heard_at"]
    )
    return len(newer)
