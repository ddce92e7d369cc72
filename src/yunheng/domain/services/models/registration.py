"""What ran before the platform, unit by unit: shown by the provider, confirmed by the unit, decided by the bureau (26)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.inventory import Intake, InventoryRun
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art06_application import PAPERS
from yunheng.law.ch6_supplementary.art26_registration import REGISTRATION, Decided, Lines, Supplied
from yunheng.law.kernel.machine import By, Step


class Registration(Case):
    """What one unit runs at one provider, from the provider's list to the ledger."""

    machine = REGISTRATION

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="registrations")
    run = models.ForeignKey(InventoryRun, models.PROTECT, related_name="registrations")
    day = models.DateField("存量日期")
    missing = models.JSONField("缺少的材料", default=list)
    papers_due = models.DateField("补交截止日", null=True, blank=True)

    def holders(self, by: By) -> Iterable[int]:
        """The unit, the provider, bureau and centre."""
        return own_parties(self, by)

    def editable_by(self, actor: Any) -> bool:
        """The unit's handler and head, as long as the list is not confirmed."""
        own = self.unit_id == actor.organisation_id and not actor.using_unit_id
        return own and (actor.has("handler", self.kind) or actor.has("head", self.kind)) and self.state == "listed"

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """An answer is owed for rows in dispute that have none."""
        return step.name != "answer" or self.lines.exclude(disputed="").filter(answer="").exists()

    def offers(self, step: Step) -> bool:
        """There is something to answer where rows are in dispute."""
        return step.name != "answer" or self.lines.exclude(disputed="").exists()

    def content(self, *, on: date) -> dict[str, Any]:
        """The rows with what became of each, and what papers are missing."""
        names = ("no", "instance", "name", "sku", "spec", "contract", "history", "disputed", "answer", "entered")
        rows = self.lines.values_list(*names, "until", "quantity", "since", "system__code", "service__number")
        lines = [
            {**dict(zip(names, row, strict=False)), "quantity": f"{row[-4].normalize():f}",
             "since": f"{row[-3] or ''}", "until": f"{row[-5] or ''}", "system": row[-2] or "", "service": row[-1] or ""}
            for row in rows
        ]  # fmt: skip
        due = f"{self.papers_due or ''}"
        return {
            "day": f"{self.day}",
            "inventory": self.run.number,
            "missing": self.missing,
            "papers_due": due,
            "lines": lines,
        }

    def due_on(self, step: Step) -> date | None:
        """The day that the decision names for what is missing."""
        return self.papers_due if step.name == "supply" else None

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        if guard == "papers_supplied":
            names = dict(PAPERS)
            attached = frozenset(names[kind] for kind in self.papers.values_list("kind", flat=True) if kind in names)
            return Supplied(tuple(names[kind] for kind in self.missing), attached)
        disputed = self.lines.exclude(disputed="").count()
        if guard == "stock_decided":
            confirmed = self.lines.filter(disputed="").exclude(system=None).count()
            return Decided(confirmed, disputed, self.lines.filter(entered=True).exclude(service=None).count())
        return Lines(self.lines.count(), self.lines.filter(disputed="").exclude(system=None).count(), disputed)


class RegistrationLine(models.Model):
    """One thing that ran before the platform. ``entered`` is the decision on it."""

    case = models.ForeignKey(Registration, models.CASCADE, related_name="lines")
    no = models.PositiveIntegerField("序号")
    instance = models.CharField("实例编号", max_length=200)
    name = models.CharField("名称", max_length=200, blank=True)
    sku = models.CharField("目录编码", max_length=40)
    quantity = models.DecimalField("数量", max_digits=15, decimal_places=6)
    spec = models.CharField("规格", max_length=200, blank=True)
    since = models.DateField("自", null=True, blank=True)
    addresses = models.CharField("地址", max_length=1000, blank=True)
    contract = models.CharField("合同编号", max_length=40, blank=True)  # as the provider says; the bureau decides
    history = models.CharField("数量变动", max_length=400, blank=True)
    until = models.DateField(
        "止（不含）", null=True, blank=True
    )  # it had ended by then, under a contract to be settled
    source_row = models.PositiveIntegerField("清单行号")
    system = models.ForeignKey(
        "systems.InformationSystem", models.PROTECT, null=True, blank=True, related_name="registered_lines"
    )  # fmt: skip
    disputed = models.CharField("异议", max_length=200, blank=True)
    answer = models.CharField("答复", max_length=200, blank=True)
    entered = models.BooleanField("入账", null=True, blank=True)
    service = models.OneToOneField(
        Service, models.PROTECT, null=True, blank=True, related_name="registered_as"
    )  # fmt: skip

    class Meta:
        ordering = ["case", "no"]
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="registration_line_once"),
            models.CheckConstraint(name="registration_line_quantity", condition=Q(quantity__gt=0)),
        ]
        indexes = [models.Index(fields=["instance"])]
