"""The page of a release (8): each condition with its state, its evidence, its last day, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from yunheng.domain.services.models import Assessment, Release
from yunheng.domain.services.release import facts
from yunheng.domain.services.release.operations import conditions_of, verdict_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.operations import may_take
from yunheng.interfaces.web.components.parts import Gap
from yunheng.interfaces.web.procedures import Page
from yunheng.law.ch2_use.art08_machine import OPEN
from yunheng.law.ch2_use.art08_release import Condition

MARKS = {"green": ("✓", "满足", "green"), "red": ("✕", "不满足", "red"), "none": ("—", "不需要", "green")}
KEEPERS = ("user_unit", "bureau", "centre")  # who reads the reports themselves; a provider sees the result alone


@dataclass(frozen=True)
class Line:
    """One condition as the table shows it."""

    condition: Condition
    mark: str
    word: str
    look: str
    evidence: Assessment | None
    href: str
    todo: Gap | None


def _facts(case: Release, today: date) -> list[tuple[str, object]]:
    assert case.system is not None
    return [
        ("用户单位", case.unit.name),
        ("系统", f"{case.system.name}（{case.system.code}）"),
        ("等保级别", f"{'零一二三四五'[case.system.mlps_level]}级"),
        ("云服务商", case.provider.short_name if case.provider else "—"),
    ]


def _values(case: Release, actor: Actor, today: date) -> dict[str, Any]:
    if case.state not in OPEN:
        return {"edits": [], "lines": []}
    assert case.system is not None
    at, held = timezone.now(), facts.latest(case.system)
    lines = [_line(case, one, held.get(one.kind), actor) for one in conditions_of(case, at=at)]
    more = case.edits["further"]
    editable = case.editable_by(actor)
    edits = [(more.label, reverse("edit", args=[case.number, "further"]))] if editable else []
    return {"edits": edits, "lines": lines, "now": verdict_of(case, at=at), "checked_at": at}


def _line(case: Release, one: Condition, row: Assessment | None, actor: Actor) -> Line:
    href = ""
    if row is not None and row.attachment_id and actor.kind in KEEPERS:
        href = reverse("evidence", args=[case.number, row.pk])
    return Line(one, *MARKS[one.state], row, href, _todo(case, one, row, actor))


def _todo(case: Release, one: Condition, row: Assessment | None, actor: Actor) -> Gap | None:
    confirm = case.procedure.find(case.state, "confirm_not_required")
    waits = row is not None and row.conclusion == "not_required" and row.confirmed_at is None
    if waits and confirm is not None and may_take(case, confirm, actor):
        return Gap("确认或不予认定", reverse("step", args=[case.number, "confirm_not_required"]))
    if one.kind == "plugin":
        return None if one.state == "green" else Gap("由云服务商安装插件并上报", "")
    if not case.editable_by(actor):
        return None if one.state != "red" else Gap("由用户单位补齐", "")
    words = ("申报" if one.kind == "data" else "登记结论") if one.state == "red" else "更新"
    return Gap(words, reverse("edit", args=[case.number, one.kind]))


PAGE = Page(_facts, _values, template="pages/release.html")
