"""A workbook of work orders taken in: each order by the same acts as over the interface, with the same idempotency.

All orders of a file go in one transaction. A file is one report, and somebody who finds that a row was wrong should
correct it and hand in the same file again, not find out first which part of it is in. Each refusal is found behind a
savepoint, so that all wrong rows are named at once; the cases are held before the first is written, in one order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem, Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.orders.filled import TODO, Filled, read
from yunheng.foundation.workflow.orders.layout import IN_THE_WAY, rows_of, words_for
from yunheng.foundation.workflow.orders.queries import number_of, orders
from yunheng.foundation.workflow.orders.reports import ACCEPT, OBSTACLE, RESULTS, Answer, accept, lock, report


@dataclass(frozen=True)
class Result:
    """What became of an order of the file; ``replayed`` where it had been reported before, so that nothing changed."""

    order: str
    act: str
    title: str
    case: str
    at: datetime
    replayed: bool


@transaction.atomic
def take_in(content: bytes, *, actor: Actor, at: datetime) -> list[Result]:
    """Everything that the workbook reports. Raises BadInput that names every wrong row; then nothing was taken in."""
    known: dict[str, Any] = {owed.order: owed for owed in orders(actor=actor, state="open")}

    def find(number: str) -> Any:
        if number not in known:
            owed = orders(actor=actor).filter(pk=number_of(number)).first()
            known[number] = owed if owed and owed.order == number else None
        return known[number]

    said = read(content, find=find)
    cases = {filled.case.pk: filled.case for filled in said}
    lock(cases.values())
    found = orders(actor=actor).filter(case__in=cases)
    first = {owed.case_id: owed.case.version for owed in found}  # as the cases are now that they are held
    now, results = dict(first), list[Result]()
    problems: list[Problem] = []
    for filled in said:
        for act in _acts(filled, problems):
            try:
                with transaction.atomic():
                    answer = _say(filled, act, seen=_seen(filled, first, now), actor=actor, at=at)
            except Refusal as refusal:
                problems += _at_rows(filled, refusal, actor)
                break
            if not answer.replayed and act != ACCEPT:
                now[filled.case.pk] = Case.objects.values_list("version", flat=True).get(pk=filled.case.pk)
            results.append(
                Result(filled.number, act, filled.case.title, filled.case.number, answer.at, answer.replayed)
            )
    if problems:
        raise BadInput(problems, todo=TODO)
    return results


def _seen(filled: Filled, first: dict[int, int], now: dict[int, int]) -> int:
    """The version on which a row rests: that of the file, unless the file itself has moved the case since."""
    pk = filled.case.pk
    return now[pk] if filled.revision == first[pk] else filled.revision


def _acts(filled: Filled, problems: list[Problem]) -> list[str]:
    if filled.obstacle and filled.results:
        problems.append(Problem(filled.where, f"“{IN_THE_WAY}”与办理结果不能同时填写"))
        return []
    acts = [ACCEPT] if filled.accepted else []
    return [*acts, *([OBSTACLE] if filled.obstacle else [RESULTS] if filled.results else [])]


def _say(filled: Filled, act: str, *, seen: int, actor: Actor, at: datetime) -> Answer:
    about: dict[str, Any] = {
        "number": filled.number, "revision": filled.revision, "seen": seen, "actor": actor, "at": at
    }  # fmt: skip
    if act == ACCEPT:
        return accept(**about)
    if act == OBSTACLE:
        return report(**about, act=OBSTACLE, data={}, opinion=filled.obstacle)
    data = {name: list(rows.values()) if isinstance(rows, dict) else rows for name, rows in filled.data.items()}
    opinion = str(data.pop("opinion", ""))
    return report(
        **about, data=data, opinion=opinion,
        prepare=lambda fields, sent, case: words_for(fields, dict(sent), case, actor),
    )  # fmt: skip


def _at_rows(filled: Filled, refusal: Refusal, actor: Actor) -> list[Problem]:
    """A refusal with the rows that it is about, as far as it names them; else the first row of the order."""
    if not isinstance(refusal, BadInput):
        return [Problem(filled.where, refusal.message)]
    fields = [column.field for column in filled.columns.values()]
    labels = {
        offered.label: filled.rows[offered.key]
        for offered in rows_of(fields, filled.case, actor)
        if offered.label and offered.key in filled.rows
    }
    found = []
    for problem in refusal.problems:
        label = next((label for label in labels if problem.where.startswith(label)), "")
        about = problem.where.removeprefix(label).strip()
        found.append(Problem(labels.get(label, filled.where), f"{about}：{problem.what}" if about else problem.what))
    return found
