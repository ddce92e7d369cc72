"""The provider's statement of a year (16): read with every wrong row named, issued once, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.billing.models import Settlement, StatementLine
from yunheng.domain.billing.settlement import comparing, letters
from yunheng.domain.billing.storage import insert_rows
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import Service
from yunheng.foundation.documents.workbooks import read_table
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.foundation.workflow.operations import advance, open_case
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period

CITE = art(16)
MOST_LINES, MOST_NAMED = 2_000_000, 100
GONE = "没有这个合同，或你无权查看"
# fmt: off
COLUMNS = {
    "service_id": "服务编号", "sku": "目录编码", "from": "起", "to": "止（不含）", "quantity": "数量",
    "unit_price": "单价", "payer": "承担方", "amount": "金额（元）",
}
PAYERS = {"fund": "fund", "unit": "unit", "市级统筹": "fund", "用户单位自付": "unit", "单位自付": "unit"}
STORED = (
    "settlement_id", "no", "corrects_id", "adjustment", "late", "service_id", "unit_id", "system_id", "service_number",
    "sku", "from_on", "to_on", "days", "quantity", "unit_price", "payer", "amount", "reason",
)
# fmt: on


@dataclass(frozen=True)
class Stated:
    """One line as the provider states it; ``where`` is the row that the reader sees."""

    where: str
    service: str
    sku: str
    from_on: date
    to_on: date
    quantity: Decimal
    unit_price: Decimal
    payer: str
    amount: Decimal


def read_statement(content: bytes, filename: str) -> list[Stated]:
    """The lines of a workbook or of a CSV file. Raises BadInput naming each wrong row; nothing is stored."""
    rows = read_table(content, filename, cite=CITE)
    head = [str(cell).strip().removeprefix("\ufeff") for cell in rows[0]] if rows else []
    places = {key: head.index(name) for key, zh in COLUMNS.items() for name in (key, zh) if name in head}
    if missing := [zh for key, zh in COLUMNS.items() if key not in places]:
        words = f"第一行没有“{'”“'.join(missing)}”列。先下载账单模板，在其上填写"
        raise BadInput([Problem("表头", words)], cite=CITE)
    if len(rows) > MOST_LINES:
        raise BadInput([Problem("文件", f"共{len(rows):,}行，超过{MOST_LINES:,}行")], cite=CITE)
    problems: list[Problem] = []
    found = [
        _line(
            f"第 {number} 行", {key: row[place] if place < len(row) else "" for key, place in places.items()}, problems
        )
        for number, row in enumerate(rows[1:], 2)
        if any(str(cell).strip() for cell in row)
    ]
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后重新上传，账单没有出具")
    return [line for line in found if line]


def _line(where: str, cells: dict[str, Any], problems: list[Problem]) -> Stated | None:
    wrong: list[str] = []
    texts = {key: str(value).strip() for key, value in cells.items()}
    wrong += [f"{COLUMNS[key]}为空" for key in ("service_id", "sku") if not texts[key]]
    days = [_day(cells[key], COLUMNS[key], wrong) for key in ("from", "to")]
    numbers = [_number(cells[key], COLUMNS[key], places, wrong) for key, places in _PLACES]
    if texts["payer"] not in PAYERS:
        wrong.append(f"承担方“{texts['payer'][:20]}”只能是市级统筹、用户单位自付")
    if not wrong and days[0] >= days[1]:
        wrong.append(f"止{days[1]}应晚于起{days[0]}")
    problems += [Problem(where, words) for words in wrong if len(problems) < MOST_NAMED]
    if wrong:
        return None
    return Stated(
        where,
        texts["service_id"],
        texts["sku"],
        days[0],
        days[1],
        numbers[0],
        numbers[1],
        PAYERS[texts["payer"]],
        numbers[2],
    )


_PLACES = (("quantity", 6), ("unit_price", 6), ("amount", 2))


def _day(value: Any, name: str, wrong: list[str]) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        wrong.append(f"{name}“{str(value)[:20]}”不是日期（格式2026-01-31）")
        return date.min


def _number(value: Any, name: str, places: int, wrong: list[str]) -> Decimal:
    """Not negative, exact: a cell that holds more decimals than the fen is refused, never rounded."""
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        number = Decimal(-1)
    exponent = number.as_tuple().exponent
    if not number.is_finite() or number < 0 or not isinstance(exponent, int) or number >= Decimal(10) ** 13:
        wrong.append(f"{name}“{str(value)[:20]}”不是合格的数")
    elif number != number.quantize(Decimal(1).scaleb(-places)):
        wrong.append(f"{name}“{str(value)[:20]}”小数点后超过{places}位")
    return number


# ---- issuing ----------------------------------------------------------------------------------------------------


def years_of(contract: Contract) -> list[Period]:
    """The contract's years: twelve months each from its first day, the last one perhaps shorter (16)."""
    years, start = [], contract.starts_on
    while start < contract.ends_on:
        end = year_later(start)
        years.append(Period(start, min(end, contract.ends_on)))
        start = end
    return years


def year_later(day: date) -> date:
    """The same day of the next year; of 29 February the day after it."""
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


@transaction.atomic
def issue(*, contract: Contract, start: date, lines: Sequence[Stated], actor: Actor, at: datetime) -> Settlement:
    """Issue the statement of the contract's year that begins on ``start``; it is compared in the same act (16)."""
    if actor.kind != "provider" or contract.provider_id != actor.organisation_id:
        raise NotFound(GONE)
    if not actor.has("finance"):
        raise NotYours("账单由云服务商财务出具", cite=CITE, todo="交云服务商财务办理")
    period = _period(contract, start, localdate(at))
    services = {s.number: s for s in Service.objects.filter(jurisdiction_id=contract.jurisdiction_id)}
    if problems := _wrong(contract, period, lines, services):
        raise BadInput(problems[:MOST_NAMED], cite=CITE, todo="改正后重新上传，账单没有出具")
    bureau = Organisation.objects.filter(jurisdiction_id=contract.jurisdiction_id, kind="bureau").first()
    case = Settlement(
        kind="settlement", unit=contract.buyer if bureau is None else bureau, provider=contract.provider, contract=contract,
        lane=contract.lane, title=f"{contract.name}{period.start:%Y}年度结算", period_from=period.start, period_to=period.end,
    )  # fmt: skip
    open_case(case, actor=actor, at=at)
    insert_rows(StatementLine, STORED, (_stored(case, n, line, services) for n, line in enumerate(lines, 1)))
    comparing.refresh_parts(case)
    total = sum((line.amount for line in lines), Decimal("0.00"))
    event = advance(case, "issue", actor=actor, at=at, data={"lines": len(lines), "amount": f"{total}"})
    letters.statement(case, event=event, at=at)
    comparing.compare(case, at=at)
    case.refresh_from_db()
    return case


def _period(contract: Contract, start: date, today: date) -> Period:
    period = next((p for p in years_of(contract) if p.start == start), None)
    if period is None:
        raise BadInput([Problem("账期", f"合同{contract.number}没有从{start}开始的结算年度")], cite=CITE)
    if contract.lane != "covered":
        raise Refusal("单位自行采购的合同，由单位与云服务商自行结算", cite=CITE, todo="只有市级统筹的合同在这里出账")
    if today < period.end:
        raise Refusal(f"账期到{period.end}才届满，届满后出具账单", cite=CITE, todo="届满后再出具")
    known = Settlement.objects.filter(contract=contract, period_from=start).first()
    if known is not None:
        raise Refusal(f"该账期已出具账单{known.number}，账单只出具一次", cite=CITE, todo="需要更正的，在其中出具调整行")
    return period


def _wrong(contract: Contract, period: Period, lines: Sequence[Stated], services: dict[str, Service]) -> list[Problem]:
    if not lines:
        return [Problem("账单", "没有一行")]
    wrong = []
    for line in lines:
        service = services.get(line.service)
        if line.from_on < period.start or line.to_on > period.end:
            wrong.append(Problem(line.where, f"{line.from_on}至{line.to_on}不在账期{period.start}至{period.end}内"))
        if service is not None and service.contract_id != contract.pk:
            wrong.append(Problem(line.where, f"服务{line.service}属于其他合同，不能列在本账单"))
    return wrong


def _stored(case: Settlement, no: int, line: Stated, services: dict[str, Service]) -> tuple[Any, ...]:
    service = services.get(line.service)
    return (
        case.pk, no, None, False, False, service and service.pk, service and service.unit_id,
        service and service.system_id, line.service, line.sku, f"{line.from_on}", f"{line.to_on}",
        (line.to_on - line.from_on).days, f"{line.quantity:f}", f"{line.unit_price:f}", line.payer, f"{line.amount:f}", "",
    )  # fmt: skip
