"""The page of a succession: who or what follows whom, from which day, and the services that go on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service, Succession
from yunheng.domain.services.succession import facts
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import trials
from yunheng.law.ch3_funding.art15_succession import succession_seamless

SHOWN = 100


def _facts(case: Succession, today: date) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        ("事由", case.get_subject_display()),
        ("生效日", case.effective_on),
        ("依据文件", case.basis),
        ("原单位" if case.receiver else "单位", case.unit.called(case.effective_on)[0]),
    ]
    named = (
        ("接收单位", case.receiver.name if case.receiver else ""), ("新名称", case.new_name),
        ("承接的系统", f"{case.to_system}（{case.to_system.code}）" if case.to_system else ""),
        ("原合同", case.from_contract), ("承继后的合同", case.to_contract),
        ("系统", "、".join(system.name for system in facts.systems_of(case))),
    )  # fmt: skip
    return [*found, *((label, value) for label, value in named if value)]


def _values(case: Succession, actor: Actor, today: date) -> dict[str, Any]:
    """Before it is effective what would follow, afterwards what did."""
    document = reverse("basis", args=[case.number]) if case.attachment_id else ""
    if case.state == "effective":
        made = Service.objects.filter(case_id=case.pk).select_related("predecessor", "system", "contract", "unit")
        seen = set(ledger.services(actor=actor).filter(case_id=case.pk).values_list("pk", flat=True))
        followed = [(row, row.pk in seen) for row in made.order_by("number")[:SHOWN]]
        return {"document": document, "followed": followed, "total": made.count()}
    rows = facts.services_of(case)
    values = {"document": document, "following": trials.rows(rows[:SHOWN], today), "total": len(rows)}
    overdue = case.state == "signed" and case.effective_on < today  # what stands in its way is seen here
    if case.state == "preparing" or overdue:
        values["ahead"] = succession_seamless(facts.handover(case), parameters_on(today, case.jurisdiction_id))
    return values


PAGE = Page(_facts, _values, template="pages/succession.html")
