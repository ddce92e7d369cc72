"""What the rules of an application need to know, gathered from the case. Adding a rule means adding a line here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import Case, Event
from yunheng.law.ch1_general import art03_scope as scope
from yunheng.law.ch1_general import art04_parties as parties
from yunheng.law.ch2_use import art06_application as papers
from yunheng.law.ch2_use import art07_opening as opening
from yunheng.law.ch3_funding import art13_coverage as coverage

if TYPE_CHECKING:
    from yunheng.domain.services.models import Application

Data = dict[str, Any]


def _papers(case: Application, on: date, data: Data) -> papers.Papers:
    kinds = dict(papers.PAPERS)
    rows = [paper for paper in case.papers.all() if paper.kind in kinds]
    attached = {paper.kind for paper in rows if paper.attachment_id}
    lines = case.lines.count()
    attached |= {"list"} if lines else set()
    attached |= {"sizing"} if case.sizing else set()
    reasons = {paper.kind: paper.not_applicable for paper in rows}
    return papers.Papers(frozenset(attached), reasons, lines)


def unit_of(case: Case, on: date, data: Data) -> parties.Unit:
    """The unit, with what decides whether it may commit itself (4.2)."""
    unit = case.unit
    return parties.Unit(unit.name, unit.budget_level, unit.has_legal_personality)


def _system(case: Application, on: date, data: Data) -> scope.System:
    assert case.system is not None
    return scope.System(case.system.name, case.system.category, case.system.classified)


def _standing(case: Application, on: date, data: Data) -> coverage.Standing:
    from yunheng.domain.services.coverage.queries import standing  # it knows the tables, which know these facts

    assert case.system is not None
    needed = Decimal(data.get("annual_fee", "0"))
    return standing(case.system, on=on, needed=needed, asked=case.wants_coverage)


def _trial(case: Application, on: date, data: Data) -> opening.Trial:
    services = case.system.services.all() if case.system else []
    return opening.Trial(
        asked=any(line.trial for line in case.lines.all()),
        deployed_before=any(not service.trial for service in services),
        tried_before=any(service.trial for service in services),
    )


def _undertaking(case: Application, on: date, data: Data) -> bool:
    return case.unit.undertakings.exists()


def review_of(case: Case, on: date, data: Data) -> opening.Review:
    """How often review was asked for, and the working days since the decision."""
    events = Event.objects.filter(case_id=case.pk)
    decided = events.filter(step__in=("approve", "adjust", "reject")).last()
    since = localdate(decided.at) if decided else on
    passed = calendar_for(case.jurisdiction_id).working_days_between(since, on)
    return opening.Review(events.filter(step="ask_review").count(), passed)


def _opened_lines(case: Application, on: date, data: Data) -> int:
    return sum(line.opened is not None for line in case.lines.all())


def _reports(case: Application, on: date, data: Data) -> list[opening.Opened]:
    lines = {line.no: line for line in case.lines.all()}
    notified = case.notified_on or on
    return [
        opening.Opened(
            name=f"第 {row['no']} 行 {lines[row['no']].name}",
            approved=(lines[row["no"]].approved or Decimal(0)).normalize(),
            opened=Decimal(row["quantity"]).normalize(),
            actual_on=date.fromisoformat(row["actual_on"]),
            notified_on=notified,
            reported_on=on,
        )
        for row in data.get("lines", [])
    ]


def _days(case: Application, on: date, data: Data) -> list[opening.NamedDay]:
    lines = {line.no: line for line in case.lines.all()}
    notified = case.notified_on or on
    return [
        opening.NamedDay(
            name=f"第 {no} 行 {lines[no].name}",
            day=date.fromisoformat(data["day"]),
            actual_on=lines[no].actual_on or notified,
            notified_on=notified,
            today=on,
            reason=data.get("reason", ""),
        )
        for no in data.get("lines", [])
    ]


FACTS: dict[str, Callable[[Any, date, Data], Any]] = {
    "papers_complete": _papers,
    "first_level_unit_submits": unit_of,
    "classified_refused": _system,
    "coverage": _standing,
    "trial_allowed": _trial,
    "undertaking_signed": _undertaking,
    "ask_review_allowed": review_of,
    "nothing_opened": _opened_lines,
    "within_approved": _reports,
    "opening_day_valid": _days,
}
