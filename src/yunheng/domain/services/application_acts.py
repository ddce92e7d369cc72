"""What each step of an application carries, and the operation that takes it (6, 7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import contracts
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application, ResourceLine
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field, Row
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.law.kernel.citation import art


def fitting_contracts(case: operations.Opening, actor: Actor, on: date) -> list[Contract]:
    """The contracts that may serve a case: the covered ones and the unit's own, in force on the day, the newest first."""
    found = contracts(actor=actor).filter(starts_on__lte=on, ends_on__gt=on).order_by("-starts_on", "number")
    return [c for c in found if c.lane == "covered" or c.buyer_id == case.unit_id]


def _contracts(case: Application | None, actor: Actor) -> Choices:
    found = fitting_contracts(case, actor, localdate()) if case else []
    return tuple((c.number, f"{c.number} {c.name}（{c.get_lane_display()}，{c.provider.short_name}）") for c in found)


def _likely_contract(case: Application, actor: Actor, today: date) -> str:
    """The one that was chosen before, else the newest of the lane that was asked for."""
    if case.contract is not None:
        return case.contract.number
    return next((c.number for c in fitting_contracts(case, actor, today) if c.lane == case.lane), "")


def _label(line: ResourceLine) -> str:
    return f"{line.no}. {line.name}"


def _asked(case: Application, actor: Actor) -> list[Row]:
    return [
        Row(
            f"{line.no}", _label(line), {"approved": f"{line.granted.normalize():f}", "reason": line.cut_reason},
            words=f"申请 {line.quantity.normalize():f} {line.unit}" + (f" · {line.purpose}" if line.purpose else ""),
        )
        for line in case.lines.all()
    ]  # fmt: skip


def _pending(case: Application, actor: Actor) -> list[Row]:
    today = localdate()
    return [
        Row(
            f"{line.no}", _label(line), {"quantity": f"{line.granted.normalize():f}", "actual_on": today},
            words=f"核定 {line.granted.normalize():f} {line.unit}",
        )
        for line in case.lines.all()
        if line.status == "pending"
    ]  # fmt: skip


def _of(*statuses: str) -> Any:
    def choices(case: Application | None, actor: Actor) -> Choices:
        lines: Iterable[ResourceLine] = case.lines.all() if case else ()
        return tuple((f"{line.no}", f"{_label(line)}，{_words(line)}") for line in lines if line.status in statuses)

    return choices


def _words(line: ResourceLine) -> str:
    words = [f"{line.granted.normalize():f} {line.unit}"]
    named = (("实际开通", line.actual_on), ("单位确认", line.unit_day), ("服务商确认", line.provider_day))
    return "，".join([*words, *(f"{what} {day}" for what, day in named if day)])


def _lines(*statuses: str) -> Field:
    """The lines that an act is about; all of them unless some are chosen."""
    choices = _of(*statuses)
    return Field(
        "lines", "所涉资源", "many", choices=choices,
        initial=lambda case, actor, today: [key for key, _ in choices(case, actor)],
    )  # fmt: skip


def _day(zh: str, words: str) -> Field:
    def proposed(case: Application, actor: Actor, today: date) -> date:
        reported = [line.actual_on for line in case.lines.all() if line.actual_on]
        return case.mediated_on or (reported[0] if reported else today)

    return Field("day", zh, "day", initial=proposed, help=words)


BOTH = "双方确认同一日期，即为计费起始日。晚于实际开通日的，写明理由"
GRANTS = Field(
    "grants", "逐行核定", "rows", rows=_asked, help="减少的，写明理由",
    columns=(Field("approved", "核定", "number"), Field("reason", "核减理由", required=False, most=300)),
)  # fmt: skip
CONTRACT = Field("contract", "计价合同", "choice", choices=_contracts, initial=_likely_contract)
REPORTS = Field(
    "reports", "本次开通的资源", "rows", rows=_pending, ticked=True, help="可以少于核定，不得超过",
    columns=(
        Field("quantity", "开通数量", "number"),
        Field("actual_on", "实际开通日", "day"),
        Field("instances", "实例与地址", required=False, most=2000),
        Field("plugin", "监控插件", required=False, most=60),
    ),
)  # fmt: skip
WAIVER = Field("waiver", "例外理由", "area", required=False, most=1000, help="只用于“原则上”的规定，没有的不填")


def _recommend(case: Application, *, grants: list[dict[str, Any]], contract: str, actor: Actor, **given: Any) -> Event:
    chosen = next((c for c in fitting_contracts(case, actor, localdate(given["at"])) if c.number == contract), None)
    if chosen is None:
        raise BadInput([Problem("计价合同", "选择今天在服务期内的合同")], cite=art(14))
    cuts = {int(row["key"]): operations.Cut(row["approved"], row["reason"]) for row in grants}
    return operations.recommend(case, grants=cuts, contract=chosen, actor=actor, **given)


def _report(case: Application, *, reports: list[dict[str, Any]], opinion: str, **given: Any) -> Event:
    rows = [
        operations.Report(int(r["key"]), r["quantity"], r["actual_on"], instances=r["instances"], plugin=r["plugin"])
        for r in reports
    ]
    return operations.report_opened(case, reports=rows, **given)


def _confirm(case: Application, *, day: date, lines: list[str], opinion: str, **given: Any) -> Event:
    return operations.confirm_opening(case, day=day, line_nos=_nos(lines), reason=opinion, **given)


def _mediate(step: str) -> Any:
    def act(case: Application, *, version: int | None, **given: Any) -> Event:
        return operations.mediate(case, step=step, **given)

    return act


def _about(operation: Any) -> Any:
    def act(case: Application, *, lines: list[str], **given: Any) -> Event:
        event: Event = operation(case, line_nos=_nos(lines), **given)
        return event

    return act


def _nos(lines: list[str]) -> list[int]:
    return [int(no) for no in lines]


def _wordless(operation: Any) -> Any:
    """An operation that has no place for words: there is nothing to be said."""

    def act(case: Application, *, opinion: str, actor: Actor, at: datetime, version: int | None, **given: Any) -> Event:
        event: Event = operation(case, actor=actor, at=at, version=version, **given)
        return event

    return act


# fmt: off
ACTS = {
    "pass_to_head":       Act(_wordless(operations.pass_to_head)),
    "recommend":          Act(_recommend, (GRANTS, CONTRACT)),
    "approve":            Act(operations.approve, (WAIVER,)),
    "reject":             Act(operations.reject),
    "supply_undertaking": Act(_wordless(operations.sign_undertaking)),
    "notify":             Act(_wordless(operations.notify)),
    "report_opened":      Act(_report, (REPORTS,)),
    "confirm_opening":    Act(_confirm, (_day("正式开通日期", BOTH), _lines("reported"))),
    "mediate":            Act(_mediate("mediate"), (_day("调解日期", BOTH),)),
    "mediate_at_bureau":  Act(_mediate("mediate_at_bureau"), (_day("调解日期", BOTH),)),
    "dispute_resources":  Act(_about(operations.dispute_resources), (_lines("reported"),)),
    "drop_lines":         Act(_about(operations.drop_lines), (_lines("pending", "reported"),)),
}
# fmt: on
Application.acts = ACTS
