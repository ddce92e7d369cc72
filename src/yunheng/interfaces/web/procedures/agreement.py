"""The page of an agreement (7, 9, 12, 14): what is agreed, from which day, and who has signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.domain.services.agreement.facts import lines_of
from yunheng.domain.services.models import Agreement
from yunheng.domain.services.models.agreement import PAPER
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import history
from yunheng.interfaces.web.components.money import count
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import casework
from yunheng.law.ch2_use.art07_trial import trial_extension_allowed
from yunheng.law.ch3_funding.art14_agreement_machine import CITES


@dataclass(frozen=True)
class Line:
    """A line as it is agreed, beside what stands in the ledger."""

    label: str
    service: str
    sku: str
    before: str
    after: str


def _facts(case: Agreement, today: date) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("约定事项", case.get_subject_display()),
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("云服务商", case.provider.short_name if case.provider else "—"),
        ("提出方", case.get_proposed_by_display()),
        ("自", case.from_on or "—"),
        ("至（含当日）", case.until or "—"),
        ("双方签署", case.signed_on or "—"),
    ]
    if case.contract:
        facts.append(("合同", case.contract.number))
    return facts


def _values(case: Agreement, actor: Actor, today: date) -> dict[str, Any]:
    day = case.from_on or today
    rows = []
    for line in lines_of(case):
        before = ""
        if line.service and case.subject == "change" and not case.events.filter(step="sign").exists():
            before = f"{count(Decimal(line.service.at('quantity', day)))} {line.unit}"
        number = line.service.number if line.service else ""
        rows.append(Line(line.label, number, line.sku, before, f"{count(line.quantity)} {line.unit}"))
    values: dict[str, Any] = {"lines": rows, "cite_of_subject": CITES[case.subject]}
    if case.subject != "trial_extension":  # what does not concern the subject is judged, and not shown
        said = casework.latest_verdicts(list(history(case=case)))
        values["verdicts"] = [(verdict, None) for verdict in said if verdict.rule != trial_extension_allowed.__name__]
    return values


PAGE = Page(_facts, _values, "pages/agreement.html", papers={PAPER: "协议文本"})
