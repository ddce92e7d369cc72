"""The page of a difference: what the inventory shows beside what the ledger says, as it was found and as last seen."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.domain.services.discrepancies.acts import OUTCOMES, PAPERS
from yunheng.domain.services.inventories.queries import age
from yunheng.domain.services.models import Discrepancy
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.procedures import Page
from yunheng.law.kernel.citation import Cite

STATES = {"running": "运行", "stopped": "停止", "other": "其他"}


def _facts(case: Discrepancy, today: date) -> list[tuple[str, object]]:
    whose = case.unit.name if case.unit.kind == "user_unit" else "系统未登记，归属不明"
    facts: list[tuple[str, object]] = [
        ("差异", case.known.zh),
        ("涉及条款", Cite.parse(case.article).zh),
        ("由谁说明", case.get_owner_display()),
        ("用户单位", whose),
        ("系统", case.system.name if case.system else "—"),
        ("云服务商", case.provider.short_name if case.provider else "—"),
        ("发现日", f"{case.found_on}（{case.found_in.number}）"),
        ("最近所见", f"{case.seen_in.as_of}（{case.seen_in.number}）"),
    ]
    if case.state != "closed":
        facts.append(("已发现", f"{age(case, today)} 个自然日"))
    if case.runs_from:
        until = f"至{case.runs_to}（不含）" if case.runs_to else "起，尚未停止"
        facts.append(("擅自运行", f"自{case.runs_from}{until}，统筹资金不予支付"))
    if case.outcome:
        facts.append(("核销方式", OUTCOMES[case.outcome]))
    return facts


def _values(case: Discrepancy, actor: Actor, today: date) -> dict[str, Any]:
    changed = {**case.latest, "run": ""} != {**case.evidence, "run": ""}
    held = cases(actor=actor).filter(pk=case.linked_id).first() if case.linked_id else None
    shown = [("发现时", case.evidence)] + ([("最近一次", case.latest)] if changed else [])
    return {
        "seen": [(words, kept, _rows(kept)) for words, kept in shown],
        "linked": held,
        "ledger": case.evidence["ledger"],
    }


def _rows(kept: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "state": STATES.get(row["state"], row["state"])} for row in kept["rows"]]


PAGE = Page(_facts, _values, template="pages/discrepancy.html", papers=PAPERS)
