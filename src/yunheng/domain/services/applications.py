"""Prepare an application: create the draft, fill in its list, papers and sizing. Steps are in ``operations``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from yunheng.domain.catalog.queries import items_on
from yunheng.domain.services.models import Application, Paper, ResourceLine
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.queries import NO_SYSTEM
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotOpen, NotYours, Problem
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import GONE, open_case, stands_for
from yunheng.law.ch2_use.art06_application import OTHER_PAPERS, PAPERS
from yunheng.law.ch2_use.art07_machine import HANDLER
from yunheng.law.kernel.citation import art

EDITABLE = ("draft", "returned")
MOST_LINES = 5000
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True)
class LineInput:
    """A line of a resource list as handed in; ``where`` names it in errors (第 4 行)."""

    where: str
    sku: str
    quantity: Decimal | None
    spec: str = ""
    purpose: str = ""
    zone: str = ""
    environment: str = "production"
    trial: bool = False
    note: str = ""


@transaction.atomic
def create(*, system: InformationSystem, actor: Actor, at: datetime, **fields: Any) -> Application:
    """Open a draft for one of the unit's systems. ``fields``: purpose, expected_on, wants_coverage, money_source."""
    if actor.kind != "user_unit" or not (actor.has("handler", "application") or actor.has("head", "application")):
        raise NotYours("只有用户单位的经办人或负责人可以起草申请", cite=art(6, 1))
    if system.unit_id != actor.organisation_id or (actor.using_unit_id and system.using_unit_id != actor.using_unit_id):
        raise NotFound(NO_SYSTEM, cite=art(6, 1))
    draft = Application(kind="application", unit_id=system.unit_id, system=system, title=system.name, **fields)
    draft.lane = "covered" if draft.wants_coverage else "own"
    return open_case(draft, actor=actor, at=at)


def editable(application: Application, *, actor: Actor) -> Application:
    """Lock the application and check that its own unit may still edit it."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if actor.kind != HANDLER.kind or not stands_for(locked, HANDLER, actor):
        raise NotFound(GONE)
    if not (actor.has("handler", "application") or actor.has("head", "application")):
        raise NotYours("只有经办人或负责人可以修改申请", cite=art(6, 1))
    if locked.state not in EDITABLE:
        raise NotOpen(f"{locked.state_zh}的申请不能修改", cite=art(6, 1), todo="需要修改的，先撤回或等待退回补正")
    return locked


@transaction.atomic
def describe(application: Application, *, actor: Actor, **fields: Any) -> Application:
    """Change the particulars of a draft: purpose, expected_on, wants_coverage, money_source, sizing."""
    locked = editable(application, actor=actor)
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.lane = "covered" if locked.wants_coverage else "own"
    locked.save(update_fields=[*fields, "lane"])
    return locked


@transaction.atomic
def set_lines(application: Application, *, lines: Sequence[LineInput], actor: Actor, on: date) -> list[ResourceLine]:
    """Replace the whole resource list. Every wrong line is named; then nothing has changed."""
    return put_lines(editable(application, actor=actor), lines=lines, on=on)


def put_lines(case: Case, *, lines: Sequence[LineInput], on: date) -> list[ResourceLine]:
    """Put these lines in the place of a case's whole list. Every wrong one is named; then nothing has changed."""
    items = items_on(jurisdiction_id=case.jurisdiction_id, on=on)
    problems = [problem for line in lines for problem in _wrong(line, items)]
    if len(lines) > MOST_LINES:
        problems.insert(0, Problem("资源清单", f"共 {len(lines)} 行，超过 {MOST_LINES} 行，分成几个申请提出"))
    if problems:
        raise BadInput(problems, cite=art(6, 2), todo="改正后重新导入或保存，原来的清单没有变动")
    ResourceLine.objects.filter(case_id=case.pk).delete()
    zone = case.system.network_zone if case.system else "extranet"
    return ResourceLine.objects.bulk_create(
        ResourceLine(
            case_id=case.pk,
            no=no,
            sku=line.sku,
            name=items[line.sku].name,
            unit=items[line.sku].unit,
            spec=line.spec,
            quantity=line.quantity or Decimal(0),  # checked above
            purpose=line.purpose,
            zone=line.zone or zone,
            environment=line.environment,
            trial=line.trial,
            note=line.note,
        )
        for no, line in enumerate(lines, 1)
    )


def _wrong(line: LineInput, items: dict[str, Any]) -> list[Problem]:
    problems = []
    if line.sku not in items:
        problems.append(Problem(line.where, f"目录中没有编码“{line.sku}”，按服务目录填写"))
    if line.quantity is None or line.quantity <= 0:
        problems.append(Problem(line.where, "申请数量须大于 0"))
    elif line.quantity >= LARGEST or line.quantity != line.quantity.quantize(Decimal("0.000001")):
        problems.append(Problem(line.where, "申请数量最多 9 位整数、6 位小数"))
    return problems


@transaction.atomic
def set_paper(
    application: Application, *, kind: str, actor: Actor, attachment: Attachment | None = None, reason: str = ""
) -> Paper:
    """Attach a paper of 6.2, or say why it does not apply. What was attached before stays in the record."""
    if kind not in dict(PAPERS + OTHER_PAPERS):
        raise BadInput([Problem("材料", f"没有这一种材料：{kind}")], cite=art(6, 2))
    locked = editable(application, actor=actor)
    if attachment is None and not reason.strip():
        raise BadInput([Problem(dict(PAPERS + OTHER_PAPERS)[kind], "上传文件，或写明不适用的理由")], cite=art(6, 2))
    locked.papers.filter(kind=kind).delete()
    return Paper.objects.create(
        case=locked, kind=kind, attachment=attachment, not_applicable="" if attachment else reason.strip()
    )
