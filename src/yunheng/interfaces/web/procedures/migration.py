"""The page of a migration (15.2): its pairs, whose cause it is, and how many days both have run."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.domain.services.models import Migration
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.interfaces.web.procedures import Page
from yunheng.law.ch3_funding.art15_migration import last_parallel_day


def _facts(case: Migration, today: date) -> list[tuple[str, object]]:
    return [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("迁移原因", case.get_cause_display() if case.cause else "待服务中心认定"),
        ("云服务商", _providers(case)),
        ("确认完成日", case.confirmed_on or "—"),
        ("迁移事由", case.reason),
    ]


def _providers(case: Migration) -> str:
    new = case.provider.short_name if case.provider else "—"
    return new if case.provider_id == case.old_provider_id else f"{case.old_provider.short_name} → {new}"


def _values(case: Migration, actor: Actor, today: date) -> dict[str, Any]:
    first, parallel = case.first_day, None
    if first is not None and case.cause == "unit" and case.state in ("running", "reported", "contested"):
        last = last_parallel_day(first, parameters_on(today, case.jurisdiction_id))
        term = (last - first).days + 1
        day = (today - first).days + 1
        parallel = {
            "day": max(day, 0), "term": term, "shown": min(max(day, 0), term), "look": "red" if day > term else "ochre",
            "last": day_with_weekday(last), "over": day > term,
        }  # fmt: skip
    return {"pairs": case.pairs.select_related("source", "target"), "first_day": first, "parallel": parallel}


PAGE = Page(_facts, _values, "pages/migration.html")
