"""The steps of a migration (15.2). Each is one act: pages, API, demonstration and tests call the same function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.migration.letters import cause_letter, completion_letter
from yunheng.domain.services.models import Migration, MigrationPair, Service
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotOpen, Problem
from yunheng.foundation.workflow.models import Event, Participant
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch3_funding.art15_migration_machine import CITE


@transaction.atomic
def register(*, pairs: Sequence[tuple[str, str]], reason: str, actor: Actor, at: datetime) -> Migration:
    """Register a migration: numbers of the old node and of the new one ("" when it is named later), and why.

    Raises BadInput with every pair that cannot be; a service that is in another open case is named.
    """
    found = _pairs(pairs, actor=actor, on=localdate(at))
    first = found[0][0]
    new = next((target for _, target in found if target), first)
    case = Migration(
        kind="migration", unit_id=first.unit_id, system=first.system, title=first.system.name, reason=reason,
        provider_id=new.contract.provider_id, old_provider_id=first.contract.provider_id, lane=first.at("lane", localdate(at)),
    )  # fmt: skip
    open_case(case, actor=actor, at=at)
    Participant.objects.get_or_create(case_id=case.pk, organisation_id=case.old_provider_id)
    for source, target in found:
        MigrationPair.objects.create(case=case, source=source, target=target)
    involvements.involve(case, [node for pair in found for node in pair if node], cite=CITE)
    return case


def _pairs(pairs: Sequence[tuple[str, str]], *, actor: Actor, on: date) -> list[tuple[Service, Service | None]]:
    """The services of the pairs, as far as the actor may see them. Raises BadInput."""
    seen = ledger.services(actor=actor).filter(number__in=[n for pair in pairs for n in pair if n])
    known = {row.number: row for row in seen.select_related("contract", "system")}
    problems = [
        Problem(f"第 {n} 对", f"没有服务“{number}”，或你无权查看")
        for n, pair in enumerate(pairs, 1)
        for number in pair
        if number and number not in known
    ]
    if problems or not pairs:
        raise BadInput(problems or [Problem("迁移的节点", "至少写明一个老节点")], cite=CITE)
    found = [(known[source], known.get(target)) for source, target in pairs]
    problems = [problem for n, pair in enumerate(found, 1) for problem in _wrong(n, *pair, found[0][0], on)]
    nodes = [node.number for pair in found for node in pair if node]
    problems += [Problem(number, "同一服务出现两次") for number in sorted({n for n in nodes if nodes.count(n) > 1})]
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后重新登记")
    return found


def _wrong(n: int, source: Service, target: Service | None, first: Service, on: date) -> list[Problem]:
    where, problems = f"第 {n} 对", []
    if source.system_id != first.system_id:
        problems.append(Problem(where, f"{source.number}不是{first.system.name}的服务，一件只迁移一个系统"))
    if not source.runs_on(on):
        problems.append(Problem(where, f"老节点{source.number}今天没有运行"))
    if source.trial or (target and target.trial):
        problems.append(Problem(where, "免费试用的资源不办理迁移，试用到期自动停止"))
    if target is None:
        return problems
    if target.system_id != source.system_id:
        problems.append(Problem(where, f"新节点{target.number}不是同一系统的服务"))
    if target.closed_on is not None:
        problems.append(Problem(where, f"新节点{target.number}已终止"))
    if target.opened_on <= source.opened_on:
        problems.append(Problem(where, f"新节点{target.number}不晚于老节点开通，不是为这次迁移开通的"))
    return problems


@transaction.atomic
def name_targets(case: Migration, *, targets: Sequence[tuple[str, str]], actor: Actor, at: datetime) -> Migration:
    """Name the new nodes of old ones that had none; with the last one both run (15.2)."""
    given = {source: target for source, target in targets if target}
    held = {pair.source.number: pair for pair in case.pairs.select_related("source")}
    wanted = [
        (number, given.get(number) or (pair.target.number if pair.target else "")) for number, pair in held.items()
    ]
    found = _pairs(wanted, actor=actor, on=localdate(at))
    for source, target in found:
        MigrationPair.objects.filter(case=case, source=source).update(target=target)
    new = next((target for _, target in found if target), None)
    if new is not None:
        case.provider_id = new.contract.provider_id
        case.save(update_fields=["provider"])
    involvements.involve(case, [node for pair in found for node in pair if node], cite=CITE)
    _try_run(case, at=at)
    return case


@transaction.atomic
def decide_cause(
    case: Migration, *, cause: str, actor: Actor, at: datetime, opinion: str, step: str = "decide_cause",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The centre decides the cause, or after an objection the bureau (``decide_at_bureau``): the money hangs on it."""
    locked, _ = begin(case, step, actor=actor, version=version)
    locked.cause = cause
    locked.save(update_fields=["cause"])
    event = advance(case, step, actor=actor, at=at, opinion=opinion, data={"cause": cause})
    cause_letter(case, event=event, at=at)
    _write_moves(case)
    _try_run(case, at=at)
    return event


def _write_moves(case: Migration) -> None:
    for pair in case.pairs.select_related("source", "target"):
        if pair.target:
            ledger.move(pair.source, pair.target, cause=case.cause, confirmed_on=case.confirmed_on)


def _try_run(case: Migration, *, at: datetime) -> None:
    case.refresh_from_db()
    if case.state == "cause_decided" and case.complete:
        first = case.first_day
        if first is not None and first <= localdate(at):
            run(case, at=at)


@transaction.atomic
def run(case: Migration, *, at: datetime) -> Event:
    """Both nodes run: the days of both are counted from the opening of the first new one."""
    _write_moves(case)
    return advance(case, "run", actor=CLOCK, at=at, data={"first_day": f"{case.first_day}"})


def run_due(*, at: datetime) -> int:
    """Start what is ready, as often as it is asked; whoever was first leaves nothing to do."""
    count = 0
    for case in Migration.objects.filter(state="cause_decided").order_by("pk"):
        if case.complete and case.first_day is not None and case.first_day <= localdate(at):
            try:
                run(case, at=at)
            except NotOpen:
                continue
            count += 1
    return count


@transaction.atomic
def contest(case: Migration, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Unit or provider objects to the cause; until the bureau has decided, charging keeps the one that was decided."""
    return advance(case, "contest", actor=actor, at=at, opinion=opinion, version=version)


@transaction.atomic
def confirm(
    case: Migration, *, day: date, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The unit names the day on which the migration was complete; charging turns on it (15.2)."""
    begin(case, "confirm", actor=actor, version=version)
    event = advance(case, "confirm", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    case.confirmed_on = day
    case.save(update_fields=["confirmed_on"])
    _write_moves(case)
    completion_letter(case, event=event, at=at)
    return event


@transaction.atomic
def release(
    case: Migration, *, day: date, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The provider releases the old nodes: ``day`` is the first that is not charged (R-005)."""
    begin(case, "release", actor=actor, version=version)
    event = advance(case, "release", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    for pair in case.pairs.select_related("source"):
        if pair.source.closed_on is None:
            ledger.close(pair.source, on=day, cite=CITE)
    return event


@transaction.atomic
def abort(case: Migration, *, day: date, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The unit gives the migration up: the new nodes end, and it is as if it had never been one."""
    begin(case, "abort", actor=actor, version=version)
    event = advance(case, "abort", actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})
    for pair in case.pairs.select_related("source", "target"):
        if pair.target:
            ledger.unmove(pair.source, pair.target)
            ledger.close(pair.target, on=day, cite=CITE)
    return event


@transaction.atomic
def withdraw(case: Migration, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Nothing is moved after all; what was decided of the cause falls away."""
    event = advance(case, "withdraw", actor=actor, at=at, opinion=opinion, version=version)
    for pair in case.pairs.select_related("source", "target"):
        if pair.target:
            ledger.unmove(pair.source, pair.target)
    return event
