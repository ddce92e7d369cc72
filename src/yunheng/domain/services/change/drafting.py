"""Prepare a change: open the draft, fill in its list, its papers and what speaks for it. Steps are in ``operations``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract
from yunheng.domain.services import ledger, openings
from yunheng.domain.services.change.fees import Prices
from yunheng.domain.services.models import Change, ChangeLine, Paper, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import NO_SYSTEM
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotOpen, NotYours, Problem, Refusal
from yunheng.foundation.workflow.operations import GONE, open_case, stands_for
from yunheng.law.ch2_use.art09_carrying_out import BY_AGREEMENT
from yunheng.law.ch2_use.art09_change import PAPERS
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import By

CITE = art(9, 1)
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True)
class Wanted:
    """A row of the list as handed in. ``service`` is its number, "" for one that is added; quantity 0 ends it.

    ``where`` names the row in errors; without ``sku`` the product stays as it is.
    """

    where: str
    service: str
    quantity: Decimal | None
    sku: str = ""
    spec: str = ""
    purpose: str = ""


@transaction.atomic
def create(
    *, system: InformationSystem, actor: Actor, at: datetime, purpose: str = "", contract: Contract | None = None
) -> Change:
    """Open a draft for a system with covered services: by its unit, or as an adjustment by the bureau (4.1).

    ``contract`` is that of added lines and names the provider; it has to be said only where several serve the system.
    """
    _check_opener(system, actor)
    on = localdate(at)
    serving = {service.contract_id: service.contract for service in changeable(system, on)}
    if not serving:
        raise Refusal(
            BY_AGREEMENT,
            cite=CITE,
            todo="系统没有纳入统筹的服务。自付的服务在“新建办件”中按协议登记；首次使用的，提出服务申请",
        )
    chosen = _chosen(list(serving.values()), contract)
    draft = Change(
        kind="change", unit_id=system.unit_id, system=system, title=system.name, lane="covered", purpose=purpose,
        contract=chosen, provider_id=chosen.provider_id, by_bureau=actor.kind == "bureau",
    )  # fmt: skip
    return open_case(draft, actor=actor, at=at)


def _check_opener(system: InformationSystem, actor: Actor) -> None:
    if actor.kind == "bureau" and system.jurisdiction_id == actor.jurisdiction_id:
        if not actor.has("approver", "change"):
            raise NotYours("资源调整由市大数据局审批人提出", cite=art(4, 1), todo="交本单位审批人办理")
        return
    own = actor.kind == "user_unit" and system.unit_id == actor.organisation_id
    if not own or (actor.using_unit_id and system.using_unit_id != actor.using_unit_id):
        raise NotFound(NO_SYSTEM, cite=CITE)
    if not (actor.has("handler", "change") or actor.has("head", "change")):
        raise NotYours("变更申请由用户单位的经办人或负责人起草", cite=CITE, todo="交本单位经办人办理")


def _chosen(serving: list[Contract], asked: Contract | None) -> Contract:
    """The contract that was asked for, or the newest one where all are of one provider."""
    if asked is not None and asked not in serving:
        raise BadInput([Problem("合同", f"系统没有由合同 {asked.number} 提供的统筹服务")], cite=CITE)
    if asked is None and len({contract.provider_id for contract in serving}) > 1:
        names = "、".join(f"{contract.number}（{contract.provider.short_name}）" for contract in serving)
        raise BadInput([Problem("合同", f"系统由多家云服务商提供服务，选择其中一份：{names}")], cite=CITE)
    return asked or max(serving, key=lambda contract: (contract.starts_on, contract.pk))


def changeable(system: InformationSystem, on: date, *, provider_id: int | None = None) -> list[Service]:
    """The services that a change may be about on a day: running, covered, of one provider where it is named.

    Neither a trial, nor a temporary service: its list is what the city government consented to (12.1).
    """
    return [
        service
        for service in ledger.running_of(system, on)
        if not service.trial
        and openings.period_ends_on(service) is None
        and service.at("lane", on) == "covered"
        and provider_id in (None, service.contract.provider_id)
    ]


def editable(case: Change, *, actor: Actor) -> Change:
    """Lock the change and check that its own side may still fill it in."""
    locked = Change.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not stands_for(locked, By("bureau" if locked.by_bureau else "user_unit"), actor):
        raise NotFound(GONE)
    if not locked.editable_by(actor):
        if locked.state in ("draft", "returned"):
            raise NotYours("只有起草的一方可以修改变更清单", cite=CITE, todo="交经办人或负责人办理")
        raise NotOpen(f"{locked.state_zh}的变更不能修改", cite=CITE, todo="需要修改的，先撤回或等待退回补正")
    return locked


@transaction.atomic
def set_lines(case: Change, *, lines: Sequence[Wanted], actor: Actor, on: date) -> list[ChangeLine]:
    """Replace the list: rows that are not handed in, or say what is so already, change nothing.

    Raises BadInput with every wrong row, and for a list without any difference; then nothing has changed.
    """
    locked = editable(case, actor=actor)
    assert locked.system is not None
    running = {s.number: s for s in changeable(locked.system, on, provider_id=locked.provider_id)}
    prices, problems = Prices(on), list[Problem]()
    made = [line for row in lines if (line := _line(locked, row, running, prices, problems)) and line.differs]
    problems += _twice(lines)
    if not made and not problems:
        problems.append(Problem("变更清单", "没有任何变动，至少改一行，或新增一行"))
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后重新保存，原来的清单没有变动")
    locked.lines.all().delete()
    for no, line in enumerate(made, 1):
        line.no = no
    return ChangeLine.objects.bulk_create(made)


def _twice(lines: Sequence[Wanted]) -> list[Problem]:
    seen, found = set[str](), []
    for row in lines:
        if row.service and row.service in seen:
            found.append(Problem(row.where, "同一服务出现两次"))
        seen.add(row.service)
    return found


def _line(
    case: Change, row: Wanted, running: Mapping[str, Service], prices: Prices, problems: list[Problem]
) -> ChangeLine | None:
    """The line that a row asks for; what is wrong with it goes to ``problems``."""
    service = running.get(row.service)
    if row.service and service is None:
        problems.append(Problem(row.where, f"系统没有可以变更的服务“{row.service[:20]}”"))
        return None
    before = Decimal(service.at("quantity", prices.on)) if service else Decimal(0)
    sku_before = service.at("sku", prices.on) if service else ""
    quantity = row.quantity if row.quantity is not None else before
    sku = row.sku or sku_before
    wrong = _wrong(case, row, service, quantity, sku, prices, unchanged=(sku, quantity) == (sku_before, before))
    problems += wrong
    if wrong:
        return None
    item = case.offered.get(sku)
    same = service is not None and sku == sku_before
    return ChangeLine(
        case=case, service=service, quantity_before=before, quantity=quantity, sku_before=sku_before, sku_after=sku,
        name=service.name if service and (same or not item) else item.name if item else sku,
        unit=item.unit if item else service.measure if service else "",
        spec=row.spec or (service.spec if service and same else ""), purpose=row.purpose,
    )  # fmt: skip


def _wrong(
    case: Change, row: Wanted, service: Service | None, quantity: Decimal, sku: str, prices: Prices, *, unchanged: bool
) -> list[Problem]:
    if unchanged:
        return [] if service else [Problem(f"{row.where} 目录编码", "新增的须写明目录编码和数量")]
    found, number = [], f"{row.where} 变更后数量"
    if quantity < 0:
        found.append(Problem(number, "不能小于 0"))
    elif service is None and quantity == 0:
        found.append(Problem(number, "新增数量须大于 0"))
    elif quantity >= LARGEST or quantity != quantity.quantize(Decimal("0.000001")):
        found.append(Problem(number, "最多 9 位整数、6 位小数"))
    contract = service.contract if service else case.contract
    if quantity and sku not in case.offered:
        found.append(Problem(f"{row.where} 目录编码", f"目录中没有编码“{sku[:40]}”，按服务目录填写"))
    elif quantity and sku not in prices.of(contract):
        found.append(Problem(f"{row.where} 目录编码", f"合同 {contract.number} 没有 {sku} 的价格，不能变更为该产品"))
    return found


@transaction.atomic
def argue(
    case: Change,
    *,
    actor: Actor,
    purpose: str,
    periodic: bool = False,
    cites: Change | None = None,
    departure: str = "",
    papers: Mapping[str, Attachment] | None = None,
) -> Change:
    """What speaks for the change: plan and expert opinion (``papers`` by kind), or the first periodic case, or a request."""
    locked = editable(case, actor=actor)
    locked.purpose, locked.periodic, locked.cites, locked.departure = (
        purpose.strip(),
        periodic,
        cites,
        departure.strip(),
    )
    locked.save(update_fields=["purpose", "periodic", "cites", "departure"])
    unknown = set(papers or {}) - {kind for kind, _ in PAPERS}
    if unknown:
        raise BadInput([Problem("材料", f"没有这一种材料：{'、'.join(sorted(unknown))}")], cite=art(9, 2))
    for kind, attachment in (papers or {}).items():
        locked.papers.filter(kind=kind).delete()
        Paper.objects.create(case=locked, kind=kind, attachment=attachment)
    return locked


def citable(case: Change) -> Iterable[Change]:
    """Earlier periodic changes of the same system that argued for themselves; whether one carries is the rule's question."""
    found = Change.objects.filter(system_id=case.system_id, periodic=True, cites=None).exclude(pk=case.pk)
    return found.exclude(state="draft").order_by("-created_at")
