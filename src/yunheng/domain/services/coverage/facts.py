"""What the rules of coverage need to know, gathered from the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from yunheng.domain.services.coverage import queries
from yunheng.domain.services.models import Coverage
from yunheng.law.ch1_general import art04_parties as parties
from yunheng.law.ch3_funding import art13_coverage as table
from yunheng.law.ch3_funding import art13_decision as law
from yunheng.law.ch3_funding.art13_ending import End

Data = dict[str, Any]


def _unit(case: Coverage, on: date, data: Data) -> parties.Unit:
    return parties.Unit(case.unit.name, case.unit.budget_level, case.unit.has_legal_personality)


def _request(case: Coverage, on: date, data: Data) -> law.Request:
    rows = queries.in_lane(queries.concerned(case, on=on), "own", on)
    return law.Request(len(rows), case.wished_on, case.reason, case.phase_evidence, case.owner_evidence)


def _day(data: Data) -> date:
    return date.fromisoformat(data["day"])


def _standing(case: Coverage, on: date, data: Data) -> table.Standing:
    """On the day of the decision, or on the coming one from which it is to hold."""
    return queries.standing_of(case, on=max(on, _day(data)) if "day" in data else on)[0]


def _named_day(case: Coverage, on: date, data: Data) -> law.NamedDay:
    day = _day(data)
    own = [row.number for row in queries.concerned(case, on=day) if row.contract.lane == "own"]
    return law.NamedDay(day, queries.bounds(case, on=max(on, day)), tuple(own), on)


def _room(case: Coverage, on: date, data: Data) -> law.Room:
    return queries.room(case, day=_day(data), on=on, source=data.get("source", ""))


def _end(case: Coverage, on: date, data: Data) -> End:
    covered_from = case.from_on or on
    return End(_day(data), data["ground"], date.fromisoformat(data["known_on"]), covered_from, on)


def _restored(case: Coverage, on: date, data: Data) -> tuple[date, date, date]:
    return _day(data), on, case.ended_from or on


def _covered(case: Coverage, on: date, data: Data) -> tuple[tuple[str, bool], ...]:
    rows = [row for row in queries.concerned(case, on=on) if row.runs_on(on)]
    covered = {row.pk for row in queries.in_lane(rows, "covered", on)}
    if case.whole:  # what the unit pays for in the same system stays as it is
        rows = [row for row in rows if row.pk in covered]
    return tuple((f"{row.number} {row.name}", row.pk in covered) for row in rows)


FACTS: dict[str, Callable[[Coverage, date, Data], Any]] = {
    "first_level_unit_submits": _unit,
    "coverage_request_complete": _request,
    "coverage": _standing,
    "coverage_possible": _standing,
    "coverage_day_valid": _named_day,
    "coverage_head_room": _room,
    "covered_now": _covered,
    "coverage_end_valid": _end,
    "coverage_restored_forward": _restored,
}
