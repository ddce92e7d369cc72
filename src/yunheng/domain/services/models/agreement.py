"""Agreements of unit and provider on what is not covered (7, 9, 12, 14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.domain.services.models.lines import ResourceLine
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch3_funding.art14_agreement_machine import AGREEMENT, SUBJECTS
from yunheng.law.kernel.machine import By, Step

PAPER = "agreement"
SIDES = (("user_unit", "用户单位"), ("provider", "云服务商"))
OF_PROPOSER = ("propose", "discard", "withdraw")


class Agreement(Case):
    """Terms of one subject between a unit and a provider for one system; in force when both have signed."""

    machine = AGREEMENT

    subject = models.CharField("约定事项", max_length=16, choices=SUBJECTS)
    proposed_by = models.CharField("提出方", max_length=12, choices=SIDES)
    from_on = models.DateField("自", null=True, blank=True)
    until = models.DateField("至（含当日）", null=True, blank=True)
    words = models.TextField("约定内容", blank=True)
    contract = models.ForeignKey("funding.Contract", models.PROTECT, null=True, blank=True, related_name="agreements")
    signed_on = models.DateField("双方签署日", null=True, blank=True)

    @property
    def edits(self) -> Any:  # type: ignore[override]
        """What there is to fill in depends on the subject."""
        from yunheng.domain.services.agreement.acts import TERMS

        return {"terms": TERMS[self.subject]}

    def editable_by(self, actor: Actor) -> bool:
        """Whoever proposes draws it up."""
        role = "head" if actor.kind == "user_unit" else "delivery"
        mine = actor.organisation_id in (self.unit_id, self.provider_id) and actor.kind == self.proposed_by
        prepares = actor.has(role, self.kind) or (actor.kind == "user_unit" and actor.has("handler", self.kind))
        return self.state == "drafted" and mine and prepares

    def holders(self, by: By) -> Iterable[int]:
        """Unit and provider are the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """Who proposes signs first, the other side second."""
        return (by.kind == self.proposed_by) is (step.name in OF_PROPOSER)

    def barred(self, step: Step, actor: Actor) -> str:
        """One side proposes and may withdraw, the other one signs or declines."""
        if (actor.kind == self.proposed_by) is (step.name in OF_PROPOSER):
            return ""
        whose = self.get_proposed_by_display()
        return (
            f"协议由{whose}提出，只有{whose}可以{step.label}"
            if step.name in OF_PROPOSER
            else "你方已经签署，等对方答复"
        )

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.services.agreement.facts import FACTS

        return FACTS[guard](self, on)


class AgreementLine(models.Model):
    """What is agreed of one service, of one line about to open, or of one that is entered by the agreement."""

    case = models.ForeignKey(Agreement, models.CASCADE, related_name="lines")
    no = models.PositiveIntegerField("序号")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="agreement_lines")
    line = models.ForeignKey(ResourceLine, models.PROTECT, null=True, blank=True, related_name="agreement_lines")
    sku = models.CharField("目录编码", max_length=40)
    name = models.CharField("产品", max_length=80)
    unit = models.CharField("计量单位", max_length=12, blank=True)
    quantity = models.DecimalField("数量", max_digits=15, decimal_places=6, default=Decimal(0))

    class Meta:
        ordering = ["case", "no"]
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="agreement_line_once"),
            models.CheckConstraint(name="agreement_line_quantity", condition=Q(quantity__gte=0)),
        ]

    @property
    def label(self) -> str:
        """S-2026-0001 云主机; 第 2 行 云盘."""
        if self.service:
            return f"{self.service.number} {self.name}"
        return (
            f"{self.line.case.number} 第 {self.line.no} 行 {self.name}" if self.line else f"第 {self.no} 行 {self.name}"
        )
