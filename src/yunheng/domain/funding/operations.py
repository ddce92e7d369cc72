"""Enter contracts and their prices (Article 14). A price is never edited: a supplement adds rows and closes the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.parties.models import Organisation
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem
from yunheng.law.ch3_funding.art14_contract import PERS, PRORATIONS
from yunheng.law.kernel.citation import art

GONE = "没有这份合同，或你无权查看"
MOST_PRICES = 2000
PLACES = Decimal("0.000001")
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True)
class Terms:
    """What a contract says. ``ends_on`` is the first day on which it no longer holds; ``amount`` in yuan."""

    number: str
    name: str
    provider: Organisation
    starts_on: date
    ends_on: date
    proration: str = "annual_actual"
    charge_suspended: bool = False
    amount: Decimal | None = None


@dataclass(frozen=True)
class PriceInput:
    """A net price as handed in; ``where`` names it in errors (第 4 行)."""

    where: str
    sku: str
    per: str
    unit_price: Decimal
    valid_from: date
    valid_to: date | None = None


@transaction.atomic
def register_contract(*, terms: Terms, actor: Actor, at: datetime) -> Contract:
    """Enter a signed contract: the bureau's serve the covered lane (14), a unit's own its own services.

    Raises BadInput with every gap at once, NotYours for those who buy nothing.
    """
    buyer = _buyer(actor)
    problems = _wrong_terms(terms, actor)
    if problems:
        raise BadInput(problems, cite=art(14), todo="改正后再登记")
    made = Contract.objects.create(
        jurisdiction_id=actor.jurisdiction_id,
        number=terms.number.strip(),
        name=terms.name.strip(),
        buyer=buyer,
        provider=terms.provider,
        lane="covered" if actor.kind == "bureau" else "own",
        proration=terms.proration,
        charge_suspended=terms.charge_suspended,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        amount=terms.amount,
    )
    body = {"by": actor.person_id, "provider": terms.provider.credit_code, "from": terms.starts_on, "to": terms.ends_on}
    audit.write(
        kind="funding.contract",
        subject=made.number,
        at=at,
        body={**body, "proration": made.proration, "lane": made.lane},
    )
    return made


def _buyer(actor: Actor) -> Organisation:
    allowed = (actor.kind == "bureau" and (actor.has("approver") or actor.has("finance"))) or (
        actor.kind == "user_unit" and actor.has("head")
    )
    if not allowed:
        raise NotYours(
            "纳入统筹的合同由市大数据局登记，单位自行采购的合同由单位负责人登记",
            cite=art(14),
            todo="交有权登记的人办理",
        )
    return Organisation.objects.get(pk=actor.organisation_id)


def _wrong_terms(terms: Terms, actor: Actor) -> list[Problem]:
    problems = []
    if not 0 < len(terms.number.strip()) <= 30:
        problems.append(Problem("合同编号", "填写 1 至 30 个字"))
    elif "/" in terms.number:
        problems.append(Problem("合同编号", "不能含有“/”，改用“-”"))
    elif Contract.objects.filter(jurisdiction_id=actor.jurisdiction_id, number=terms.number.strip()).exists():
        problems.append(Problem("合同编号", f"{terms.number.strip()} 已登记"))
    if not 0 < len(terms.name.strip()) <= 100:
        problems.append(Problem("合同名称", "填写 1 至 100 个字"))
    if terms.ends_on <= terms.starts_on:
        problems.append(Problem("服务期至（不含）", "须晚于服务期开始日"))
    if terms.provider.kind != "provider":
        problems.append(Problem("云服务商", f"{terms.provider.name}不是云服务商"))
    if terms.proration not in dict(PRORATIONS):
        problems.append(Problem("折算方式", "从列出的各项中选择"))
    if terms.amount is not None and not (
        0 <= terms.amount < Decimal(10) ** 12 and terms.amount == terms.amount.quantize(Decimal("0.01"))
    ):
        problems.append(Problem("合同金额（元）", "须为不小于 0、最多两位小数的金额"))
    return problems


@transaction.atomic
def supplement_prices(contract: Contract, *, prices: Sequence[PriceInput], actor: Actor, at: datetime) -> int:
    """Add dated prices; the open price before each ends where the new one begins. Returns how many rows were added.

    Every wrong row is named, and then nothing has changed. A price that is in the table already, to the last digit,
    is passed over, so that an exported table can be handed in again.
    """
    locked = Contract.objects.select_for_update(of=("self",)).get(pk=contract.pk)
    if locked.buyer_id != actor.organisation_id:
        raise NotFound(GONE)
    _buyer(actor)
    if len(prices) > MOST_PRICES:
        raise BadInput([Problem("价目", f"共 {len(prices)} 行，超过 {MOST_PRICES} 行")], cite=art(14))
    units = dict(Item.objects.filter(jurisdiction_id=locked.jurisdiction_id).values_list("code", "unit"))
    held: dict[str, list[Price]] = {}
    for price in locked.prices.order_by("valid_from"):
        held.setdefault(price.sku, []).append(price)
    new = [given for given in prices if not _known(given, held.get(given.sku, ()))]
    problems = [p for given in new for p in _wrong_price(given, locked, units)]
    problems += _overlaps(new, held)
    if problems or not prices:
        problems = problems or [Problem("价目", "没有任何价格")]
        raise BadInput(problems, cite=art(14), todo="改正后重新提交，原有价目没有变动")
    for given in sorted(new, key=lambda row: (row.sku, row.valid_from)):
        _add(locked, given, units[given.sku])
    rows = [[g.sku, g.per, f"{g.unit_price:f}", str(g.valid_from), str(g.valid_to or "")] for g in new]
    audit.write(kind="funding.prices", subject=locked.number, at=at, body={"by": actor.person_id, "prices": rows})
    return len(new)


def _known(given: PriceInput, held: Iterable[Price]) -> bool:
    return any(
        (price.valid_from, price.per, price.unit_price) == (given.valid_from, given.per, given.unit_price)
        and given.valid_to in (None, price.valid_to)
        for price in held
    )


def _wrong_price(given: PriceInput, contract: Contract, units: dict[str, str]) -> list[Problem]:
    problems = []
    if given.sku not in units:
        problems.append(Problem(given.where, f"目录中没有编码“{given.sku}”，按服务目录填写"))
    if given.per not in dict(PERS):
        problems.append(Problem(given.where, f"计价须为{'、'.join(zh for _, zh in PERS)}之一"))
    if not 0 <= given.unit_price < LARGEST or given.unit_price != given.unit_price.quantize(PLACES):
        problems.append(Problem(given.where, "单价须不小于 0，最多 9 位整数、6 位小数"))
    if not contract.starts_on <= given.valid_from < contract.ends_on:
        problems.append(Problem(given.where, f"{given.valid_from} 不在合同服务期内"))
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        problems.append(Problem(given.where, "止日须晚于起日"))
    return problems


def _overlaps(new: Sequence[PriceInput], held: dict[str, list[Price]]) -> list[Problem]:
    """A new price begins after the last one of its product began, and rows of one table do not overlap."""
    problems, last = [], {sku: rows[-1].valid_from for sku, rows in held.items()}
    ends: dict[str, date | None] = dict.fromkeys(held)
    for given in sorted(new, key=lambda row: (row.sku, row.valid_from)):
        before = last.get(given.sku)
        if before is not None and given.valid_from <= before:
            problems.append(Problem(given.where, f"{given.sku} 已有自 {before} 起的价格，新价格须在其后，原价格不改"))
            continue
        end = ends.get(given.sku)
        if end is not None and given.valid_from < end:
            problems.append(Problem(given.where, f"{given.sku} 与上一行的价格重叠至 {end}"))
        last[given.sku], ends[given.sku] = given.valid_from, given.valid_to
    return problems


def _add(contract: Contract, given: PriceInput, unit: str) -> None:
    """Close what runs on past the first day of the new price, then add it."""
    contract.prices.filter(sku=given.sku).filter(Q(valid_to=None) | Q(valid_to__gt=given.valid_from)).update(
        valid_to=given.valid_from
    )
    Price.objects.create(
        contract=contract,
        sku=given.sku,
        unit=unit,
        per=given.per,
        unit_price=given.unit_price,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )
