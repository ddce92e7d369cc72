"""What an agreement begins with, what is drawn up for each subject, and what its steps carry (7, 9, 12, 14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.services.agreement import operations as do
from yunheng.domain.services.agreement import queries
from yunheng.domain.services.models import Agreement, AgreementLine, Service
from yunheng.domain.systems.queries import NO_SYSTEM
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field, Row
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem
from yunheng.law.ch3_funding.art14_agreement_machine import SUBJECTS
from yunheng.law.kernel.citation import art

MOST_ADDED = 50


def _systems(case: Any, actor: Actor) -> Choices:
    return tuple((s.code, f"{s.name}（{s.code}）") for s in queries.systems_of(actor))


def _providers(case: Any, actor: Actor) -> Choices:
    return tuple((o.credit_code, o.name) for o in queries.providers_of(actor))


def _begin(*, system: str, subject: str, provider: str, actor: Actor, at: datetime) -> Agreement:
    found = queries.systems_of(actor).filter(code=system).first()
    held = queries.providers_of(actor)
    chosen = held if len(held) == 1 and not provider else [o for o in held if o.credit_code == provider]
    if found is None:
        raise NotFound(NO_SYSTEM)
    if not chosen:
        raise BadInput([Problem("云服务商", "选择与哪一家云服务商约定")], cite=art(14))
    return do.create(system=found, provider=chosen[0], subject=subject, actor=actor, at=at)


Agreement.opening = Act(
    _begin,
    (
        Field("system", "政务信息系统", "choice", choices=_systems),
        Field("subject", "约定事项", "choice", choices=SUBJECTS),
        Field("provider", "云服务商", "choice", required=False, choices=_providers, help="只有一家的，可以不选"),
    ),
    label="开始拟订",
    note="只登记不纳入市级统筹的约定。纳入统筹的服务，变更由用户单位向市大数据局申请。",
)


# ---- what is drawn up ------------------------------------------------------------------------------------------------


def _now(name: str) -> Callable[[Agreement, Actor, date], Any]:
    return lambda case, actor, today: getattr(case, name)


def _held(case: Agreement) -> dict[int, AgreementLine]:
    return {line.service_id: line for line in case.lines.all() if line.service_id}


def _trials(case: Agreement | None, actor: Actor) -> Choices:
    found = queries.trials(case, localdate()) if case else []
    return tuple((s.number, f"{s.number} {s.name}，试用自 {s.opened_on}，到期停止 {s.closed_on}") for s in found)


def _opening(case: Agreement | None, actor: Actor) -> Choices:
    found = queries.opening_lines(case) if case else []
    return tuple(
        (f"{n.pk}", f"{n.case.number} 第 {n.no} 行 {n.name}，{n.granted.normalize():f} {n.unit}") for n in found
    )


def _all_of(choices: Callable[[Any, Actor], Choices]) -> Callable[[Any, Actor, date], list[str]]:
    return lambda case, actor, today: [key for key, _ in choices(case, actor)]


def _running(case: Agreement, actor: Actor) -> list[Row]:
    today, held = localdate(), _held(case)
    return [_row(s, held.get(s.pk), today) for s in queries.own_services(case, today)]


def _row(service: Service, line: AgreementLine | None, today: date) -> Row:
    sku, quantity = service.at("sku", today), service.at("quantity", today)
    now = {"sku": line.sku if line else sku, "quantity": _plain(line.quantity if line else quantity)}
    words = f"现有 {_plain(quantity)} {service.measure}，{sku}"
    return Row(service.number, f"{service.number} {service.name}", now, words=words)


def _plain(value: Decimal | str) -> str:
    return f"{Decimal(value).normalize():f}"


def _entered(case: Agreement, actor: Actor) -> list[Row]:
    return [
        Row(f"N{line.no}", f"第 {line.no} 行 {line.name}", {"sku": line.sku, "quantity": _plain(line.quantity)},
            words="填 0 去掉这一行")
        for line in case.lines.all()
    ]  # fmt: skip


def _contracts(case: Agreement | None, actor: Actor) -> Choices:
    found = queries.own_contracts(case) if case else []
    return tuple((c.number, f"{c.number} {c.name}（{c.starts_on} 至 {c.ends_on}，不含末日）") for c in found)


def _set_start(case: Agreement, *, lines: list[str], from_on: date, actor: Actor, at: datetime, **given: Any) -> Any:
    chosen = [line for line in queries.opening_lines(case) if f"{line.pk}" in lines]
    return do.set_terms(case, lines=do.about_lines(chosen), from_on=from_on, **given)


def _set_extension(case: Agreement, *, services: list[str], actor: Actor, at: datetime, **given: Any) -> Any:
    """The terms hold from the day on which the trial would have stopped."""
    chosen = [s for s in queries.trials(case, localdate(at)) if s.number in services]
    from_on = min((s.closed_on for s in chosen if s.closed_on), default=None)
    return do.set_terms(case, lines=do.about_services(chosen), from_on=from_on, **given)


def _set_change(
    case: Agreement, *, services: list[dict[str, Any]], from_on: date, actor: Actor, at: datetime, **given: Any
) -> Any:
    today = localdate(at)
    running = {s.number: s for s in queries.own_services(case, today)}
    wanted = [
        do.Wanted(f"{row['key']} {running[row['key']].name}", row["quantity"], row["sku"], running[row["key"]])
        for row in services
    ]
    lines = do.changed(case, wanted, from_on=from_on, today=today)
    return do.set_terms(case, lines=lines, from_on=from_on, **given)


def _set_temporary(
    case: Agreement, *, items: list[dict[str, Any]], contract: str, actor: Actor, at: datetime, **given: Any
) -> Any:
    kept = [row for row in items if not (row["key"] and not row["quantity"])]
    wanted = [do.Wanted(row["key"] or f"新增第 {n} 行", row["quantity"], row["sku"]) for n, row in enumerate(kept, 1)]
    found = next((c for c in queries.own_contracts(case) if c.number == contract), None)
    lines = do.entered(case, wanted, today=localdate(at))
    return do.set_terms(case, lines=lines, contract=found, **given)


def _set_other(case: Agreement, *, actor: Actor, at: datetime, **given: Any) -> Any:
    return do.set_terms(case, lines=(), **given)


FROM = Field("from_on", "自", "day", initial=_now("from_on"), help="可以是已经过去的日子，须在合同服务期内")
UNTIL = Field("until", "至（含当日）", "day", initial=_now("until"), help="最后一日，24:00 自动终止")
WORDS = Field("words", "约定内容", "area", required=False, most=2000, initial=_now("words"))
DOCUMENT = Field("document", "协议文本", "file", required=False, help="双方盖章的文本；重新上传即替换")
QUANTITY = Field("quantity", "数量", "number", required=False)
NO_COVERED = "纳入市级统筹的服务不在此列，按服务变更申请。"
# fmt: off
TERMS = {
    "charge_start": Act(
        _set_start,
        (Field("lines", "所涉资源", "many", choices=_opening, initial=_all_of(_opening)), FROM, WORDS, DOCUMENT),
        label="填写约定", note="双方另行确认开通后，自约定之日起计费。",
    ),
    "trial_extension": Act(
        _set_extension,
        (Field("services", "所涉试用", "many", choices=_trials, initial=_all_of(_trials)), UNTIL, WORDS, DOCUMENT),
        label="填写约定", note="自试用期满之日起，费用由用户单位承担。试用停止后不能再延长。",
    ),
    "change": Act(
        _set_change,
        (
            Field("services", "变更后的服务", "rows", rows=_running, help="不变的行不用改",
                  columns=(Field("sku", "目录编码", most=40), QUANTITY)),
            FROM, WORDS, DOCUMENT,
        ),
        label="填写约定", note=NO_COVERED,
    ),
    "temporary": Act(
        _set_temporary,
        (
            Field("items", "临时服务", "rows", required=False, rows=_entered, open=MOST_ADDED,
                  columns=(Field("sku", "目录编码", most=40), QUANTITY)),
            Field("contract", "合同", "choice", choices=_contracts), FROM, UNTIL, WORDS, DOCUMENT,
        ),
        label="填写约定", note="由用户单位自付。到期自动终止，继续使用的另行约定。",
    ),
    "other": Act(
        _set_other,
        (
            Field("words", "约定内容", "area", most=2000, initial=_now("words")), FROM,
            Field("until", "至（含当日）", "day", required=False, initial=_now("until")), DOCUMENT,
        ),
        label="填写约定", note="只作记录，不改变台账和计费。",
    ),
}
Agreement.acts = {"propose": Act(do.propose), "sign": Act(do.sign)}
# fmt: on
