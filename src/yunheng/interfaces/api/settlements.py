"""Settlements over the interface (16): the statement handed in, its differences, each party's step, the package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile

from yunheng.domain.billing.models import Difference, Payment, Settlement, StatementLine
from yunheng.domain.billing.settlement import comparing, queries, statements, steps
from yunheng.domain.funding.queries import contracts
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem
from yunheng.foundation.workflow.operations import GONE, begin
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api import settlement_schemas as t
from yunheng.interfaces.api.cases import MISSES, MOST, detail_of, who
from yunheng.law.kernel.citation import Cite

router = Router(tags=["年度结算"])


def _settlement(request: HttpRequest, number: str) -> Settlement:
    case = find_case(actor=who(request), number=number)
    if not isinstance(case, Settlement):
        raise NotFound(GONE)
    return case


@router.post("/settlements", response={200: t.SettlementOut, **MISSES})
def issue(request: HttpRequest, body: t.StatementIn) -> t.SettlementOut:
    """Issue a statement once; it is compared at once, and every difference is in the answer."""
    actor = who(request)
    contract = contracts(actor=actor).filter(number=body.contract).first()
    if contract is None:
        raise NotFound(statements.GONE)
    if wrong := [n for n, line in enumerate(body.lines, 1) if line.to_on <= line.from_on]:
        raise BadInput([Problem(f"第 {n} 行", "止应晚于起") for n in wrong])
    lines = [statements.Stated(f"第 {n} 行", **line.dict()) for n, line in enumerate(body.lines, 1)]
    made = statements.issue(contract=contract, start=body.start, lines=lines, actor=actor, at=timezone.now())
    return _out(made, actor)


@router.post("/settlements/file", response={200: t.SettlementOut, **MISSES})
def issue_file(
    request: HttpRequest, contract: Form[s.Short], start: Form[s.Day], file: File[UploadedFile]
) -> t.SettlementOut:
    """The same from a workbook or CSV file (multipart): for statements too long for a single document."""
    actor = who(request)
    held = contracts(actor=actor).filter(number=contract).first()
    if held is None:
        raise NotFound(statements.GONE)
    lines = statements.read_statement(file.read(), file.name or "")
    return _out(statements.issue(contract=held, start=start, lines=lines, actor=actor, at=timezone.now()), actor)


@router.post("/payments", response={200: t.PaymentOut, **MISSES})
def pay(request: HttpRequest, body: t.PaymentIn) -> t.PaymentOut:
    """Record a progress payment; the settlement of that year pays the rest."""
    actor = who(request)
    held = contracts(actor=actor).filter(number=body.contract).first()
    if held is None:
        raise NotFound(statements.GONE)
    if body.start not in [year.start for year in statements.years_of(held)]:
        raise BadInput([Problem("start", f"合同{held.number}没有从{body.start}开始的结算年度")])
    made = steps.pay_progress(
        held, period_from=body.start, amount=body.amount, paid_on=body.paid_on, voucher=body.voucher, actor=actor,
        at=timezone.now(),
    )  # fmt: skip
    return _payment(made)


@router.get("/payments", response={200: list[t.PaymentOut], **MISSES})
def payments(request: HttpRequest) -> list[t.PaymentOut]:
    """What was paid, the newest first."""
    return [_payment(row) for row in queries.payments(actor=who(request))[:MOST]]


def _payment(row: Payment) -> t.PaymentOut:
    return t.PaymentOut(
        contract=row.contract.number, start=row.period_from, amount=row.amount, paid_on=row.paid_on, voucher=row.voucher,
        final=row.final,
    )  # fmt: skip


@router.get("/settlements/{number}", response={200: t.SettlementOut, **MISSES})
def get_settlement(request: HttpRequest, number: s.Short) -> t.SettlementOut:
    """A settlement with its differences and the units' parts, as far as the caller may see them."""
    return _out(_settlement(request, number), who(request))


@router.get("/settlements/{number}/lines", response={200: list[t.StatementLineOut], **MISSES})
def lines(
    request: HttpRequest,
    number: s.Short,
    after: int = Query(0, ge=0, le=2**31 - 1),
    limit: int = Query(50, ge=1, le=MOST),
) -> list[t.StatementLineOut]:
    """The lines by number, ``limit`` after the number ``after``."""
    found = queries.lines_for(_settlement(request, number), actor=who(request)).filter(no__gt=after)
    return [_line(line) for line in found[:limit]]


@router.get("/settlements/{number}/package", response={200: None, **MISSES})
def package(request: HttpRequest, number: s.Short) -> HttpResponse:
    """The settlement package as .zip, for whoever sees the statement as a whole; `yunheng verify` reads it."""
    case = _settlement(request, number)
    if who(request).kind not in queries.WHOLE:
        raise NotFound("结算包含有其他单位的数据，不向单个单位提供")
    return HttpResponse(comparing.package_of(case), content_type="application/zip")


@router.post("/settlements/{number}/steps/{step}", response={200: t.SettlementOut, **MISSES})
def take_step(request: HttpRequest, number: s.Short, step: s.Short, body: t.SettlementStepIn) -> t.SettlementOut:
    """Take a step; a stale ``version`` is answered with 409."""
    case, actor = _settlement(request, number), who(request)
    with transaction.atomic():
        begin(case, step, actor=actor, version=body.version)  # whose step it is comes before what it carries
        SPECIAL.get(step, _plain)(case, step, body, actor, timezone.now())
    case.refresh_from_db()
    return _out(case, actor)


Act = Callable[[Settlement, str, t.SettlementStepIn, Actor, datetime], Any]


def _plain(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    return steps.take(case, step, actor=actor, at=at, opinion=body.opinion, version=body.version)


def _adjust(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    return comparing.adjust(case, actor=actor, at=at, chosen=body.differences)


def _answer(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    return steps.answer(case, unit=body.unit, adjust=body.adjust, actor=actor, at=at, opinion=body.opinion)


def _verify(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    checks = {key: steps.Check(check.passed, check.words) for key, check in body.checks.items()}
    return steps.verify(case, checks=checks, actor=actor, at=at, opinion=body.opinion)


def _commission(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    auditors = Organisation.objects.filter(jurisdiction_id=case.jurisdiction_id, kind="auditor")
    return steps.commission(
        case, auditor=auditors.filter(credit_code=body.auditor).first(), panel=body.panel, declared=body.declared,
        actor=actor, at=at, opinion=body.opinion,
    )  # fmt: skip


def _account(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    cuts = {cut.no: steps.LineCut(cut.cut, cut.reason) for cut in body.cuts}
    return steps.account(case, digest=body.digest, cuts=cuts, actor=actor, at=at, opinion=body.opinion)


def _audit(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    return steps.review(case, deductions=body.deductions, ground=body.ground, actor=actor, at=at, opinion=body.opinion)


def _settle(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    if body.paid_on is None:
        raise BadInput([Problem("paid_on", "没有写明支付日")])
    return steps.settle(case, amount=body.amount, paid_on=body.paid_on, voucher=body.voucher, actor=actor, at=at)


def _defer(case: Settlement, step: str, body: t.SettlementStepIn, actor: Actor, at: datetime) -> Any:
    return steps.defer(case, alone=body.alone, actor=actor, at=at, opinion=body.opinion)


SPECIAL: dict[str, Act] = {
    "adjust": _adjust,
    "answer": _answer,
    "verify": _verify,
    "commission": _commission,
    "account": _account,
    "audit": _audit,
    "settle": _settle,
    "defer": _defer,
}


def _out(case: Settlement, actor: Actor) -> t.SettlementOut:
    whole = actor.kind in queries.WHOLE
    return t.SettlementOut(
        **detail_of(case, actor),
        contract=case.contract.number,
        period_from=case.period_from,
        period_to=case.period_to,
        compared_at=case.compared_at,
        package_digest=case.package_digest if whole else "",
        accounted=case.accounted if whole else None,
        payable=case.payable if whole else None,
        differences=[_difference(d) for d in queries.differences_for(case, actor=actor)],
        parts=[
            t.PartOut(
                unit=p.unit.name, credit_code=p.unit.credit_code, fund=p.fund, own=p.own, status=p.status, query=p.query,
                answer=p.answer,
            )
            for p in queries.parts_for(case, actor=actor)
        ],
    )  # fmt: skip


def _difference(d: Difference) -> t.DifferenceOut:
    names = (
        "id",
        "kind",
        "sku",
        "from_on",
        "to_on",
        "stated_fund",
        "stated_unit",
        "due_fund",
        "due_unit",
        "amount",
        "reason",
        "reading",
    )
    return t.DifferenceOut(
        **{name: getattr(d, name) for name in names},
        service=d.service_number,
        line=d.line.no if d.line else None,
        article=Cite.parse(d.cite).zh,
    )


def _line(line: StatementLine) -> t.StatementLineOut:
    names = (
        "no",
        "adjustment",
        "late",
        "sku",
        "from_on",
        "to_on",
        "quantity",
        "unit_price",
        "payer",
        "amount",
        "reason",
    )
    return t.StatementLineOut(
        **{name: getattr(line, name) for name in names},
        service=line.service_number,
        corrects=line.corrects.no if line.corrects else None,
    )
