"""The steps of an agreement (7, 9, 12, 14). What both have signed is written into the ledger, from the agreed day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.catalog.models import Item
from yunheng.domain.catalog.queries import items_on
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.agreement import queries
from yunheng.domain.services.agreement.facts import lines_of
from yunheng.domain.services.models import Agreement, AgreementLine, Paper, ResourceLine, Service
from yunheng.domain.services.models.agreement import PAPER
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import NO_SYSTEM
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem, Refusal
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch3_funding.art14_agreement_machine import CITES
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.terms import ONE_DAY


@dataclass(frozen=True)
class Wanted:
    """A service or a product with what it shall be; ``where`` names it in errors."""

    where: str
    quantity: Decimal | None
    sku: str = ""
    service: Service | None = None


@transaction.atomic
def create(*, system: InformationSystem, provider: Organisation, subject: str, actor: Actor, at: datetime) -> Agreement:
    """Begin to draw up an agreement on one subject for one system. Raises NotFound, BadInput."""
    if not queries.systems_of(actor).filter(pk=system.pk).exists() or provider not in queries.providers_of(actor):
        raise NotFound(NO_SYSTEM, cite=art(14))
    case = Agreement(
        kind="agreement", title=system.name, unit_id=system.unit_id, system=system, provider=provider, lane="own",
        subject=subject, proposed_by=actor.kind,
    )  # fmt: skip
    if not _anything(case, localdate(at)):
        raise BadInput([Problem("约定事项", _NOTHING[subject])], cite=CITES[subject])
    return open_case(case, actor=actor, at=at)


_NOTHING = {
    "charge_start": "没有待确认开通日期的自付资源。纳入市级统筹的，以双方确认的开通日期计费",
    "trial_extension": "没有正在试用的服务。试用已停止的，提出服务申请",
    "change": "没有自付的在用服务。纳入市级统筹的，按服务变更申请",
    "temporary": "用户单位与该云服务商没有自行采购的合同，先登记合同",
}


def _anything(case: Agreement, day: date) -> bool:
    """Whether there is something to agree on."""
    found: dict[str, Callable[[], bool]] = {
        "charge_start": lambda: bool(queries.opening_lines(case)),
        "trial_extension": lambda: bool(queries.trials(case, day)),
        "change": lambda: bool(queries.own_services(case, day)),
        "temporary": lambda: queries.own_contracts(case).exists(),
    }
    return found[case.subject]() if case.subject in found else True


# ---- fill in ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_terms(
    case: Agreement,
    *,
    lines: Sequence[AgreementLine],
    from_on: date | None,
    until: date | None = None,
    words: str = "",
    contract: Contract | None = None,
    document: Attachment | None = None,
) -> Agreement:
    """Replace what is drawn up; a document that was handed in before stays until another one takes its place."""
    case.from_on, case.until, case.words, case.contract = from_on, until, words, contract
    case.save(update_fields=["from_on", "until", "words", "contract"])
    case.lines.all().delete()
    for no, line in enumerate(lines, 1):
        line.case, line.no = case, no
    AgreementLine.objects.bulk_create(lines)
    if document is not None:
        Paper.objects.filter(case=case.pk).delete()
        Paper.objects.create(case=case, kind=PAPER, attachment=document)
    return case


def about_services(services: Sequence[Service]) -> list[AgreementLine]:
    """Trials as they run."""
    return [
        AgreementLine(service=s, sku=s.at("sku", s.opened_on), name=s.name, unit=s.measure, quantity=s.quantity)
        for s in services
    ]


def about_lines(lines: Sequence[ResourceLine]) -> list[AgreementLine]:
    """Lines of an application whose charge is to begin on an agreed day."""
    return [
        AgreementLine(line=line, sku=line.sku, name=line.name, unit=line.unit, quantity=line.granted) for line in lines
    ]


def changed(case: Agreement, wanted: Sequence[Wanted], *, from_on: date | None, today: date) -> list[AgreementLine]:
    """The services that are to be otherwise from the day; what stays the same is left out. Raises BadInput."""
    items = items_on(jurisdiction_id=case.jurisdiction_id, on=today)
    day, found, problems = from_on or today, [], []
    for one in wanted:
        assert one.service is not None
        sku, quantity = one.sku or one.service.at("sku", day), one.quantity
        if quantity is None or quantity == 0:
            problems.append(Problem(f"{one.where} 数量", "数量须大于 0；不再使用的，按退出办理"))
        elif not one.service.runs_on(day):
            problems.append(Problem("自", f"{one.where}在{day}没有运行"))
        elif (sku, quantity) != (one.service.at("sku", day), Decimal(one.service.at("quantity", day))):
            problems += [] if sku in items else [Problem(f"{one.where} 目录编码", f"目录中没有编码“{sku}”")]
            name, unit = one.service.name, one.service.measure
            found.append(AgreementLine(service=one.service, sku=sku, name=name, unit=unit, quantity=quantity))
    if problems:
        raise BadInput(problems, cite=art(9, 1))
    return found


def entered(case: Agreement, wanted: Sequence[Wanted], *, today: date) -> list[AgreementLine]:
    """The products of a temporary service. Raises BadInput."""
    items: dict[str, Item] = items_on(jurisdiction_id=case.jurisdiction_id, on=today)
    problems, found = [], []
    for one in wanted:
        if one.sku not in items:
            problems.append(Problem(f"{one.where} 目录编码", f"目录中没有编码“{one.sku}”，按服务目录填写"))
        elif not one.quantity:
            problems.append(Problem(f"{one.where} 数量", "数量须大于 0"))
        else:
            item = items[one.sku]
            found.append(AgreementLine(sku=one.sku, name=item.name, unit=item.unit, quantity=one.quantity))
    if problems:
        raise BadInput(problems, cite=art(12, 1))
    return found


# ---- sign ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose(case: Agreement, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Sign first; the services are bound until the other side has answered."""
    locked, _ = begin(case, "propose", actor=actor, version=version)
    event = advance(case, "propose", actor=actor, at=at, opinion=opinion, data=terms(locked))
    involvements.involve(case, [line.service for line in lines_of(case) if line.service], cite=CITES[case.subject])
    return event


@transaction.atomic
def sign(case: Agreement, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Sign second: everything is judged again, and what is agreed is written from its day on."""
    locked, _ = begin(case, "sign", actor=actor, version=version)
    event = advance(case, "sign", actor=actor, at=at, opinion=opinion, data=terms(locked))
    case.signed_on = localdate(at)
    case.save(update_fields=["signed_on"])
    for line in lines_of(case):
        _WRITE[case.subject](case, line)
    return event


def terms(case: Agreement) -> dict[str, Any]:
    """What is signed, plain JSON."""
    return {
        "subject": case.subject,
        "from": case.from_on.isoformat() if case.from_on else "",
        "until": case.until.isoformat() if case.until else "",
        "contract": case.contract.number if case.contract else "",
        "words": case.words,
        "lines": [{"of": n.label, "sku": n.sku, "quantity": f"{n.quantity.normalize():f}"} for n in lines_of(case)],
    }


def _start(case: Agreement, line: AgreementLine) -> None:
    """The line is charged from the agreed day once its opening is confirmed (7.1)."""
    assert line.line is not None
    held = ResourceLine.objects.select_for_update().get(pk=line.line.pk)
    if held.status not in ("pending", "reported"):
        raise Refusal(
            f"{line.label}已确认开通或已放弃，不能再约定计费起始日", cite=art(7, 1), todo="撤回或不同意本协议"
        )
    held.charge_from = case.from_on
    held.save(update_fields=["charge_from"])


def _run_on(case: Agreement, line: AgreementLine) -> None:
    assert line.service is not None
    assert case.until is not None
    ledger.run_on(line.service, until=case.until + ONE_DAY)


def _change(case: Agreement, line: AgreementLine) -> None:
    assert line.service is not None
    assert case.from_on is not None
    ledger.set_condition(line.service, kind="sku", on=case.from_on, value=line.sku, case=case)
    quantity = f"{line.quantity.normalize():f}"
    ledger.set_condition(line.service, kind="quantity", on=case.from_on, value=quantity, case=case)


def _enter(case: Agreement, line: AgreementLine) -> None:
    assert case.from_on is not None
    assert case.until is not None
    made = ledger.enter(
        case=case, contract=case.contract, sku=line.sku, name=line.name, measure=line.unit, quantity=line.quantity,
        lane="own", opened_on=case.from_on,
    )  # fmt: skip
    ledger.close(made, on=case.until + ONE_DAY, cite=art(12, 1))


def _nothing(case: Agreement, line: AgreementLine) -> None:
    return None


_WRITE: dict[str, Callable[[Agreement, AgreementLine], None]] = {
    "charge_start": _start,
    "trial_extension": _run_on,
    "change": _change,
    "temporary": _enter,
    "other": _nothing,
}
