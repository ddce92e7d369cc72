"""The steps of an exit (11) that write more than the state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.exit.letters import disposal_report
from yunheng.domain.services.models import Exit, Service
from yunheng.domain.services.release.operations import retire
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch2_use.art11_exit import digest_of
from yunheng.law.kernel.citation import art

ARTICLE = art(11)


@transaction.atomic
def create(*, system: str, actor: Actor, at: datetime, provider: str = "") -> Exit:
    """A draft for all that one provider runs for a system (by code); ``provider`` by credit code, where several do.

    What another open case is about stays out of the draft; raises BadInput where that is everything.
    """
    if actor.kind != "user_unit" or not (actor.has("handler", "exit") or actor.has("head", "exit")):
        raise NotYours("退出由用户单位的经办人或负责人起草", cite=ARTICLE, todo="交该单位经办人办理")
    held = system_of(system, actor=actor, cite=ARTICLE)
    running = ledger.running_of(held, localdate(at))
    served_by = _provider(running, provider)
    chosen = [service for service in running if service.contract.provider_id == served_by.pk]
    chosen = involvements.free(chosen) or chosen
    draft = Exit(kind="exit", unit_id=held.unit_id, system=held, provider=served_by, title=held.name)
    _measure(draft, chosen, localdate(at))
    made = open_case(draft, actor=actor, at=at)
    involvements.involve(made, chosen, cite=ARTICLE)
    return made


def _provider(running: Sequence[Service], wanted: str) -> Organisation:
    """The provider of an exit. Raises BadInput where nothing runs, or where several serve the system and none is named."""
    known = {service.contract.provider.credit_code: service.contract.provider for service in running}
    if not known:
        raise BadInput([Problem("系统", "没有在用的服务，不需要退出")], cite=ARTICLE)
    if wanted and wanted not in known:
        raise BadInput([Problem("云服务商", "没有为这个系统提供在用的服务")], cite=ARTICLE)
    if not wanted and len(known) > 1:
        names = "、".join(found.name for found in known.values())
        raise BadInput([Problem("云服务商", f"这个系统由{names}提供服务，选择其中一家，分别提出退出")], cite=ARTICLE)
    return known[wanted] if wanted else next(iter(known.values()))


def _lane(services: Sequence[Service], on: date) -> str:
    """The lane of all of them; "" where they differ."""
    lanes = {service.at("lane", on) for service in services}
    return lanes.pop() if len(lanes) == 1 else ""


@transaction.atomic
def describe(
    case: Exit, *, actor: Actor, at: datetime, services: Sequence[str], wants_backup: str, backup_to: str, reason: str
) -> Exit:
    """Fill in a draft: which services (by number), whether a backup is wanted (yes, no) and where to, and why."""
    chosen = [service for service in offered(case) if service.number in set(services)]
    involvements.involve(case, chosen, cite=ARTICLE)
    case.wants_backup = {"yes": True, "no": False}.get(wants_backup)
    case.backup_to = backup_to if case.wants_backup else ""
    case.reason = reason
    _measure(case, chosen, localdate(at))
    case.save(update_fields=["wants_backup", "backup_to", "reason", "whole", "lane"])
    return case


def offered(case: Exit) -> list[Service]:
    """What may exit by a case: everything of its system at its provider that has not ended."""
    found = Service.objects.filter(system=case.system, contract__provider=case.provider_id, closed_on=None)
    return list(found.select_related("contract__provider").prefetch_related("conditions").order_by("number"))


def _measure(case: Exit, chosen: Sequence[Service], on: date) -> None:
    """Whether the system has nothing left after it, and whose money is concerned."""
    assert case.system is not None
    left = {service.pk for service in ledger.running_of(case.system, on)} - {service.pk for service in chosen}
    case.whole, case.lane = not left, _lane(chosen, on)


@transaction.atomic
def pass_to_head(case: Exit, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The handler hands the draft to the head, who alone can submit (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def submit(case: Exit, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """File the exit with the provider: delivered by the platform today, its term runs from here (R-014, R-022).

    Raises BadInput where a service is in another open case by now.
    """
    locked, _ = begin(case, "submit", actor=actor, version=version)
    involvements.involve(locked, locked.services, cite=ARTICLE)
    locked.delivered_on = localdate(at)
    _measure(locked, locked.services, localdate(at))
    locked.save(update_fields=["delivered_on", "whole", "lane"])
    return advance(case, "submit", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def hold(
    case: Exit, *, actor: Actor, at: datetime, ground: str, opinion: str = "", version: int | None = None
) -> Event:
    """The bureau stops the exit for an incident or an inspection, named by ``ground``; the provider's days stop (23)."""
    words = "；".join(part for part in (ground, opinion.strip()) if part)
    return advance(case, "hold", actor=actor, at=at, opinion=words, data={"ground": ground}, version=version)


@transaction.atomic
def back_up(
    case: Exit, *, actor: Actor, at: datetime, digest_kind: str, digest: str, place: str, opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The provider's backup: its digest (SM3 or SHA-256, 64 hexadecimal digits) and where it lies."""
    locked, _ = begin(case, "back_up", actor=actor, version=version)
    plain = digest_of(digest)
    if not plain:
        raise BadInput([Problem("备份摘要", "须为64位十六进制数字（0–9、a–f）")], cite=ARTICLE)
    locked.digest_kind, locked.digest, locked.place = digest_kind, plain, place
    locked.save(update_fields=["digest_kind", "digest", "place"])
    data = {"digest_kind": digest_kind, "digest": plain, "place": place}
    return advance(case, "back_up", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def release(
    case: Exit, *, actor: Actor, at: datetime, day: date, opinion: str = "", version: int | None = None
) -> Event:
    """The services end: ``day`` is the first that is not charged (R-005), however late it is (R-007)."""
    locked, _ = begin(case, "release", actor=actor, version=version)
    event = advance(case, "release", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    for service in locked.services:
        if service.closed_on is None or service.closed_on > day:
            ledger.close(service, on=day, cite=ARTICLE)
    case.released_on = day
    case.save(update_fields=["released_on"])
    assert case.system is not None
    if not ledger.running_of(case.system, day):
        retire(case.system, at=at)  # what runs nowhere is not released any more (8)
    return event


@transaction.atomic
def report(
    case: Exit, *, actor: Actor, at: datetime, disposal: str, destroyed: str, opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The provider reports to the bureau what became of resources and data (``destroyed``: yes, no), by letter."""
    locked, _ = begin(case, "report", actor=actor, version=version)
    locked.disposal, locked.destroyed = disposal, destroyed == "yes"
    locked.save(update_fields=["disposal", "destroyed"])
    data = {"disposal": disposal, "destroyed": locked.destroyed}
    event = advance(case, "report", actor=actor, at=at, opinion=opinion, data=data)
    disposal_report(case, event=event, at=at)
    return event
