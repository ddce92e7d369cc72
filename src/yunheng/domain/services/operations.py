"""The steps of an application (6, 7). Each is one act: pages, API, demonstration and tests call the same function.

A step that carries nothing of its own (accept, return, withdraw …) is ``workflow.operations.advance`` itself, through
``take``; those that write more than the state are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract, CoverageDecision
from yunheng.domain.funding.queries import annual_fee, annual_total, prices_on
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import openings
from yunheng.domain.services.letters import decision_letter
from yunheng.domain.services.models import Application, ResourceLine, Temporary, Undertaking
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.ch3_funding.art13_coverage import decide
from yunheng.law.kernel.citation import art

Opening = Application | Temporary  # what opens its list line by line (7.1, 12.1)


@dataclass(frozen=True)
class Cut:
    """What the reviewer grants of a line, and why less than was asked for."""

    approved: Decimal
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """What the provider opened of a line."""

    no: int
    quantity: Decimal
    actual_on: date
    instances: str = ""
    spec: str = ""
    plugin: str = ""

    def plain(self) -> dict[str, Any]:
        return {
            "no": self.no,
            "quantity": f"{self.quantity:f}",
            "actual_on": self.actual_on.isoformat(),
            "instances": self.instances,
            "spec": self.spec,
            "plugin": self.plugin,
        }


@transaction.atomic
def pass_to_head(case: Application, *, actor: Actor, at: datetime, version: int | None = None) -> Event:
    """The handler hands the draft to the head, who alone can submit (4.2)."""
    locked, _ = begin(case, "pass_to_head", actor=actor, version=version)
    locked.with_head = True
    locked.save(update_fields=["with_head"])
    return advance(case, "pass_to_head", actor=actor, at=at)


@transaction.atomic
def recommend(
    case: Application,
    *,
    grants: Mapping[int, Cut],
    contract: Contract,
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
) -> Event:
    """The centre's opinion: a quantity per line (``grants`` by line number), the contract, the coverage evaluated."""
    locked, _ = begin(case, "recommend", actor=actor, version=version)
    lines = list(locked.lines.all())
    problems = [problem for line in lines for problem in _cut_wrong(line, grants.get(line.no))]
    problems += _contract_wrong(locked, contract, lines, localdate(at))
    if problems:
        raise BadInput(problems, cite=art(7, 1), todo="逐行写明核定数量；减少的，写明理由")
    for line in lines:
        line.approved, line.cut_reason = grants[line.no].approved, grants[line.no].reason.strip()
    ResourceLine.objects.bulk_update(lines, ["approved", "cut_reason"])
    locked.contract, locked.provider = contract, contract.provider
    locked.save(update_fields=["contract", "provider"])
    fee = f"{annual_fee_of(locked, on=localdate(at)):f}"
    cuts = [{"no": line.no, "approved": f"{line.approved:f}", "reason": line.cut_reason} for line in lines]
    data = {"annual_fee": fee, "contract": contract.number, "lines": cuts}
    event = advance(case, "recommend", actor=actor, at=at, opinion=opinion, data=data)
    return event


def _cut_wrong(line: ResourceLine, cut: Cut | None) -> list[Problem]:
    where = f"第 {line.no} 行 {line.name}"
    if cut is None:
        return [Problem(where, "没有核定数量")]
    if cut.approved < 0 or cut.approved > line.quantity:
        return [Problem(where, f"核定数量须在 0 至申请的 {line.quantity.normalize():f} 之间")]
    if cut.approved < line.quantity and not cut.reason.strip():
        return [Problem(where, "核减须写明理由")]
    return []


def _contract_wrong(case: Application, contract: Contract, lines: Sequence[ResourceLine], on: date) -> list[Problem]:
    """The lane's contract, in force, with a price for every line."""
    if contract.jurisdiction_id != case.jurisdiction_id:
        return [Problem("合同", f"没有合同 {contract.number}")]
    if not contract.starts_on <= on < contract.ends_on:
        return [Problem("合同", f"{contract.number} 今天不在服务期内")]
    if contract.lane == "own" and contract.buyer_id != case.unit_id:
        return [Problem("合同", f"{contract.number} 不是该单位的合同")]
    if (contract.lane == "covered") != is_covered(case, on=on):
        lane = "市级统筹" if contract.lane == "own" else "单位自行采购"
        return [Problem("合同", f"按统筹保障判定，应选{lane}的合同")]
    prices = prices_on(contract=contract, on=on)
    return [
        Problem(f"第 {line.no} 行 {line.name}", f"合同 {contract.number} 没有 {line.sku} 的价格")
        for line in lines
        if line.sku not in prices
    ]


def annual_fee_of(case: Application, *, on: date) -> Decimal:
    """The yearly fee of all granted lines at the contract's prices of the day; a trial is free and has none (R-003)."""
    if case.contract is None:
        return Decimal("0.00")
    prices = prices_on(contract=case.contract, on=on)
    charged = case.lines.filter(trial=False)
    return annual_total(annual_fee(price=prices.get(line.sku), quantity=line.granted) for line in charged)


@transaction.atomic
def approve(
    case: Application, *, actor: Actor, at: datetime, opinion: str = "", waiver: str = "", version: int | None = None
) -> Event:
    """Approve, decide the lane, and notify the provider in the same act where the undertaking is signed (7.1, 19.2)."""
    locked, _ = begin(case, "approve", actor=actor, version=version)
    fee = f"{annual_fee_of(locked, on=localdate(at)):f}"
    event = advance(case, "approve", actor=actor, at=at, opinion=opinion, waiver=waiver, data={"annual_fee": fee})
    _decide_lane(case, event, at)
    decision_letter(case, event=event, at=at)
    if case.unit.undertakings.exists():
        return notify(case, actor=actor, at=at)
    return event


def _decide_lane(case: Application, event: Event, at: datetime) -> None:
    """The lane that the coverage table gave today, kept with its verdict (13.2)."""
    verdict = next(v for v in event.found if v.rule == "coverage")
    covered = is_covered(case, on=localdate(at))
    case.lane = "covered" if covered else "own"
    case.save(update_fields=["lane"])
    assert case.system is not None
    CoverageDecision.objects.create(
        system=case.system,
        covered=covered,
        from_on=localdate(at),
        verdict=verdict.to_dict(),
        case=case,
        decided_at=at,
        reason=verdict.sentence,
    )


def is_covered(case: Application, *, on: date) -> bool:
    """What the coverage table says today (13.2)."""
    fee = f"{annual_fee_of(case, on=on):f}"
    facts = case.facts("coverage", on=on, data={"annual_fee": fee})
    return decide(facts, parameters_on(on, case.jurisdiction_id)).covered


@transaction.atomic
def reject(case: Application, *, actor: Actor, at: datetime, opinion: str, version: int | None = None) -> Event:
    """Refuse with reasons; they go into the letter (7.1)."""
    event = advance(case, "reject", actor=actor, at=at, opinion=opinion, version=version)
    decision_letter(case, event=event, at=at)
    return event


@transaction.atomic
def notify(case: Application, *, actor: Actor, at: datetime, version: int | None = None) -> Event:
    """Tell the provider to open; its working days run from here (7.1)."""
    event = advance(case, "notify", actor=actor, at=at, version=version)
    case.notified_on = localdate(at)
    case.save(update_fields=["notified_on"])
    return event


@transaction.atomic
def sign_undertaking(
    case: Application, *, actor: Actor, at: datetime, attachment: Attachment | None = None, version: int | None = None
) -> Event:
    """The unit's head signs the security undertaking for which an approved application waits (19.2)."""
    event = advance(case, "supply_undertaking", actor=actor, at=at, version=version)
    undertake(actor=actor, at=at, attachment=attachment)
    case.refresh_from_db()
    return event


@transaction.atomic
def undertake(*, actor: Actor, at: datetime, attachment: Attachment | None = None) -> Undertaking:
    """The head signs the undertaking for the whole unit, once, before it is asked for or when it is (19.2).

    Whatever was approved and waited for it is notified by the clock.
    """
    if actor.kind != "user_unit" or not actor.has("head"):
        raise NotYours("上云安全承诺书由用户单位负责人签署", cite=art(19, 2), todo="交本单位负责人办理")
    unit = Organisation.objects.select_for_update().get(pk=actor.organisation_id)
    signed = unit.undertakings.first()
    if signed is not None:
        raise Refusal(f"{unit.short_name}已于 {localdate(signed.signed_at)} 签署", cite=art(19, 2))
    made = Undertaking.objects.create(unit=unit, attachment=attachment, signed_by_id=actor.person_id, signed_at=at)
    audit.write(kind="services.undertaking", subject=unit.credit_code, at=at, body={"by": actor.person_id})
    for waiting in Application.objects.filter(unit=unit, state="approved").order_by("pk"):
        notify(waiting, actor=CLOCK, at=at)
    return made


@transaction.atomic
def report_opened(
    case: Opening, *, reports: Sequence[Report], actor: Actor, at: datetime, version: int | None = None
) -> Event:
    """The provider reports lines that it opened; each then waits for its day (7.1)."""
    locked, _ = begin(case, "report_opened", actor=actor, version=version)
    lines = {line.no: line for line in locked.lines.all()}
    problems = [
        Problem(f"第 {report.no} 行", "清单中没有这一行" if report.no not in lines else "这一行不在待开通之列")
        for report in reports
        if report.no not in lines or lines[report.no].status != "pending"
    ]
    problems += [
        Problem(f"第 {r.no} 行", "开通数量须大于 0；不开通的，由用户单位放弃") for r in reports if r.quantity <= 0
    ]
    if len({report.no for report in reports}) < len(reports):
        problems.append(Problem("开通报告", "同一行报了两次，每行只报一次"))
    if problems or not reports:
        raise BadInput(problems or [Problem("", "没有写明开通了哪几行")], cite=art(7, 1))
    data = {"lines": [report.plain() for report in reports]}
    for report in reports:
        line = lines[report.no]
        line.opened = min(report.quantity, line.approved or Decimal(0))  # more is refused below, by the rule
        line.actual_on, line.opened_spec = report.actual_on, report.spec or line.spec
        line.instances, line.plugin = report.instances, report.plugin
        line.save(update_fields=["opened", "actual_on", "opened_spec", "instances", "plugin"])
    return advance(case, "report_opened", actor=actor, at=at, data=data)


@transaction.atomic
def confirm_opening(
    case: Application,
    *,
    day: date,
    line_nos: Sequence[int],
    actor: Actor,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Event:
    """One side names the formal opening day of some lines; where both name the same, the charge starts (7.1, 15.1)."""
    event, lines = name_day(case, day=day, line_nos=line_nos, actor=actor, at=at, reason=reason, version=version)
    for line in lines:
        openings.open_service(case=case, line=line)
    return event


def name_day(
    case: Opening, *, day: date, line_nos: Sequence[int], actor: Actor, at: datetime, reason: str, version: int | None
) -> tuple[Event, list[ResourceLine]]:
    """Take down one side's day; returns the event, and the lines on whose day both agree now."""
    locked, _ = begin(case, "confirm_opening", actor=actor, version=version)
    lines = [line for line in locked.lines.all() if line.no in set(line_nos)]
    if len(lines) != len(set(line_nos)) or any(line.status != "reported" for line in lines) or not lines:
        raise BadInput([Problem("资源", "所选各行须是已报开通、尚未确认的")], cite=art(7, 1))
    for line in lines:
        if actor.kind == "user_unit":
            line.unit_day = day
        else:
            line.provider_day = day
        line.save(update_fields=["unit_day", "provider_day"])
    data = {"day": day.isoformat(), "lines": [line.no for line in lines], "reason": reason}
    event = advance(case, "confirm_opening", actor=actor, at=at, data=data, opinion=reason)
    return event, [line for line in lines if line.agreed_day]


@transaction.atomic
def mediate(case: Opening, *, day: date, actor: Actor, at: datetime, opinion: str, step: str = "mediate") -> Event:
    """The centre (``mediate``) or the bureau (``mediate_at_bureau``) proposes a day; what was named before is void, both sign anew (4.3, 7.1)."""
    locked, _ = begin(case, step, actor=actor)
    if day > localdate(at):
        raise BadInput([Problem("调解日期", "不能晚于今天")], cite=art(7, 1))
    _forget_days(locked)
    locked.mediated_on = day
    locked.save(update_fields=["mediated_on"])
    return advance(case, step, actor=actor, at=at, opinion=opinion, data={"day": day.isoformat()})


def _forget_days(case: Opening) -> None:
    for line in case.lines.all():
        if line.status == "reported":
            line.unit_day = line.provider_day = None
            line.save(update_fields=["unit_day", "provider_day"])


@transaction.atomic
def dispute_resources(
    case: Opening, *, line_nos: Sequence[int], opinion: str, actor: Actor, at: datetime, version: int | None = None
) -> Event:
    """What was opened differs: the lines named are opened again, with a new term (7.1)."""
    locked, _ = begin(case, "dispute_resources", actor=actor, version=version)
    lines = [line for line in locked.lines.all() if line.no in set(line_nos) and line.status == "reported"]
    if not lines:
        raise BadInput([Problem("资源", "选择已报开通、尚未确认的行")], cite=art(7, 1))
    data = {
        "lines": [{"no": line.no, "reported": f"{line.opened:f}", "actual_on": str(line.actual_on)} for line in lines]
    }
    for line in lines:
        line.opened = line.actual_on = line.unit_day = line.provider_day = None
        line.save(update_fields=["opened", "actual_on", "unit_day", "provider_day"])
    return advance(case, "dispute_resources", actor=actor, at=at, opinion=opinion, data=data)


@transaction.atomic
def drop_lines(
    case: Opening, *, line_nos: Sequence[int], opinion: str, actor: Actor, at: datetime, version: int | None = None
) -> Event:
    """The unit gives up lines that are not confirmed; with the last one the case is over (7.1)."""
    locked, _ = begin(case, "drop_lines", actor=actor, version=version)
    lines = list(locked.lines.all())
    chosen = [line for line in lines if line.no in set(line_nos) and line.status in ("pending", "reported")]
    if not chosen:
        raise BadInput([Problem("资源", "选择尚未确认的行")], cite=art(7, 1))
    if all(line in chosen or line.status == "dropped" for line in lines):
        raise Refusal("全部放弃的，用“取消开通”办理", cite=art(7, 1), todo="至少保留一行，或取消本件")
    for line in chosen:
        line.dropped = True
        line.save(update_fields=["dropped"])
    return advance(case, "drop_lines", actor=actor, at=at, opinion=opinion, data={"lines": [n.no for n in chosen]})


def take(
    case: Application,
    step: str,
    *,
    actor: Actor,
    at: datetime,
    opinion: str = "",
    waiver: str = "",
    version: int | None = None,
) -> Event:
    """A step that carries nothing but words: accept, return, resubmit, reject, withdraw, cancel and the like."""
    if step == "approve":
        return approve(case, actor=actor, at=at, opinion=opinion, waiver=waiver, version=version)
    if step == "reject":
        return reject(case, actor=actor, at=at, opinion=opinion, version=version)
    plain: dict[str, Callable[..., Event]] = {
        "pass_to_head": pass_to_head,
        "notify": notify,
        "supply_undertaking": sign_undertaking,
    }
    if step in plain:
        return plain[step](case, actor=actor, at=at, version=version)
    return advance(case, step, actor=actor, at=at, opinion=opinion, waiver=waiver, version=version)
