"""Systems that change hands (R-023): done, signed for a coming day, waiting for the second signature, being drawn up."""

from __future__ import annotations

from datetime import date, timedelta

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.services.involvements import open_involvements
from yunheng.domain.services.ledger import running_of
from yunheng.domain.services.succession import operations as do
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance
from yunheng.law.kernel.machine import MACHINES

# How far it has come, how many working days ago it began, and the days from today to the one on which it takes effect.
STAGES = (("effective", 30, -35), ("signed", 6, 20), ("proposed", 3, 30), ("preparing", 1, 40),
          ("withdrawn", 8, 15))  # fmt: skip
BASIS = "市委编办〔{year}〕{n}号《关于调整有关单位职责的通知》"


def tell(story: Story) -> int:
    """So many successions; fewer where few systems are free to go."""
    last, count = story.working(story.until), 0
    for stage, back, ahead in STAGES:
        start, on = story.earlier(last, back), story.working(story.until + timedelta(days=ahead))
        system = _free(story, on if stage == "effective" else start)
        if system is not None:
            _one(story, system, stage, start, on, count)
            count += 1
    return count


def _free(story: Story, on: date) -> InformationSystem | None:
    """A system that the fund pays for, that runs on the day, and that nobody is busy with."""
    first = story.city.units[0]
    for system in InformationSystem.objects.filter(jurisdiction=story.city.place).exclude(unit=first).order_by("-pk"):
        rows = running_of(system, on)
        busy = any(not MACHINES[c.kind].state(c.state).final for c in Case.objects.filter(system=system))
        covered = rows and all(row.contract.lane == "covered" and not row.trial for row in rows)
        if covered and not busy and not open_involvements(rows).exists():
            return system
    return None


def _one(story: Story, system: InformationSystem, stage: str, start: date, on: date, n: int) -> None:
    """The first unit takes what others give: its head has something to sign."""
    takes, at = story.city.units[0], story.moment(start, 10)
    handler = story.actor(system.unit, "handler", at)
    document = store(
        content=paper("职责调整通知"), filename="职责调整通知.pdf", kind="attachment", person_id=handler.person_id, at=at,
        jurisdiction_id=story.city.place.pk,
    )  # fmt: skip
    case = do.prepare(
        subject="system_moved", effective_on=on, basis=BASIS.format(year=start.year, n=31 + n), attachment=document,
        actor=handler, at=at,
    )  # fmt: skip
    do.fill(case, receiver=takes.credit_code, systems=[system.code], actor=handler, at=at)
    if stage == "preparing":
        return
    at = story.moment(start, 15)
    do.propose(case, actor=story.actor(system.unit, "head", at), at=at)
    if stage == "proposed":
        return
    at = story.moment(story.later(start, 2), 11)
    if stage == "withdrawn":
        advance(case, "decline", actor=story.actor(system.unit, "head", at), at=at, opinion="职责移交日期待定")
        return
    do.sign(case, actor=story.actor(takes, "head", at), at=at)
    if stage == "effective" and case.state == "signed":
        do.take_effect(case, at=story.moment(on, 9))
