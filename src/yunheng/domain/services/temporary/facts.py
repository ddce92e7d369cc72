"""What the rules of a temporary service need to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.services import facts as of_applications
from yunheng.domain.services.models import Temporary
from yunheng.foundation.calendars.queries import calendar_for, read_calendar
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use import art12_consent as law
from yunheng.law.ch2_use import art12_period as period
from yunheng.law.ch2_use import art12_temporary as asking
from yunheng.law.ch3_funding import art13_coverage as coverage
from yunheng.law.kernel.terms import ONE_DAY, due_on

Data = dict[str, Any]


def consent_of(case: Temporary) -> law.Consent | None:
    """The consent as it stands in the case; None while nothing is said of it."""
    if case.consent == "oral":
        return law.Word(case.oral_by, case.oral_on, case.oral_time, case.oral_line)
    return paper_of(case) if case.consent else None


def paper_of(case: Temporary) -> law.Paper:
    """The consent in writing."""
    return law.Paper(case.consent_number, case.consent_on, case.has_paper)


def _request(case: Temporary, on: date, data: Data) -> asking.Request:
    return asking.Request(
        level=case.level, purpose=case.purpose, from_on=case.from_on, until=case.until, lines=case.lines.count(),
        consent=consent_of(case), today=on,
    )  # fmt: skip


def _shown(case: Temporary, on: date, data: Data) -> law.Shown:
    return law.Shown(consent_of(case) or paper_of(case), on)


def words_of(case: Temporary) -> str:
    """The consent in a few words."""
    if case.consent == "oral":
        return f"口头同意：{case.oral_by}，{case.oral_on} {case.oral_time}，{case.oral_line}"
    return f"{case.consent_number}（{case.consent_on}）" if case.consent else ""


def _standing(case: Temporary, on: date, data: Data) -> coverage.Standing:
    system = case.system
    assert system is not None
    return coverage.Standing(
        asked=True, level=case.unit.level, phase=system.phase_on(on), asset_owner=system.asset_owner,
        built_by=system.built_by, started_on=system.started_on, accepted_on=system.accepted_on,
        cloud_money=system.cloud_money, needed=Decimal(0), temporary_consent=words_of(case),
    )  # fmt: skip


def opens_by(hours: int | None, at: datetime) -> datetime | None:
    """The moment at which the hours of a notice end."""
    return at + timedelta(hours=hours) if hours else None


def _hours(case: Temporary, on: date, data: Data) -> period.Hours:
    p = parameters_on(on, case.jurisdiction_id)
    last = due_on(on, p["open_service_term"], calendar_for(case.jurisdiction_id), rolls=True)
    given = data.get("hours")
    ends = localdate(datetime.fromisoformat(data["open_by"])) if data.get("open_by") else on
    return period.Hours(given, ends if given is not None else None, last)


def _named(case: Temporary, on: date, data: Data) -> list[period.Named]:
    assert case.from_on is not None
    assert case.until is not None
    lines = {line.no: line.name for line in case.lines.all()}
    day = date.fromisoformat(data["day"])
    return [period.Named(f"第 {no} 行 {lines[no]}", day, case.from_on, case.until) for no in data["lines"]]


def paper_due(case: Temporary) -> date:
    """The last day for the paper of an oral consent."""
    assert case.notified_on is not None
    p = parameters_on(case.notified_on, case.jurisdiction_id)
    return law.paper_due_on(case.notified_on, p, read_calendar(case.jurisdiction_id))


def _supplied(case: Temporary, on: date, data: Data) -> law.Supplied:
    return law.Supplied(paper_of(case), paper_due(case), on)


def _longer(case: Temporary, on: date, data: Data) -> period.Longer:
    assert case.contract is not None
    before, wanted, consented = (date.fromisoformat(data[name]) for name in ("before", "until", "on"))
    paper = law.Paper(data["number"], consented, data["attached"])
    return period.Longer(before, wanted, paper, on, case.contract.ends_on - ONE_DAY)


def _conversion(case: Temporary, on: date, data: Data) -> asking.Conversion:
    assert case.until is not None
    return asking.Conversion(case.until, on, case.formal.number if case.formal else "")


def _release(case: Temporary, on: date, data: Data) -> period.Release:
    assert case.ended_on is not None
    opened = tuple((s.number, s.opened_on) for s in case.services if s.closed_on is None)
    return period.Release(date.fromisoformat(data["day"]), case.ended_on, on, opened)


SHARED = (
    "first_level_unit_submits", "classified_refused", "undertaking_signed", "within_approved", "opening_day_valid",
    "nothing_opened",
)  # fmt: skip
FACTS: dict[str, Callable[[Temporary, date, Data], Any]] = {
    **{name: of_applications.FACTS[name] for name in SHARED},
    "temporary_request_complete": _request,
    "city_consent": _shown,
    "coverage": _standing,
    "notice_hours": _hours,
    "opening_in_period": _named,
    "consent_paper": _supplied,
    "consent_missing": _supplied,
    "extension_allowed": _longer,
    "temporary_convertible": _conversion,
    "temporary_release_day": _release,
}
