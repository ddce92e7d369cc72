"""Applications for cloud services (6, 7), with the undertaking that each unit signs first (19.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services import facts as gathered
from yunheng.domain.services.models.lines import LineByLine
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art07_machine import APPLICATION
from yunheng.law.kernel.machine import By, Step


class Application(LineByLine, Case):
    """An application for cloud services for one system (6.1), from draft to service."""

    machine = APPLICATION

    purpose = models.TextField("申请事由", blank=True)
    expected_on = models.DateField("期望开通日", null=True, blank=True)
    wants_coverage = models.BooleanField("申请纳入市级统筹保障", default=True)
    money_source = models.CharField("不纳入时的资金来源", max_length=100, blank=True)
    contract = models.ForeignKey("funding.Contract", models.PROTECT, null=True, blank=True, related_name="applications")
    sizing = models.JSONField("需求测算", default=dict, blank=True)
    with_head = models.BooleanField("已交负责人", default=False)
    mediated_on = models.DateField("调解日期", null=True, blank=True)
    notified_on = models.DateField("通知日", null=True, blank=True)

    def holders(self, by: By) -> Iterable[int]:
        """The unit and the provider are the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        return gathered.FACTS[guard](self, on, data)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A draft waits for the handler until it is handed to the head; a confirmation for whoever has not given it."""
        if step.name in ("pass_to_head", "submit"):
            return self.with_head is (step.name == "submit")
        if step.name == "supply_undertaking":
            return not self.unit.undertakings.exists()
        return self.awaits_line(step, by)

    def arrived(self, step: Step) -> bool:
        """In service when every line is confirmed by both, or dropped."""
        return self.all_opened


class Undertaking(models.Model):
    """The unit's security undertaking (19.2), in force from the day on which its head signed it."""

    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="undertakings")
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    signed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("签署时间")

    class Meta:
        ordering = ["unit", "signed_at"]
