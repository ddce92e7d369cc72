"""Use of what is charged by use (15.1): a provider hands in its records, a day or a month a row; all of them or none.

A record is never edited: another quantity for the same day replaces it and leaves it in the books. What was settled
before becomes an adjustment line by the job that looks at settled years (16).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from yunheng.domain.parties.queries import of_providers
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service, UseRecord, UseTable
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.documents.workbooks import cell_text, read_table, sheet_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.law.ch3_funding.art15_facts import Per
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period, month_of
from yunheng.law.kernel.terms import ONE_DAY

CITE = art(15, 1)
COLUMNS = {
    "日期": "2026-01-31 这样的日期；全月合计填 2026-01", "服务编号": "台账的服务编号，如S-2026-0001",
    "用量": "按合同计价单位的数量；没有使用填 0",
}  # fmt: skip
MOST_ROWS, MOST_NAMED = 100_000, 200
BY_USE: Per = "use"
QUANTITY = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)  # as a settlement package takes it
MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Given:
    """A row: the use of a service on a day, or of the month of that day."""

    service: Service
    on: date
    monthly: bool
    quantity: Decimal


def hands_in_use(actor: Actor) -> bool:
    """Whether somebody may hand in a table of use: the provider's delivery and finance."""
    return actor.kind == "provider" and (actor.has("delivery") or actor.has("finance"))


@transaction.atomic
def hand_in_use(*, content: bytes, filename: str, actor: Actor, at: datetime) -> UseTable:
    """Keep the records of a table of the provider's own services; the next accrual charges them.

    Raises NotYours, or BadInput with every wrong row; then nothing is kept.
    """
    if not hands_in_use(actor):
        raise NotYours("用量表由云服务商的交付或财务人员报送", cite=CITE, todo="交云服务商办理")
    rows = _rows(read_table(content, filename, cite=CITE))
    numbers = {cell_text(cells["服务编号"]) for _, cells in rows}
    found = ledger.services(actor=actor).filter(number__in=numbers).order_by("pk").select_for_update(of=("self",))
    services = {row.number: row for row in found.prefetch_related("conditions", "contract__prices", "use_records")}
    given = _checked(rows, services, localdate(at))
    made = UseTable.objects.create(
        provider_id=actor.organisation_id, person_id=actor.person_id, received_at=at, filename=filename[:200],
        digest=sm3(content), rows=len(rows), corrected=0,
    )  # fmt: skip
    made.corrected = _keep(given, made)
    made.save(update_fields=["corrected"])
    body = {"digest": made.digest, "rows": made.rows, "corrected": made.corrected, "by": actor.person_id}
    audit.write(kind="use.provided", subject=f"{made.pk}", at=at, body=body)
    return made


def use_tables(*, actor: Actor) -> QuerySet[UseTable]:
    """A provider its own, bureau and centre all of the jurisdiction, nobody else: they are about many units' services."""
    found = UseTable.objects.select_related("provider", "person")
    return of_providers(found, actor=actor, place="provider__jurisdiction_id")


def sources(*, service: Service, period: Period) -> list[tuple[str, str]]:
    """Where the use of a piece comes from, by table: what was recorded, by whom and when; earlier versions included."""
    found = UseRecord.objects.filter(service=service, on__gte=period.start, on__lt=period.end)
    said: dict[tuple[int, bool], list[UseRecord]] = {}
    for row in found.select_related("table__provider", "replaced_by").order_by("table__received_at", "on"):
        said.setdefault((row.table_id, row.replaced_by_id is None), []).append(row)
    return [(_said(rows, stands), _from(rows[0].table)) for (_, stands), rows in said.items()]


def _said(rows: list[UseRecord], stands: bool) -> str:
    total = f"{sum((row.quantity for row in rows), Decimal(0)).normalize():f}"
    span = "全月" if rows[0].monthly else f"{len(rows)} 天"
    return f"{span}共{total}" if stands else f"{span}共{total}，已更正，不计"


def _from(table: UseTable) -> str:
    return f"{table.provider.short_name}{localdate(table.received_at)}报送：{table.filename}"


def template() -> bytes:
    """An empty sheet with the columns, and a second one that says what each wants."""
    return sheet_of("用量", COLUMNS, as_text=True)


# ---- looking at rows ---------------------------------------------------------------------------------------------

Row = tuple[int, Mapping[str, Any]]


def _rows(table: list[list[Any]]) -> list[Row]:
    head = [cell_text(cell) for cell in table[0]] if table else []
    wrong = [Problem("表头", f"须有一个“{name}”列") for name in COLUMNS if head.count(name) != 1]
    if wrong:
        raise BadInput(wrong, cite=CITE, todo="先下载模板，在其上填写")
    if len(table) > MOST_ROWS + 1:
        raise BadInput([Problem("文件", f"超过 {MOST_ROWS:,} 行，分几份报送")], cite=CITE)
    found: list[Row] = []
    for number, row in enumerate(table[1:], 2):
        cells = dict.fromkeys(COLUMNS, "") | dict(zip(head, row, strict=False))
        if any(cell_text(cell) for cell in cells.values()):
            found.append((number, cells))
    if not found:
        raise BadInput([Problem("文件", "没有一行数据")], cite=CITE)
    return found


def _checked(rows: Iterable[Row], services: Mapping[str, Service], today: date) -> list[Given]:
    problems: list[Problem] = []
    found: list[Given] = []
    days: dict[tuple[int, date], int] = {}
    months: dict[tuple[int, date], tuple[int, bool]] = {}
    for number, cells in rows:
        wrong: list[str] = []
        one = _row(cells, services, today, wrong)
        if one:
            key = one.service.pk
            other, monthly = months.setdefault((key, one.on.replace(day=1)), (number, one.monthly))
            before = days.setdefault((key, one.on), number)
            if before != number or monthly is not one.monthly:
                wrong.append(f"与第 {before if before != number else other} 行是同一服务的同一时间")
            found.append(one)
        problems += [Problem(f"第 {number} 行", words) for words in wrong]
    if problems:
        rest = len(problems) - MOST_NAMED
        more = [Problem("文件", f"共 {len(problems):,} 处错误，以上列出前 {MOST_NAMED} 处")] if rest > 0 else []
        raise BadInput([*problems[:MOST_NAMED], *more], cite=CITE, todo="改正后重新报送，本次没有保存任何一行")
    return found


def _row(cells: Mapping[str, Any], services: Mapping[str, Service], today: date, wrong: list[str]) -> Given | None:
    day, monthly = _day(cells["日期"], wrong)
    number, text = cell_text(cells["服务编号"]), cell_text(cells["用量"]).replace(",", "")
    service = services.get(number)
    if service is None:
        wrong.append(f"没有服务“{number[:20]}”，或不是你提供的" if number else "没有服务编号")
    if not QUANTITY.fullmatch(text):
        wrong.append(
            f"用量“{text[:20]}”须为不小于 0 的数，整数至多 9 位，小数至多 6 位" if text else "没有用量；没有使用填 0"
        )
    if service and day:
        day = _in_life(service, day, monthly=monthly, today=today, wrong=wrong)
    return Given(service, day, monthly, Decimal(text)) if service and day and not wrong else None


def _in_life(service: Service, day: date, *, monthly: bool, today: date, wrong: list[str]) -> date:
    """The day of the record. What is recorded for a month stands on its last day that the service ran."""
    month, number = month_of(day), service.number
    on = service.within(month.end - ONE_DAY) if monthly else day
    if not service.runs_on(on) or on not in month:
        wrong.append(f"{number}在 {day:%Y-%m} 没有运行" if monthly else f"{number}在 {day} 没有运行")
        return on
    if on > today:
        wrong.append(f"{day:%Y-%m} 还没有结束，按日报送" if monthly else f"日期 {day} 晚于今天")
    prices = [p for p in service.contract.prices.all() if p.sku == service.at("sku", on)]
    now = [p for p in prices if p.valid_from <= on and (p.valid_to is None or on < p.valid_to)]
    if not any(p.per == BY_USE for p in now):
        wrong.append(f"{number}在 {on} 不按用量计价")
    if monthly and _cut(service, month, {d for p in prices for d in (p.valid_from, p.valid_to) if d}):
        wrong.append(f"{number}在 {day:%Y-%m} 有变更、迁移或调价，按日报送")
    held = [r for r in service.use_records.all() if r.replaced_by_id is None and r.on in month]
    if any(r.monthly is not monthly for r in held):
        words = "按日报送，更正也按日" if monthly else "按月报送，更正也按月"
        wrong.append(f"{number}的 {day:%Y-%m} 已{words}")
    return on


def _cut(service: Service, month: Period, priced: set[date]) -> bool:
    """Whether charging may cut the month: then nobody can say how much of its use belongs to which piece."""
    first = max(month.start, service.opened_on)
    moved = service.moves_out.exists() or service.moves_in.exists()
    return (
        moved
        or service.trial
        or any(first < on < month.end for on in {c.on for c in service.conditions.all()} | priced)
    )


def _day(value: Any, wrong: list[str]) -> tuple[date | None, bool]:
    """The day, or the first of the month and True."""
    if isinstance(value, datetime):
        return value.date(), False
    text = f"{value}" if isinstance(value, date) else cell_text(value)
    month = MONTH.fullmatch(text)
    try:
        found = date.fromisoformat(f"{text}-01" if month else text)
    except ValueError:
        wrong.append(f"日期“{text[:20]}”须为 2026-01-31 或 2026-01 这样的日期" if text else "没有日期")
        return None, False
    return found, month is not None


def _when(one: Given | UseRecord) -> date:
    """What a record is the record of: its day, or its month, whatever its last day is by now."""
    return one.on.replace(day=1) if one.monthly else one.on


def _keep(given: Iterable[Given], table: UseTable) -> int:
    """Write what is new or another quantity than before; returns how many records were replaced."""
    standing = {
        (row.service_id, _when(row)): row
        for service in {one.service.pk: one.service for one in given}.values()
        for row in service.use_records.all()
        if row.replaced_by_id is None
    }
    made, replaced = [], []
    for one in given:
        before = standing.get((one.service.pk, _when(one)))
        if before and (before.on, before.quantity) == (one.on, one.quantity):
            continue
        if before:
            replaced.append(before.pk)
        made.append(UseRecord(service=one.service, on=one.on, monthly=one.monthly, quantity=one.quantity, table=table))
    for start in range(0, len(replaced), MOST_NAMED):
        UseRecord.objects.filter(pk__in=replaced[start : start + MOST_NAMED]).update(replaced_by=table)
    UseRecord.objects.bulk_create(made, batch_size=500)
    return len(replaced)
