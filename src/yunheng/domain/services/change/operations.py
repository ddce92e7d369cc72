"""The steps of a change (9, 4.1). A step that carries nothing of its own is ``workflow.operations.advance`` itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.change import letters
from yunheng.domain.services.change.facts import additions
from yunheng.domain.services.change.fees import fees_of
from yunheng.domain.services.models import Change, ChangeLine
from yunheng.domain.services.operations import Cut
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch2_use.art09_splitting import splitting_suspected
from yunheng.law.kernel.citation import art

CITE = art(9, 1)


@dataclass(frozen=True)
class Done:
    """From which day the provider has changed a line, and the instances behind it now."""

    effective_on: date
    instances: str = ""


@transaction.atomic
def pass_to_head(case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The handler hands the draft to the head, who alone can submit (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def submit(
    case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None, step: str = "submit"
) -> Event:
    """Submit or resubmit: the services are bound to this case, the figures of the moment are kept (9.1, 9.2)."""
    locked, _ = begin(case, step, actor=actor, version=version)
    _bind(locked)
    return advance(case, step, actor=actor, at=at, opinion=opinion, data=_figures(locked, localdate(at)))


def resubmit(case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The same after a return."""
    return submit(case, actor=actor, at=at, opinion=opinion, version=version, step="resubmit")


def _bind(case: Change) -> None:
    lines = case.lines.exclude(service=None).select_related("service")
    involvements.involve(case, [line.service for line in lines if line.service], cite=CITE)


def _figures(case: Change, on: date) -> dict[str, Any]:
    """What is kept with a step: the fees, how much runs of what grows, and whether something looks split."""
    fees = fees_of(case, on=on)
    found = splitting_suspected(additions(case, on, fees), parameters_on(on, case.jurisdiction_id))
    return {
        "before": f"{fees.before}",
        "after": f"{fees.after}",
        "added": f"{fees.added}",
        "levels": {sku: f"{quantity:f}" for sku, quantity in fees.levels().items()},
        "splitting": found.to_dict(),
    }


@transaction.atomic
def send_home(
    case: Change, *, actor: Actor, at: datetime, opinion: str, demand: bool = False, version: int | None = None
) -> Event:
    """Return for correction; with ``demand`` the unit has to argue for it even though no figure asks for it (9.2)."""
    locked, _ = begin(case, "return", actor=actor, version=version)
    if demand:
        locked.demanded = True
        locked.save(update_fields=["demanded"])
    return advance(case, "return", actor=actor, at=at, opinion=opinion, data={"demand": demand})


@transaction.atomic
def recommend(
    case: Change,
    *,
    grants: Mapping[int, Cut],
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Event:
    """The centre's opinion: a quantity per line (``grants`` by line number), never more than was asked for."""
    locked, _ = begin(case, "recommend", actor=actor, version=version)
    lines = list(locked.lines.select_related("service"))
    problems = [problem for line in lines for problem in _cut_wrong(line, grants.get(line.no))]
    if problems:
        raise BadInput(problems, cite=CITE, todo="逐行写明核定数量；减少的，写明理由")
    for line in lines:
        line.approved, line.cut_reason = grants[line.no].approved, grants[line.no].reason.strip()
    ChangeLine.objects.bulk_update(lines, ["approved", "cut_reason"])
    cuts = [{"no": line.no, "approved": f"{line.approved:f}", "reason": line.cut_reason} for line in lines]
    data = _figures(locked, localdate(at)) | {"lines": cuts}
    return advance(case, "recommend", actor=actor, at=at, opinion=opinion, data=data)


def row_of(line: ChangeLine) -> str:
    """The name of a line in forms and errors."""
    return f"{line.no}. {line.label}"


def _cut_wrong(line: ChangeLine, cut: Cut | None) -> list[Problem]:
    where = row_of(line)
    if cut is None:
        return [Problem(f"{where} 核定数量", "没有核定数量")]
    if not line.least <= cut.approved <= line.quantity:
        span = plain(line.quantity) if line.least == line.quantity else f"{plain(line.least)} 至 {plain(line.quantity)}"
        return [Problem(f"{where} 核定数量", f"核定数量须为 {span}：不超过申请，也不低于原有")]
    if cut.approved < line.quantity and not cut.reason.strip():
        return [Problem(f"{where} 核减理由", "核减须写明理由")]
    return []


def plain(quantity: Decimal | str) -> str:
    """4.000000 → 4."""
    quantity = Decimal(quantity)
    return f"{quantity.normalize():f}"


@transaction.atomic
def approve(
    case: Change, *, actor: Actor, at: datetime, opinion: str = "", waiver: str = "", version: int | None = None
) -> Event:
    """Approve on the figures of this moment, issue the letter, and notify the provider in the same act (9.1).

    ``waiver`` is the reason for which the approver lets the change go without being argued for (R-001).
    """
    return _decide(case, "approve", actor=actor, at=at, opinion=opinion, waiver=waiver, version=version)


@transaction.atomic
def adjust(case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The bureau decides on its own adjustment after hearing the unit (4.1), and notifies the provider."""
    return _decide(case, "adjust", actor=actor, at=at, opinion=opinion, version=version)


def _decide(
    case: Change, step: str, *, actor: Actor, at: datetime, version: int | None, opinion: str, waiver: str = ""
) -> Event:
    locked, _ = begin(case, step, actor=actor, version=version)
    data = _figures(locked, localdate(at))
    event = advance(case, step, actor=actor, at=at, opinion=opinion, waiver=waiver, data=data)
    letters.decision(case, event=event, at=at)
    return notify(case, actor=actor, at=at)


@transaction.atomic
def reject(case: Change, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Refuse with reasons; they go into the letter (9.1)."""
    event = advance(case, "reject", actor=actor, at=at, opinion=opinion, version=version)
    letters.decision(case, event=event, at=at)
    return event


@transaction.atomic
def notify(case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The provider receives the decision; its working days run from here (9.1)."""
    event = advance(case, "notify", actor=actor, at=at, opinion=opinion, version=version)
    case.notified_on = localdate(at)
    case.save(update_fields=["notified_on"])
    return event


@transaction.atomic
def propose(
    case: Change, *, ground: str, actor: Actor, at: datetime, opinion: str, version: int | None = None
) -> Event:
    """The bureau puts its adjustment to the unit, with the ground and the reasons (4.1)."""
    locked, _ = begin(case, "propose", actor=actor, version=version)
    locked.ground = ground
    locked.save(update_fields=["ground"])
    _bind(locked)
    data = _figures(locked, localdate(at)) | {"ground": ground}
    return advance(case, "propose", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def complete(
    case: Change,
    *,
    done: Mapping[int, Done],
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Event:
    """The provider reports from which day each line (``done`` by number) is as approved (9.1)."""
    locked, _ = begin(case, "complete", actor=actor, version=version)
    lines = {line.no: line for line in locked.lines.select_related("service") if line.differs}
    problems = [Problem(f"第 {no} 行", "清单中没有这一行，或没有变动") for no in done if no not in lines]
    problems += [Problem(f"{row_of(line)} 生效日", "没有写明生效日") for no, line in lines.items() if no not in done]
    if problems:
        raise BadInput(problems, cite=CITE, todo="逐行写明生效日；不能完成的，先报告变更困难")
    for no, line in lines.items():
        line.effective_on, line.instances = done[no].effective_on, done[no].instances.strip()
    ChangeLine.objects.bulk_update(lines.values(), ["effective_on", "instances"])
    return advance(case, "complete", actor=actor, at=at, opinion=opinion, data={"lines": _reported(lines.values())})


def _reported(lines: Sequence[ChangeLine] | Any) -> list[dict[str, Any]]:
    return [{"no": line.no, "effective_on": f"{line.effective_on}", "instances": line.instances} for line in lines]


@transaction.atomic
def confirm(case: Change, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """The unit confirms: ledger and charge follow the effective day of each line, not this moment (9.1, 15.1)."""
    begin(case, "confirm", actor=actor, version=version)
    event = advance(case, "confirm", actor=actor, at=at, opinion=opinion)
    for line in case.lines.select_related("service__contract"):
        if line.differs:
            _carry_over(case, line)
    return event


def _carry_over(case: Change, line: ChangeLine) -> None:
    """Write a line into the ledger."""
    on, service = line.effective_on, line.service
    assert on is not None  # the report named a day for each line that differs
    if service is None:
        line.opened = ledger.enter(
            case=case, contract=case.contract, sku=line.sku_after, name=line.name, measure=line.unit,
            spec=line.spec, quantity=line.granted, lane="covered", opened_on=on, instances=line.instances,
        )  # fmt: skip
        line.save(update_fields=["opened"])
    elif line.granted == 0:
        ledger.close(service, on=on, cite=CITE)
    else:
        ledger.set_condition(service, kind="sku", on=on, value=line.sku_after, case=case)
        ledger.set_condition(service, kind="quantity", on=on, value=f"{line.granted:f}", case=case)
        if line.instances:
            ledger.set_instances(service, line.instances)


@transaction.atomic
def dispute(case: Change, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """What was reported is not so: the provider gets new working days (9.1). What it reported stays in the record."""
    locked, _ = begin(case, "dispute", actor=actor, version=version)
    reported = [line for line in locked.lines.all() if line.effective_on]
    data = {"lines": _reported(reported)}
    for line in reported:
        line.effective_on, line.instances = None, ""
    ChangeLine.objects.bulk_update(reported, ["effective_on", "instances"])
    return advance(case, "dispute", actor=actor, at=at, opinion=opinion, data=data)
