"""Free trials by the clock (7.2): reminded of before their end, and said to have stopped once they have.

The end of a trial is in the ledger from its first day on, so that nothing runs or is charged beyond it while the clock
is silent. What is told, is told once for a system's services that end together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service, TrialNote
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.calendars.words import day_with_weekday
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art07_trial import kept_until, reminders_due, trial_stops_on
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.terms import ONE_DAY

CITE, STOPPED = art(7, 2), "stopped"
Together = dict[tuple[int, int, date], list[Service]]


def keep_time(*, at: datetime) -> int:
    """Give every trial its end, remind of those that are near it, say which have stopped. Returns how many were told."""
    for service in Service.objects.filter(trial=True, closed_on=None):
        p = parameters_on(service.opened_on, service.jurisdiction_id)
        ledger.close(service, on=trial_stops_on(service.opened_on, p), cite=CITE)
    found = Service.objects.filter(trial=True).exclude(trial_notes__name=STOPPED)
    together: Together = defaultdict(list)
    for service in found.select_related("contract__provider", "system", "unit").order_by("number"):
        assert service.closed_on is not None
        together[service.system_id, service.contract.provider_id, service.closed_on].append(service)
    return sum(_tell(rows, at) for rows in together.values())


def stopped_by_itself(service: Service) -> bool:
    """Whether a trial came to its own end, the agreed one included, and was not converted or given up before."""
    p = parameters_on(service.opened_on, service.jurisdiction_id)
    return service.closed_on is not None and service.closed_on >= trial_stops_on(service.opened_on, p)


def _tell(rows: list[Service], at: datetime) -> int:
    today, ends = localdate(at), rows[0].closed_on
    assert ends is not None
    if today >= ends:
        own = [service for service in rows if stopped_by_itself(service)]
        _keep(rows if not own else [s for s in rows if s not in own], [STOPPED], at)
        return _stop(own, ends, at) if own else 0
    p = parameters_on(today, rows[0].jurisdiction_id)
    names = [f"{term.n} {ends}" for term in reminders_due(ends, today, p)]
    return _remind(rows, ends, names, at) if names else 0


@transaction.atomic
def _remind(rows: list[Service], ends: date, names: list[str], at: datetime) -> int:
    if not _keep(rows, names, at):
        return 0
    last = ends - ONE_DAY
    text = (
        f"{rows[0].system.name}的免费试用（{_named(rows)}）到{day_with_weekday(last)}为止，{day_with_weekday(ends)}"
        "0:00 自动停止。需要继续使用的，提出服务申请转为正式；需要延长测试的，由用户单位与云服务商自行协商，在停止前签订协议。"
    )
    _both(rows, f"试用即将停止：{rows[0].system.name}", text, at)
    return 1


@transaction.atomic
def _stop(rows: list[Service], ends: date, at: datetime) -> int:
    if not _keep(rows, [STOPPED], at):
        return 0
    kept = kept_until(ends, parameters_on(ends, rows[0].jurisdiction_id))
    text = (
        f"{rows[0].system.name}的免费试用（{_named(rows)}）已于{day_with_weekday(ends)}自动停止，释放资源。"
        f"数据保留至{day_with_weekday(kept)}。正在办理的服务申请不受影响，开通后另行使用。"
    )
    for service in rows:
        audit.write(kind="services.trial_stopped", subject=service.number, at=at, body={"on": ends.isoformat()})
    _both(rows, f"试用已停止：{rows[0].system.name}", text, at)
    return 1


def _keep(rows: Iterable[Service], names: Iterable[str], at: datetime) -> bool:
    """Note what is told; whether any of it is new."""
    made = [
        TrialNote.objects.get_or_create(service=service, name=name, defaults={"told_at": at})[1]
        for service in rows
        for name in names
    ]
    return any(made)


def _named(rows: list[Service]) -> str:
    words = "、".join(service.number for service in rows[:3])
    return f"{words} 等 {len(rows)} 项" if len(rows) > 3 else words


def _both(rows: list[Service], subject: str, text: str, at: datetime) -> None:
    first = rows[0]
    notices.tell(
        organisation_ids=[first.unit_id, first.contract.provider_id], subject=subject, text=text, at=at,
        case_id=first.case_id, cite=CITE.key,
    )  # fmt: skip
