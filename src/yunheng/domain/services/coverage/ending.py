"""Coverage ends by a decision and comes back only by another one (10.3, 13.2, 24.2).

``end_from`` is the door of other procedures: a suggestion that lapsed (10.3) and a sanction (24.2) hand in the services
concerned and the day, and get a case of coverage that has ended, with its letters, and that can be restored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import ledger
from yunheng.domain.services.coverage import queries
from yunheng.domain.services.coverage.lanes import cover, introduce, uncover
from yunheng.domain.services.coverage.letters import end_letters, restoring_letters
from yunheng.domain.services.coverage.operations import keep
from yunheng.domain.services.models import Coverage, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import system_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.foundation.workflow.models import Case, Event
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch3_funding.art13_ending import rule_of
from yunheng.law.ch3_funding.art13_machine import CITE


@transaction.atomic
def list_covered(
    *, system: InformationSystem, actor: Actor, at: datetime, services: Sequence[Service] | None = None, origin: Case | None = None
) -> Coverage:  # fmt: skip
    """A case of the bureau for what the fund pays for today: all of a system, or some ``services`` of it."""
    if actor.kind != "bureau" or not actor.has("approver", "coverage"):
        raise NotYours("移出统筹由市大数据局审批人决定", cite=CITE, todo="交市大数据局审批人办理")
    made = Coverage(
        kind="coverage", unit_id=system.unit_id, system=system, title=system.name, lane="covered", by_bureau=True,
        whole=services is None, origin=origin,
    )  # fmt: skip
    open_case(made, actor=actor, at=at)
    made.resources.set(services or ())
    return made


@transaction.atomic
def take_up(case: Coverage, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """What was covered by the approval of applications stands in this case from now on; nothing changes in the ledger."""
    locked, _ = begin(case, "take_up", actor=actor, version=version)
    rows = queries.in_lane(queries.concerned(locked, on=localdate(at)), "covered", localdate(at))
    data = {"services": [row.number for row in rows]}
    event = advance(case, "take_up", actor=actor, at=at, opinion=opinion, data=data)
    introduce(case, rows)
    case.from_on = min((row.opened_on for row in rows), default=localdate(at))
    case.save(update_fields=["from_on"])
    return event


@transaction.atomic
def open_by_bureau(*, system: str, services: str = "", actor: Actor, at: datetime) -> Coverage:
    """List a system (by code) or some of its services (numbers, however separated), and take them up at once."""
    held = system_of(system, actor=actor, cite=CITE)
    numbers = list(dict.fromkeys("".join(c if c.isalnum() or c == "-" else " " for c in services).split()))
    rows = list(ledger.services(actor=actor).filter(system=held, number__in=numbers))
    unknown = [number for number in numbers if number not in {row.number for row in rows}]
    if unknown:
        raise BadInput([Problem("服务编号", f"{held.name}没有服务“{number[:20]}”") for number in unknown], cite=CITE)
    case = list_covered(system=held, services=rows or None, actor=actor, at=at)
    take_up(case, actor=actor, at=at)
    return case


@transaction.atomic
def end(
    case: Coverage, *, day: date, ground: str, known_on: date, opinion: str, actor: Actor, at: datetime,
    version: int | None = None,
) -> Event:  # fmt: skip
    """From ``day`` the unit pays. ``ground``: 10.3, 13.2 or 24.2; ``known_on``: the last day of the term, the day on
    which the facts changed, the day of the sanction. Letters go to the unit and to each provider.
    """
    locked, _ = begin(case, "end", actor=actor, version=version)
    rows = queries.leaving(queries.concerned(locked, on=day), day)
    data = {
        "day": day.isoformat(), "ground": ground, "known_on": known_on.isoformat(),
        "services": [row.number for row in rows],
    }  # fmt: skip
    event = advance(case, "end", actor=actor, at=at, opinion=opinion, data=data, version=version)
    case.ended_from, case.ground, case.lane = day, ground, "own"
    case.save(update_fields=["ended_from", "ground", "lane"])
    uncover(case, rows, day=day, rule=rule_of(ground))
    keep(case, event, covered=False, day=day, at=at)
    end_letters(case, rows, event=event, at=at)
    return event


@transaction.atomic
def end_from(
    origin: Case, *, services: Sequence[Service], day: date, ground: str, known_on: date, reason: str, actor: Actor,
    at: datetime,
) -> list[Coverage]:  # fmt: skip
    """What another procedure decided of ``services``: those that the fund pays for leave coverage from ``day``.

    One case per system, in the order of their codes; none for what the unit pays for already. Raises what ``end`` does.
    """
    on = localdate(at)
    covered = queries.in_lane([row for row in services if row.runs_on(on)], "covered", day)
    by_system = {row.system_id: row.system for row in covered}
    made = []
    for system in sorted(by_system.values(), key=lambda held: held.code):
        rows = [row for row in covered if row.system_id == system.pk]
        case = list_covered(system=system, services=rows, origin=origin, actor=actor, at=at)
        take_up(case, actor=actor, at=at)
        end(case, day=day, ground=ground, known_on=known_on, opinion=reason, actor=actor, at=at)
        made.append(case)
    return made


@transaction.atomic
def restore(
    case: Coverage, *, day: date, opinion: str, actor: Actor, at: datetime, source: str = "",
    version: int | None = None,
) -> Event:  # fmt: skip
    """Covered again from ``day``, today or later: never by itself, never for days gone by (13)."""
    locked, _ = begin(case, "restore", actor=actor, version=version)
    rows = queries.concerned(locked, on=day)
    data = {"day": day.isoformat(), "source": source, "services": [row.number for row in rows]}
    event = advance(case, "restore", actor=actor, at=at, opinion=opinion, data=data, version=version)
    case.from_on, case.source, case.lane = day, source, "covered"
    case.save(update_fields=["from_on", "source", "lane"])
    cover(case, rows, day=day, today=localdate(at))
    keep(case, event, covered=True, day=day, at=at)
    restoring_letters(case, rows, event=event, at=at)
    return event
