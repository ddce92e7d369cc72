"""Data that may not be their machine's own: the cases that the clock opens, and what a finding brings about (24.1.4, R-029).

A token opens one case at a time, with all strangers seen so far, and another only for one who came after. Values that stand
still open no second case while one is open, nor after somebody said that just these are the machine's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate

from yunheng.domain.metering.constant import Still, stood_still
from yunheng.domain.metering.models import Integrity, Sender
from yunheng.domain.parties.queries import offices
from yunheng.domain.services.release.heartbeats import doubt
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, open_case
from yunheng.law.ch5_supervision.art24_integrity import DOUBTED, FOUND, FOUR, GROUNDS
from yunheng.law.kernel.parameters import Parameters

OPEN = (*DOUBTED, *FOUND)
KNOWN = ("service__jurisdiction", "service__system", "service__contract", "service__unit")


def look_at_tokens(*, at: datetime) -> int:
    """Open a case for each token that others used since it was looked at; close those whose service ended.

    Returns how many cases were opened or closed.
    """
    on = localdate(at)
    doubted = Integrity.objects.filter(state__in=DOUBTED).select_related("sender__service")
    ended = [case for case in doubted if not case.sender.service.runs_on(on)]
    for case in ended:
        advance(case, "end", actor=CLOCK, at=at)
    found = Sender.objects.exclude(strangers=None).annotate(newest=Max("strangers__first_at")).select_related(*KNOWN)
    opened = 0
    for sender in found:
        if not sender.service.runs_on(on) or _open(sender, "token"):
            continue
        seen = sender.doubts.filter(ground="token").aggregate(last=Max("seen_at"))["last"]
        if seen is None or sender.newest > seen:
            _doubt(sender, "token", sender.newest, _strangers(sender), at)
            opened += 1
    return opened + len(ended)


def look_at_values(*, at: datetime) -> int:
    """Open a case for each plug-in whose values stood still; returns how many."""
    still = {one.resource: one for one in stood_still(at=at, p=Parameters(localdate(at)))}
    if not still:
        return 0
    numbers = {resource.split("/")[1] for resource in still}
    running = Sender.objects.filter(revoked_at=None, service__number__in=numbers).select_related(*KNOWN)
    found = [(sender, still[sender.resource]) for sender in running if sender.resource in still]
    return sum(_look_at(sender, one, at) for sender, one in found)


def open_doubts(sender_ids: Iterable[int]) -> dict[int, list[Integrity]]:
    """The cases that are open about some senders, by sender; who may see a sender may see them."""
    found: dict[int, list[Integrity]] = defaultdict(list)
    for case in Integrity.objects.filter(sender__in=list(sender_ids), state__in=OPEN).order_by("created_at"):
        found[case.sender_id].append(case)
    return found


def _look_at(sender: Sender, still: Still, at: datetime) -> bool:
    on = localdate(at)
    if not sender.service.runs_on(on) or _open(sender, "constant"):
        return False
    said = sender.doubts.filter(ground="constant", state="dismissed")
    if any((one.evidence["cpu"], one.evidence["network"]) == (still.cpu, still.network) for one in said):
        return False
    if sender.doubts.filter(ground="constant", seen_at=still.until).exists():
        return False
    _doubt(sender, "constant", still.until, still.figures, at)
    return True


def _open(sender: Sender, ground: str) -> bool:
    return sender.doubts.filter(ground=ground, state__in=OPEN).exists()


def _strangers(sender: Sender) -> dict[str, Any]:
    return {
        "strangers": [
            {"host": one.host, "key": one.key, "first_at": one.first_at.isoformat(),
             "last_at": one.last_at.isoformat(), "times": one.times}
            for one in sender.strangers.all()
        ]
    }  # fmt: skip


@transaction.atomic
def _doubt(sender: Sender, ground: str, seen_at: datetime, evidence: dict[str, Any], at: datetime) -> None:
    service = sender.service
    case = Integrity(
        kind="integrity", unit=service.unit, provider_id=service.contract.provider_id, system=service.system,
        lane=service.lane, title=f"{service.name} {sender.instance}"[:120], sender=sender, ground=ground, seen_at=seen_at,
        evidence={
            "resource": sender.resource, "host": sender.host, "key": sender.key, "version": sender.version,
            "heard_at": sender.heard_at.isoformat() if sender.heard_at else "", **evidence,
        },
    )  # fmt: skip
    open_case(case, actor=CLOCK, at=at)
    told = [service.unit_id, service.contract.provider_id, *offices(case.jurisdiction_id, "centre")]
    notices.tell(
        organisation_ids=told, case_id=case.pk, at=at, cite=FOUR.key, subject=f"监测数据待核查：{service.name} {sender.instance}",
        text=f"{service.number} {service.name}的实例 {sender.instance}：{GROUNDS[ground]}。请用户单位说明（{case.number}）。",
    )  # fmt: skip


# ---- what people decide ------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(case: Integrity, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The data are false: from now on the instance does not count for a release."""
    event = advance(case, "confirm", actor=actor, at=at, opinion=opinion, version=version)
    doubt(service=case.sender.service, instance=case.sender.instance, doubted=True, at=at)
    return event


@transaction.atomic
def confirm_rectified(
    case: Integrity, *, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """They are in order again; the instance counts unless another case still says otherwise."""
    event = advance(case, "confirm_rectified", actor=actor, at=at, opinion=opinion, version=version)
    sender = case.sender
    same = Integrity.objects.filter(sender__service=sender.service, sender__instance=sender.instance, state__in=FOUND)
    doubt(service=sender.service, instance=sender.instance, doubted=same.exists(), at=at)
    return event
