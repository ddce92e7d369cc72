"""The page of coverage (13): the facts with their papers, the money of a running project, the services and their lanes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from yunheng.domain.services import annual, ledger
from yunheng.domain.services.coverage import queries
from yunheng.domain.services.models import Coverage
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import history
from yunheng.interfaces.web.components.dates import long_day
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import casework
from yunheng.law.ch3_funding.art13_coverage import coverage
from yunheng.law.ch3_funding.art13_ending import cite_of_ground
from yunheng.law.ch3_funding.art13_machine import COVERAGE
from yunheng.law.kernel.machine import Step

SHOWN = 100
WAYS = {  # by who began it, and whether it has ended
    (True, False): (("covered",), ("列入在保",)),
    (True, True): (("covered", "ended"), ("列入在保", "移出")),
    (False, True): ((*COVERAGE.path, "ended"), (*COVERAGE.stages, "移出")),
}
AHEAD = ("draft", "requested", "returned")  # what the table says now, before the centre has kept it


def _facts(case: Coverage, today: date) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("范围", "整个系统" if case.whole else f"{case.resources.count()} 项资源"),
    ]
    if not case.by_bureau:
        found += [
            ("希望纳入日期", case.wished_on or "—"),
            ("所处阶段的依据", case.phase_evidence or "—"),
            ("资产归属和建设方式的依据", case.owner_evidence or "—"),
            ("申请事由", case.reason or "—"),
        ]
    money = case.remaining_money
    named: list[tuple[str, object]] = [
        ("验收时剩余云服务费", f"{yuan(money)} 元（{case.money_evidence}）" if money is not None else ""),
        ("申请日", case.requested_on or ""), ("纳入自", case.from_on or ""), ("资金来源", case.source),
    ]  # fmt: skip
    if case.state == "ended":
        named += [
            ("移出自", case.ended_from or ""),
            ("移出依据", f"{cite_of_ground(case.ground)}　{case.get_ground_display()}"),
        ]
    return [*found, *((label, value) for label, value in named if value)]


def _values(case: Coverage, actor: Actor, today: date) -> dict[str, Any]:
    found = casework.latest_verdicts(list(history(case=case)))
    again = any(verdict.rule == "coverage_possible" for verdict in found)  # the same table, read when it was decided
    seen = set(ledger.services(actor=actor).filter(system=case.system).values_list("pk", flat=True))
    rows = [row for row in queries.concerned(case, on=today) if row.pk in seen]
    values: dict[str, Any] = {
        "services": [_row(row, today) for row in rows[:SHOWN]],
        "total": len(rows),
        "verdicts": [(verdict, None) for verdict in found if not (again and verdict.rule == "coverage")],
        "origin": reverse("case", args=[case.origin.number])
        if case.origin and actor.kind in ("bureau", "centre")
        else "",
    }
    if case.by_bureau or case.state == "ended":
        way = WAYS[case.by_bureau, case.state == "ended"]
        values["steps"] = casework.bar(case, list(history(case=case)), [], way)
    if case.state in (*AHEAD, "evaluated") and not case.by_bureau and actor.kind != "provider":
        facts, project = queries.standing_of(case, on=today)
        values["project"] = project
        if case.state in AHEAD:
            values["ahead"] = coverage(facts, parameters_on(today, case.jurisdiction_id))
    return values


def _row(row: Any, today: date) -> dict[str, Any]:
    """A service, who pays for it today, what it costs in a year, and the next change of its lane."""
    day = max(today, row.opened_on)
    later = sorted((c.on, c.value) for c in row.conditions.all() if c.kind == "lane" and c.on > day)
    return {
        "service": row, "lane": row.at("lane", day), "fee": annual.annual_fee_of(row, day),
        "then": later[0] if later else None,
    }  # fmt: skip


def _consequence(case: Coverage, step: Step, today: date) -> str:
    """The day to propose and the year's money, where the bureau decides."""
    if step.name not in ("decide", "restore"):
        return ""
    day = queries.first_day(case, on=today) if step.name == "decide" else today
    room = queries.room(case, day=day, on=today)
    left = "未登记合同金额，无法判断余额" if room.left is None else f"余额{yuan(room.left)}元"
    return f"{step.follows}。自{long_day(day)}起本年增加{yuan(room.added)}元；{day.year}年统筹资金{left}"


PAGE = Page(_facts, _values, template="pages/coverage.html", papers={"evidence": "证明材料"}, consequence=_consequence)
