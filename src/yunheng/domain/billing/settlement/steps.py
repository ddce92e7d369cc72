"""The steps of a settlement after the statement is out. Each is one act: pages, API, demonstration and tests call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.billing.models import AccountedLine, CarriedLine, Payment, Settlement, StatementLine, UnitPart
from yunheng.domain.billing.settlement import comparing, letters
from yunheng.domain.billing.settlement.facts import late_lines, payable_of, submitted
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import Event, Participant
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch3_funding.art16_machine import OPEN
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.citation import art

CITE, ZERO = art(16), Decimal("0.00")


def _part(case: Settlement, actor: Actor) -> UnitPart:
    return case.parts.select_for_update(of=("self",)).get(unit_id=actor.organisation_id)


@transaction.atomic
def unit_confirm(
    case: Settlement, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """The head confirms the unit's part as it is now; it is to be confirmed anew when its sums change (16)."""
    locked, _ = begin(case, "unit_confirm", actor=actor, version=version)
    part = _part(locked, actor)
    if part.confirmed_at:
        raise Refusal("本单位已经确认，金额没有变动", cite=CITE)
    part.confirmed_at = at
    part.save(update_fields=["confirmed_at"])
    data = {"fund": f"{part.fund}", "unit": f"{part.own}"}
    return advance(case, "unit_confirm", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def unit_query(case: Settlement, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """The head asks about the unit's part; the provider answers within its term (16)."""
    locked, _ = begin(case, "unit_query", actor=actor, version=version)
    part = _part(locked, actor)
    if part.status == "queried":
        raise Refusal("上一个疑问还没有答复", cite=CITE, todo="等云服务商答复后再提")
    part.query, part.queried_at, part.answer, part.answered_at, part.confirmed_at = opinion.strip(), at, "", None, None
    part.save()
    return advance(case, "unit_query", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def answer(
    case: Settlement,
    *,
    unit: str,
    actor: Actor,
    at: datetime,
    opinion: str,
    adjust: bool = False,
    version: int | None = None,
) -> Event:
    """The provider answers the query of the unit with that credit code, with reasons or with adjustment lines (16)."""
    locked, _ = begin(case, "answer", actor=actor, version=version)
    part = locked.parts.select_for_update(of=("self",)).filter(unit__credit_code=unit, queried_at__isnull=False).first()
    if part is None or part.answered_at:
        raise BadInput([Problem("单位", "这个单位没有待答复的疑问")], cite=CITE)
    part.answer, part.answered_at = opinion.strip(), at
    part.save(update_fields=["answer", "answered_at"])
    event = advance(case, "answer", actor=actor, at=at, opinion=opinion, data={"unit": unit})
    own = list(locked.differences.filter(unit_id=part.unit_id).values_list("pk", flat=True))
    if adjust and own:
        comparing.adjust(case, actor=actor, at=at, chosen=own)
    return event


@dataclass(frozen=True)
class Check:
    """The conclusion of one of the four checks."""

    passed: bool | None
    words: str = ""


@transaction.atomic
def verify(
    case: Settlement,
    *,
    checks: Mapping[str, Check],
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Event:
    """The centre's conclusions on units, systems, optimisation and fees, reported to the bureau (16)."""
    given = {key: {"passed": checks[key].passed, "words": checks[key].words} for key, _ in CHECKS if key in checks}
    event = advance(case, "verify", actor=actor, at=at, opinion=opinion, data={"checks": given}, version=version)
    letters.verification(case, event=event, at=at)
    return event


@transaction.atomic
def give_back(case: Settlement, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Return the case with reasons; from verified and accounted the year is computed anew (16, 4.1)."""
    source = case.state
    event = advance(case, "return", actor=actor, at=at, opinion=opinion, version=version)
    if source != "compared":
        case.cuts.all().delete()
        case.accounted = case.payable = None
        case.save(update_fields=["accounted", "payable"])
        comparing.compare(case, at=at)
        case.refresh_from_db()
    return event


@transaction.atomic
def commission(
    case: Settlement, *, actor: Actor, at: datetime, auditor: Organisation | None = None, panel: str = "",
    declared: bool = False, opinion: str = "", version: int | None = None,
) -> Event:  # fmt: skip
    """Hand the sealed package to a third party, or to an expert panel that a third party's account writes for (16)."""
    locked, _ = begin(case, "commission", actor=actor, version=version)
    if auditor is None or auditor.kind != "auditor":
        raise BadInput([Problem("受托方", "选择受托的第三方机构；专家组核算的，选择其依托的机构")], cite=CITE)
    locked.auditor, locked.panel = auditor, panel.strip()
    locked.save(update_fields=["auditor", "panel"])
    Participant.objects.get_or_create(case_id=locked.pk, organisation_id=auditor.pk)
    data = {"auditor": auditor.name, "panel": panel.strip(), "declared": declared, "package": locked.package_digest}
    event = advance(case, "commission", actor=actor, at=at, opinion=opinion, data=data)
    case.refresh_from_db()
    return event


@dataclass(frozen=True)
class LineCut:
    """What the accountant takes off a line of the statement, and why."""

    cut: Decimal
    reason: str


@transaction.atomic
def account(
    case: Settlement, *, digest: str, cuts: Mapping[int, LineCut], actor: Actor, at: datetime, opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """送审 / 核减 / 审定 by line, on the package with that digest; ``cuts`` by the line's number (16).

    What the fund is asked for beyond the recomputation, and nobody adjusted, is cut whatever the account says.
    """
    locked, _ = begin(case, "account", actor=actor, version=version)
    cuts = _with_excess(locked, cuts)
    rows = {line.no: line for line in locked.lines.filter(no__in=cuts, corrects=None)}
    if unknown := sorted(set(cuts) - set(rows)):
        raise BadInput([Problem(f"第 {no} 行", "账单中没有这一行，或它是调整行") for no in unknown], cite=CITE)
    made = [
        AccountedLine(settlement=locked, line=rows[no], submitted=fund_of(rows[no]), cut=c.cut, reason=c.reason.strip())
        for no, c in cuts.items()
    ]
    listed = [
        {
            "no": a.line.no,
            "name": f"第 {a.line.no} 行 {a.line.service_number}",
            "submitted": f"{a.submitted}",
            "cut": f"{a.cut}",
            "reason": a.reason,
        }
        for a in made
    ]
    event = advance(
        case, "account", actor=actor, at=at, opinion=opinion, data={"digest": digest.strip(), "cuts": listed}
    )
    AccountedLine.objects.bulk_create(made)
    case.refresh_from_db()
    case.accounted = submitted(case) - sum((a.cut for a in made), ZERO)
    case.save(update_fields=["accounted"])
    return event


def _with_excess(case: Settlement, cuts: Mapping[int, LineCut]) -> dict[int, LineCut]:
    """The cuts, none of them less than what the fund does not owe: what runs unapproved is never payable."""
    found = dict(cuts)
    for difference in case.differences.exclude(line=None).select_related("line"):
        excess = difference.stated_fund - difference.due_fund
        assert difference.line is not None
        no = difference.line.no
        if excess > 0 and (no not in found or found[no].cut < excess):
            found[no] = LineCut(excess, difference.reason)
    return found


def fund_of(line: StatementLine) -> Decimal:
    """What the fund is asked for a line, adjustments included."""
    rows = [line, *line.adjustments.all()]
    return sum((row.amount for row in rows if row.payer == "fund" and not row.late), ZERO)


@transaction.atomic
def review(
    case: Settlement, *, actor: Actor, at: datetime, deductions: Decimal = ZERO, ground: str = "", opinion: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """The bureau's review of the amount payable (4.1, R-018); letters to the provider and to units that pay themselves."""
    data = {"deductions": f"{deductions}", "ground": ground.strip()}
    event = advance(case, "audit", actor=actor, at=at, opinion=opinion, data=data, version=version)
    case.refresh_from_db()
    verdict = next(v for v in event.found if v.rule == "payable")
    carried = list(late_lines(case))
    case.payable = payable_of(case, data).amount
    case.save(update_fields=["payable"])
    CarriedLine.objects.bulk_create(CarriedLine(line=line, settlement=case) for line in carried)
    letters.settlement(case, event=event, verdict=verdict, at=at)
    letters.own_accounts(case, event=event, at=at)
    return event


@transaction.atomic
def settle(
    case: Settlement,
    *,
    amount: Decimal,
    paid_on: date,
    voucher: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Event:
    """Record the payment that settles the year (16)."""
    locked, _ = begin(case, "settle", actor=actor, version=version)
    _check_payment(locked.contract, paid_on, voucher, at)
    data = {"amount": f"{amount}", "paid_on": f"{paid_on}", "voucher": voucher.strip()}
    event = advance(case, "settle", actor=actor, at=at, data=data)
    Payment.objects.create(
        contract=locked.contract, settlement=locked, period_from=locked.period_from, final=True, amount=amount,
        paid_on=paid_on, voucher=voucher.strip(), recorded_by_id=actor.person_id, recorded_at=at,
    )  # fmt: skip
    return event


def _check_payment(contract: Contract, paid_on: date, voucher: str, at: datetime) -> None:
    problems = []
    if not voucher.strip():
        problems.append(Problem("凭证号", "不能为空"))
    elif contract.payments.filter(voucher=voucher.strip()).exists():
        problems.append(Problem("凭证号", f"{voucher.strip()}已经登记过"))
    if paid_on > localdate(at):
        problems.append(Problem("支付日", "不能晚于今天"))
    if problems:
        raise BadInput(problems, cite=CITE)


@transaction.atomic
def pay_progress(
    contract: Contract, *, period_from: date, amount: Decimal, paid_on: date, voucher: str, actor: Actor, at: datetime
) -> Payment:
    """Record a progress payment; the settlement of that year pays the rest (16)."""
    if actor.kind != "bureau" or not actor.has("finance"):
        raise NotYours("进度款由市大数据局财务登记", cite=CITE, todo="交财务办理")
    _check_payment(contract, paid_on, voucher, at)
    if amount <= 0:
        raise BadInput([Problem("金额", "须大于0")], cite=CITE)
    if Settlement.objects.filter(contract=contract, period_from=period_from, state__in=("audited", "settled")).exists():
        raise Refusal("该账期的应付金额已经审核，不能再登记进度款", cite=CITE)
    made = Payment.objects.create(
        contract=contract, period_from=period_from, amount=amount, paid_on=paid_on, voucher=voucher.strip(),
        recorded_by_id=actor.person_id, recorded_at=at,
    )  # fmt: skip
    body = {"period_from": f"{period_from}", "amount": f"{amount}", "voucher": made.voucher, "by": actor.person_id}
    audit.write(kind="settlement.progress", subject=contract.number, at=at, body=body)
    return made


@transaction.atomic
def defer(
    case: Settlement, *, actor: Actor, at: datetime, opinion: str, alone: bool = False, version: int | None = None
) -> Event:
    """Hold the contract's open settlements, all of them unless the decision names this one ``alone`` (24.2, R-017)."""
    event = advance(case, "defer", actor=actor, at=at, opinion=opinion, version=version)
    if not alone:
        for other in Settlement.objects.filter(contract=case.contract, state__in=OPEN).order_by("pk"):
            advance(other, "defer", actor=actor, at=at, opinion=opinion)
    return event


def take(
    case: Settlement, step: str, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None
) -> Event:
    """A step that carries nothing but words: defer, resume, comment and the like."""
    if step == "recompute":
        begin(case, step, actor=actor, version=version)
        comparing.compare(case, at=at)
        case.refresh_from_db()
        if case.parked:
            raise Refusal(
                "还有服务不能复算，账单仍然挂起", cite=CITE, todo="由采购单位补录合同价格，或由服务中心查明后重新复算"
            )
        return case.events.order_by("-sequence")[0]
    plain: dict[str, Callable[..., Event]] = {
        "unit_confirm": unit_confirm,
        "unit_query": unit_query,
        "return": give_back,
        "adjust": _adjust,
        "defer": defer,
    }
    if step in plain:
        return plain[step](case, actor=actor, at=at, opinion=opinion, version=version)
    return advance(case, step, actor=actor, at=at, opinion=opinion, version=version)


def _adjust(case: Settlement, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    return comparing.adjust(case, actor=actor, at=at, version=version)
