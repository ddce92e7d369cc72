"""What the second provider ran before the platform (26): listed once, and how far each unit's part has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import InventoryRun, Registration
from yunheng.domain.services.registrations import intakes
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors

# What was done with the part of each unit, one after the other; every three working days something happens.
CASES: tuple[tuple[str, ...], ...] = (
    (),
    ("review",),
    ("review", "confirm_list"),
    ("dispute", "confirm_list"),
    ("dispute", "confirm_list", "answer"),
    ("review", "confirm_list", "send_back"),
    ("review", "confirm_list", "decide_missing"),
    ("review", "confirm_list", "decide_missing", "supply"),
    ("review", "confirm_list", "decide_missing", "supply", "return_papers"),
    ("review", "confirm_list", "decide_missing", "supply", "accept_papers"),
    ("dispute", "confirm_list", "answer", "decide"),
    ("review", "confirm_list", "decide"),
)
BY = {
    "review": ("unit", "handler"), "dispute": ("unit", "handler"), "confirm_list": ("unit", "head"),
    "answer": ("provider", "delivery"), "send_back": ("bureau", "approver"), "decide": ("bureau", "approver"),
    "supply": ("unit", "head"), "accept_papers": ("centre", "acceptor"), "return_papers": ("centre", "acceptor"),
}  # fmt: skip
WORDS = {"send_back": "备份存储归入的系统与合同附件不一致，请核对后重新确认", "return_papers": "合同缺附件，请补齐"}
BACK = 20  # working days ago the list was handed in
WHAT = (
    ("C-ECS-8C32G", "2", "应用服务器"), ("S-DISK-EFF", "2000", "数据盘"), ("D-RDS-MYSQL-4C16", "1", "业务库"), ("B-BAK", "1000", "备份存储"),
)  # fmt: skip


def tell(story: Story) -> int:
    """So many parts as there are units with systems; none where this provider's lists are compared already."""
    day = story.earlier(story.working(story.until), BACK)
    provider, at = story.city.providers[-1], story.moment(day, 9)
    contract = story.contracts.get(("covered", 10 * day.year + len(story.city.providers)))
    if contract is None or InventoryRun.objects.filter(provider=provider).exists():
        return 0
    bureau, delivery = story.actor(story.city.bureau, "approver", at), story.actor(provider, "delivery", at)
    intake = intakes.open_intake(provider=provider, day=day, actor=bureau, at=at)
    chosen = _systems()[: len(CASES)]
    rows = [row for n, own in enumerate(chosen) for row in _rows(own[0], n, contract.number)] + _loose()
    intakes.take_in(
        intake=intake, raws=list(enumerate(rows, 2)), source="sheet", actor=delivery, at=story.moment(day, 14)
    )  # fmt: skip
    for own, steps in zip(chosen, CASES, strict=False):
        _go_on(story, own[0].unit, steps, day, contract.number)
    return len(chosen)


def _systems() -> list[list[InformationSystem]]:
    found = InformationSystem.objects.filter(using_unit=None).select_related("unit").order_by("unit_id", "code")
    return [list(own) for _, own in groupby(found, key=attrgetter("unit_id"))]


def _rows(system: InformationSystem, n: int, contract: str) -> list[dict[str, Any]]:
    """Four things of a system; of the last one only the unit is known, and the first was doubled once."""
    rows = []
    for no, (sku, quantity, name) in enumerate(WHAT, 1):
        since = date(2024, 3 + n % 6, 4 + no)
        rows.append(
            {
                "instance_id": f"yb-{system.code}-{no}", "name": f"{name}{no}", "sku": sku, "quantity": quantity, "state": "运行",
                "since": f"{since}", "contract": contract if no == 1 else "", "addresses": f"10.20.{n}.{no}",
                **({"system": system.code} if no < len(WHAT) else {"unit": system.unit.name}),
                **({"history": f"{since} 1；2025-06-01 {quantity}"} if no == 1 else {}),
            }
        )  # fmt: skip
    return rows


def _loose() -> list[dict[str, Any]]:
    """Of these the provider does not know whose they are."""
    return [
        {"instance_id": f"yb-old-{n}", "name": f"旧测试机{n}", "sku": "C-ECS-4C16G", "quantity": "1", "state": "停止", "since": "2023-11-20"}
        for n in range(1, 6)
    ]  # fmt: skip


def _go_on(story: Story, unit: Organisation, steps: Sequence[str], day: date, contract: str) -> None:
    case = Registration.objects.get(unit=unit, intake__provider=story.city.providers[-1])
    for n, name in enumerate(steps):
        _take(story, case, name, story.later(day, 2 + 3 * n), contract)


def _take(story: Story, case: Registration, name: str, day: date, contract: str) -> None:
    assert case.provider is not None
    step, at = name.removesuffix("_missing"), story.moment(day, 11)
    places = {"unit": case.unit, "provider": case.provider, "bureau": story.city.bureau, "centre": story.city.centre}
    side, role = BY[step]
    actor = story.actor(places[side], role, at)
    if step in ("review", "dispute"):
        last = case.lines.order_by("no").last()
        assert last is not None
        code = case.lines.exclude(system=None).values_list("system__code", flat=True)[0]
        words = (
            {"system": code, "disputed": ""}
            if step == "review"
            else {"system": "", "disputed": "已于上年停用，不是本单位在用"}
        )
        doors.edit(case, "review", sent={"rows": [{"key": f"{last.no}", **words}]}, actor=actor, at=at)
        return
    doors.take(case, step, sent=_sent(story, case, name, contract, at), actor=actor, at=at)


def _sent(story: Story, case: Registration, name: str, contract: str, at: Any) -> dict[str, Any]:
    disputed = [f"{line.no}" for line in case.lines.exclude(disputed="")]
    if name == "answer":
        return {"answers": [{"key": no, "answer": "核实后仍在运行，数据未清理"} for no in disputed]}
    if name == "supply":
        made = store(
            content=paper(f"{case.unit.name}　云服务合同"), filename="云服务合同.pdf", kind="contract", person_id=story.city.who(case.unit, "head").pk,
            at=at, jurisdiction_id=case.jurisdiction_id, case_id=case.pk,
        )  # fmt: skip
        return {"contract": made}
    if not name.startswith("decide"):
        return {"opinion": WORDS.get(name, "")}
    groups = Registration.acts["decide"].fields[0].rows_for(case, None)
    missing = ["contract"] if name.endswith("_missing") else []
    return {
        "systems": [{"key": row.key, **row.values, "contract": contract, "lane": "covered"} for row in groups],
        "disputes": [{"key": no, "enter": "no", "reason": "经核实未再使用"} for no in disputed],
        "missing": missing, "papers_due": f"{story.later(at.date(), 60)}", "opinion": "",
    }  # fmt: skip
