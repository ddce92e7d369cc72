"""The page of a temporary service (12): the consent, the period drawn day by day, the list, what runs and what is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from yunheng.domain.billing.preview import fee_of_period
from yunheng.domain.funding.models import Contract
from yunheng.domain.services.models import ResourceLine, Service, Temporary
from yunheng.domain.services.models.temporary import PAPERS
from yunheng.domain.services.openings import period_ends_on
from yunheng.domain.services.temporary.facts import paper_due, words_of
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import history
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import casework
from yunheng.law.ch2_use.art12_period import released_by
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.period import Period
from yunheng.law.kernel.terms import due_on
from yunheng.law.kernel.verdict import Verdict

BEFORE = ("draft", "submitted", "returned", "notified", "opened", "day_disputed")


def _facts(case: Temporary, today: date) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("重大工作", case.get_level_display() or "—"),
        ("期间", f"{case.from_on} 至 {case.until}（含当日）" if case.from_on and case.until else "—"),
        ("市政府同意", words_of(case) or "—"),
        ("工作安排与事由", case.purpose or "—"),
    ]
    if case.notified_on:
        facts += [
            ("云服务商", case.provider.name if case.provider else "—"),
            ("计价合同", case.contract.number if case.contract else "—"),
        ]
        term = parameters_on(case.notified_on, case.jurisdiction_id)["open_service_term"].n
        within = f"通知之日起 {term} 个工作日"
        facts.append(("开通期限", f"{_until(case.open_by)}（{case.hours} 小时）" if case.open_by else within))
    facts += [("终止日", case.ended_on)] if case.ended_on else []
    return [*facts, ("实际释放日（不计费）", case.released_on)] if case.released_on else facts


def _until(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{day_with_weekday(local.date())}{local:%H:%M} 前"


@dataclass(frozen=True)
class Line:
    """A line of the list with what runs for it now, and what it costs in the period (yuan)."""

    line: ResourceLine
    service: Service | None
    state: str
    fee: Decimal | None


def _lines(case: Temporary, contract: Contract | None) -> list[Line]:
    """Each line, with the service that it became or the one that has followed it."""
    now: dict[int, Service] = {}
    for service in case.services:
        line_id = service.line_id or next((key for key, held in now.items() if held.pk == service.predecessor_id), None)
        if line_id is not None:
            now[line_id] = service
    words = {"dropped": "已放弃", "pending": "待开通", "reported": "已报开通，待确认", "confirmed": "在用"}
    found = []
    for line in case.lines.all():
        state = words[line.status] if case.notified_on else "—"
        runs = now.get(line.pk)
        if runs and runs.closed_on:
            state = f"已终止 {runs.closed_on}"
        found.append(Line(line, runs, state, _fee(case, line, runs, contract)))
    return found


def _fee(case: Temporary, line: ResourceLine, runs: Service | None, contract: Contract | None) -> Decimal | None:
    """From the opening day, or the first of the period, to the release or the last day of the period."""
    start, end = line.agreed_day or case.from_on, case.ends_on
    if runs is not None and runs.closed_on and end:
        end = min(end, runs.closed_on)
    if contract is None or start is None or end is None or (line.status == "dropped" and case.notified_on):
        return None
    if start >= end:
        return Decimal("0.00")
    return fee_of_period(contract=contract, sku=line.sku, quantity=line.granted, period=Period(start, end))


def _contract(case: Temporary, today: date) -> Contract | None:
    """The contract under which it is paid; before the notice the newest covered one, to try it."""
    covered = Contract.objects.filter(jurisdiction_id=case.jurisdiction_id, lane="covered", starts_on__lte=today)
    return case.contract or covered.filter(ends_on__gt=today).order_by("-starts_on", "number").first()


def _period(case: Temporary, today: date) -> dict[str, Any] | None:
    """Which day of the period it is, and what the day after it brings."""
    if case.from_on is None or case.until is None or case.state in ("rejected", "withdrawn", "lapsed", "cancelled"):
        return None
    total = (case.until - case.from_on).days + 1
    asked = case.notified_on is None
    day = (today - case.from_on).days + 1
    left = (case.until - today).days
    look = (
        "red"
        if left < 0
        else "ochre"
        if left <= parameters_on(today, case.jurisdiction_id)["temporary_reminder_first"].n
        else "indigo"
    )
    if asked:
        words = f"{day_with_weekday(case.from_on)}至{day_with_weekday(case.until)}，共 {total} 日"
    elif case.ended_on:
        words = f"已于{day_with_weekday(case.ended_on)}终止"
    elif left < 0:
        words = f"已于{day_with_weekday(case.until)}24:00 届满"
    elif day < 1:
        words = f"{day_with_weekday(case.from_on)}开始，共 {total} 日"
    else:
        words = f"第 {day} 日／{total} 日，还剩 {left} 日" if left else f"第 {day} 日／{total} 日，今天是最后一日"
    return {
        "words": words, "shown": min(max(day, 0), total), "total": total, "look": look, "until": case.until,
        "ends_on": case.ends_on, "own": case.unproven_at is not None, "over": asked or bool(case.ended_on),
    }  # fmt: skip


def _release(case: Temporary, today: date) -> dict[str, Any] | None:
    """Until when the provider should have released what has ended, and whether it is late."""
    if case.ended_on is None or case.released_on is not None:
        return None
    last = released_by(
        case.ended_on, parameters_on(case.ended_on, case.jurisdiction_id), calendar_for(case.jurisdiction_id)
    )
    return {"last": last, "late": today > last}


def _values(case: Temporary, actor: Actor, today: date) -> dict[str, Any]:
    contract = _contract(case, today)
    lines = _lines(case, contract)
    oral = case.consent == "oral" and case.notified_on is not None
    moved = case.events.filter(step="extend").order_by("sequence")
    return {
        "lines": lines,
        "total": sum((row.fee for row in lines if row.fee is not None), Decimal("0.00")) if contract else None,
        "priced_by": contract,
        "period": _period(case, today),
        "release": _release(case, today),
        "paper_due": paper_due(case) if oral and not case.consent_settled else None,
        "unproven": case.unproven_at,
        "overdue": case.overdue_at is not None,
        "extended": [(event.data["before"], event.data["until"], event.data["number"]) for event in moved],
        "unsigned": case.state in BEFORE and not case.unit.undertakings.exists(),
        "verdicts": [(verdict, None) for verdict in _verdicts(case)],
        "past": [
            row for row in case.services if row.closed_on is None and (end := period_ends_on(row)) and end <= today
        ],
    }


OF_THE_PARTIES = ("first_level_unit_submits", "classified_refused", "undertaking_signed")


def _verdicts(case: Temporary) -> list[Verdict]:
    """The last verdict of each rule; who may ask at all is of no interest any more once the notice is out."""
    found = casework.latest_verdicts(list(history(case=case)))
    return [one for one in found if case.notified_on is None or one.rule not in OF_THE_PARTIES]


def _consequence(case: Temporary, step: Step, today: date) -> str:
    """What a step brings about, with the day worked out."""
    if step.name == "verify":
        term = parameters_on(today, case.jurisdiction_id)["open_service_term"]
        last = day_with_weekday(due_on(today, term, calendar_for(case.jurisdiction_id)))
        oral = "；口头同意须限期补书面材料" if case.consent == "oral" else ""
        return f"发出后不能撤回。今天通知，云服务商最迟在{last}24:00 前开通{oral}"
    if step.name == "end" and case.until is not None:
        early = "使用完毕的，提前终止；不提前的，期间届满自动终止。" if today <= case.until else ""
        return f"{early}终止后不能恢复，到云服务商实际释放之日停止计费"
    return ""


PAGE = Page(_facts, _values, "pages/temporary.html", papers=dict(PAPERS), consequence=_consequence)
