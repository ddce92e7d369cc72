"""The steps of a registration before and after the decision: the unit goes through its rows, the provider answers (26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yunheng.domain.services.models import Paper, Registration
from yunheng.domain.services.registrations.lines import write
from yunheng.domain.services.registrations.sheets import read_review
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import read
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin
from yunheng.law.kernel.citation import art

CITE = art(26)
Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def review(case: Registration, *, actor: Actor, at: datetime, rows: Rows) -> None:
    """Give rows to systems of the unit, or dispute them, by number."""
    _reviewed(case, {int(row["key"]): (row["system"], row["disputed"]) for row in rows})


@transaction.atomic
def review_sheet(case: Registration, *, actor: Actor, at: datetime, file: Attachment) -> None:
    """The same from the sheet that was handed out, for all rows at once; every wrong row is named."""
    _reviewed(case, read_review(read(file)))


def _reviewed(case: Registration, given: Mapping[int, tuple[str, str]]) -> None:
    lines = {line.no: line for line in case.lines.filter(no__in=given)} if len(given) < 500 else {
        line.no: line for line in case.lines.all()
    }  # fmt: skip
    own = {system.code: system for system in InformationSystem.objects.filter(unit_id=case.unit_id)}
    problems = [Problem(f"序号 {no}", "清单中没有这一行") for no in given if no not in lines]
    problems += [
        Problem(f"序号 {no}", f"本单位没有登记系统“{code}”")
        for no, (code, _) in given.items()
        if code and code not in own
    ]
    problems += [Problem(f"序号 {no}", "异议最多 200 字") for no, (_, words) in given.items() if len(words) > 200]
    if problems:
        raise BadInput(problems[:200], cite=CITE, todo="改正后重新提交，其他内容没有变动")
    for no, (code, words) in given.items():
        lines[no].system, lines[no].disputed = own.get(code), words.strip()
    write(lines.values(), "system", "disputed")


@transaction.atomic
def answer(
    case: Registration, *, actor: Actor, at: datetime, answers: Rows, opinion: str = "", version: int | None = None
) -> Event:
    """The provider answers each row in dispute."""
    locked, _ = begin(case, "answer", actor=actor, version=version)
    lines = {f"{line.no}": line for line in locked.lines.exclude(disputed="")}
    for row in answers:
        lines[row["key"]].answer = row["answer"].strip()
    write(lines.values(), "answer")
    return advance(case, "answer", actor=actor, at=at, opinion=opinion)


@transaction.atomic
def supply(
    case: Registration,
    *,
    actor: Actor,
    at: datetime,
    opinion: str = "",
    version: int | None = None,
    **papers: Attachment | None,
) -> Event:
    """The unit hands in what was missing, a file per kind; what is still missing is named at once (6.2)."""
    begin(case, "supply", actor=actor, version=version)
    for kind, paper in papers.items():
        if paper is not None:
            Paper.objects.create(case_id=case.pk, kind=kind, attachment=paper)
    return advance(case, "supply", actor=actor, at=at, opinion=opinion)
