"""Plug-ins that fell silent: how each stands, and the cases that the clock opens and closes (8, 24.1.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate, localtime

from yunheng.domain.metering.goodbyes import said_after
from yunheng.domain.metering.models import Sender, Uninstall
from yunheng.domain.services.models import InventoryRow, InventoryRun
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import advance, open_case
from yunheng.law.ch2_use.art08_silence import SHOWN, Standing, standing, together
from yunheng.law.ch5_supervision.art24_uninstall import FOUR, HEARD

Network = tuple[int, str]  # provider, zone


def how(sender: Sender, *, at: datetime) -> Standing:
    """How a plug-in stands now."""
    return standing(sender.heard_at, at, parameters_on(localdate(at), sender.service.jurisdiction_id))


def watch(*, at: datetime) -> int:
    """Open a case for each plug-in that is silent for long, alone, while its instance runs; close what is explained.

    Returns how many cases were opened or closed.
    """
    closed = sum(_settled(case, at) for case in _open_cases())
    networks: dict[Network, list[Sender]] = defaultdict(list)
    for sender in _running(at):
        networks[_network(sender)].append(sender)
    return closed + sum(_look(sender, others, at) for others in networks.values() for sender in others)


def _running(at: datetime) -> Iterable[Sender]:
    on = localdate(at)
    found = Sender.objects.filter(revoked_at=None).exclude(heard_at=None)
    known = ("service__jurisdiction", "service__system", "service__contract", "service__unit")
    for sender in found.select_related(*known).prefetch_related("silences", "service__conditions"):
        if sender.service.runs_on(on) and sender.service.at("suspended", on) != "true":
            yield sender


def _network(sender: Sender) -> Network:
    return sender.service.contract.provider_id, sender.service.system.network_zone


def _look(sender: Sender, network: list[Sender], at: datetime) -> bool:
    p = parameters_on(localdate(at), sender.service.jurisdiction_id)
    if sender.heard_at is None or standing(sender.heard_at, at, p) != "suspected":
        return False
    others = [_moments(one) for one in network if one.pk != sender.pk]
    if together(sender.heard_at, others, p) or stopped(sender):
        return False
    if sender.cases.filter(silent_since=sender.heard_at).exists():  # it has been looked at, whatever came of it
        return False
    _suspect(sender, at)
    return True


def _moments(sender: Sender) -> list[datetime]:
    """When it was heard last, now and before each silence."""
    before = [one.since for one in sender.silences.all()]  # prefetched
    return [*before, sender.heard_at] if sender.heard_at else before


def stopped(sender: Sender) -> bool:
    """Whether the provider's last inventory says that the instance does not run."""
    run = InventoryRun.objects.filter(provider_id=sender.service.contract.provider_id).order_by("-as_of", "-pk").first()
    row = InventoryRow.objects.filter(run=run, instance=sender.instance).first() if run else None
    return row is not None and row.power == "stopped"


@transaction.atomic
def _suspect(sender: Sender, at: datetime) -> None:
    service, heard_at = sender.service, sender.heard_at
    assert heard_at is not None
    case = Uninstall(
        kind="uninstall", unit=service.unit, provider_id=service.contract.provider_id, system=service.system,
        lane=service.lane, title=f"{service.name} {sender.instance}"[:120], sender=sender, silent_since=heard_at,
        evidence={
            "resource": sender.resource, "heard_at": heard_at.isoformat(), "host": sender.host, "version": sender.version,
            "booted_at": _text(sender.booted_at), "started_at": _text(sender.started_at),
            "stopping_at": _text(sender.stopping_at), "stopping_reason": sender.stopping_reason,
            "key": sender.key, "goodbyes": said_after(sender, heard_at),
        },
    )  # fmt: skip
    open_case(case, actor=CLOCK, at=at)
    notices.tell(
        organisation_ids=[service.unit_id], case_id=case.pk, subject=f"监控插件停报待说明：{service.name} {sender.instance}", at=at, cite=FOUR.key,
        text=f"{service.number} {service.name}的实例 {sender.instance} 自 {localtime(heard_at):%Y-%m-%d %H:%M} 起没有上报，请说明原因或恢复插件（{case.number}）。",
    )  # fmt: skip


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _open_cases() -> Iterable[Uninstall]:
    found = Uninstall.objects.filter(state__in=HEARD)
    return found.select_related("sender__service__contract", "sender__service__jurisdiction")


def _settled(case: Uninstall, at: datetime) -> bool:
    """Close a case whose gap was filled, or whose instance was stopped or given back."""
    ended = case.silence
    if ended is not None and ended.shown == "network":
        why = SHOWN["network"]
    elif not case.sender.service.runs_on(localdate(at)):
        why = "服务已终止"
    elif ended is None and stopped(case.sender):
        why = "资源清单载明实例已停止"
    else:
        return False
    advance(case, "recover", actor=CLOCK, at=at, data={"why": why})
    return True
