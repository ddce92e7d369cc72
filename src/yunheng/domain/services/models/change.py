"""Changes of services in the covered lane (9.1), line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from yunheng.domain.catalog.models import Item
from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch1_general.art04_adjustment import GROUNDS
from yunheng.law.ch2_use.art09_machine import CHANGE
from yunheng.law.kernel.machine import By, Step


class Change(Case):
    """A change of what one system runs (9.1), by its unit or, as an adjustment of resources (4.1), by the bureau."""

    machine = CHANGE
    gathered: ClassVar[Mapping[str, Callable[..., Any]]] = {}  # the facts of each rule; set by ``change.acts``
    shown: ClassVar[Mapping[str, Callable[..., Any]]] = {}  # what the machine interface shows beside the common parts

    purpose = models.TextField("变更事由", blank=True)
    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="changes")
    by_bureau = models.BooleanField("市大数据局提出", default=False)
    ground = models.CharField("调整依据", max_length=16, choices=GROUNDS, blank=True)
    periodic = models.BooleanField("规律性、周期性变更", default=False)
    cites = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="cited_by")
    departure = models.TextField("申请不作论证的理由", blank=True)
    demanded = models.BooleanField("已要求论证", default=False)
    with_head = models.BooleanField("已交负责人", default=False)
    notified_on = models.DateField("通知日", null=True, blank=True)

    @cached_property
    def offered(self) -> dict[str, Item]:
        """The catalogue by code, as the list offers it; the newest row of each."""
        return {item.code: item for item in Item.objects.filter(jurisdiction_id=self.jurisdiction_id)}

    def holders(self, by: By) -> Iterable[int]:
        """A draft has one side, the one that drew it up; otherwise unit and provider are the case's own."""
        if self.state == "draft" and by.kind != ("bureau" if self.by_bureau else "user_unit"):
            return []
        return own_parties(self, by)

    def editable_by(self, actor: Actor) -> bool:
        """Its own unit while it is a draft or returned; the bureau's approver its own draft."""
        if self.by_bureau:
            return self.state == "draft" and actor.kind == "bureau" and actor.has("approver", self.kind)
        return super().editable_by(actor)

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        return self.gathered[guard](self, on, data)

    def content(self, *, on: date) -> dict[str, Any]:
        """The four figures and the list, as the page shows them."""
        return {name: make(self, on) for name, make in self.shown.items()}

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A draft waits for the handler until it is handed to the head."""
        if self.state == "draft" and not self.by_bureau:
            return self.with_head is (step.name == "submit")
        return True

    def ordered(self) -> list[dict[str, Any]]:
        """What is to change, before and after, as approved."""
        return [
            {
                "key": f"{line.no}", "name": line.name, "service": line.service.number if line.service else "",
                "before": {"sku": line.sku_before, "quantity": f"{line.quantity_before.normalize():f}"},
                "after": {"sku": line.sku_after, "quantity": f"{line.granted.normalize():f}"},
                "spec": line.spec, "unit": line.unit, "purpose": line.purpose,
            }
            for line in self.lines.select_related("service")
            if line.differs
        ]  # fmt: skip


class ChangeLine(models.Model):
    """One line of a change: a running service changed or ended (0), or without a service one that is added."""

    case = models.ForeignKey(Change, models.CASCADE, related_name="lines")
    no = models.PositiveIntegerField("序号")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="change_lines")
    name = models.CharField("产品", max_length=80)
    unit = models.CharField("计量单位", max_length=12, blank=True)
    spec = models.CharField("规格", max_length=200, blank=True)
    purpose = models.CharField("用途", max_length=120, blank=True)
    sku_before = models.CharField("变更前目录编码", max_length=40, blank=True)
    sku_after = models.CharField("变更后目录编码", max_length=40)
    quantity_before = models.DecimalField("变更前数量", max_digits=15, decimal_places=6, default=Decimal(0))
    quantity = models.DecimalField("变更后数量", max_digits=15, decimal_places=6)
    approved = models.DecimalField("核定数量", max_digits=15, decimal_places=6, null=True, blank=True)
    cut_reason = models.CharField("核减理由", max_length=300, blank=True)
    effective_on = models.DateField("生效日", null=True, blank=True)
    instances = models.TextField("实例与地址", blank=True)
    opened = models.OneToOneField(Service, models.PROTECT, null=True, blank=True, related_name="change_line")

    class Meta:
        ordering = ["case", "no"]
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="change_line_once"),
            models.UniqueConstraint(fields=["case", "service"], name="change_line_service_once"),
            models.CheckConstraint(name="change_line_quantity", condition=Q(quantity__gte=0)),
            models.CheckConstraint(
                name="change_line_not_above_asked", condition=Q(approved__isnull=True) | Q(approved__lte=F("quantity"))
            ),
        ]

    @property
    def granted(self) -> Decimal:
        """What counts now: approved, else asked for."""
        return self.quantity if self.approved is None else self.approved

    @property
    def differs(self) -> bool:
        """Whether anything changes by it, as it stands now; a line cut back to what runs changes nothing."""
        if self.service_id and self.granted and self.sku_after != self.sku_before:
            return True
        return self.granted != self.quantity_before

    @property
    def least(self) -> Decimal:
        """The least that can be granted: what is given up is given up, what is asked for more can be cut to what runs."""
        return min(self.quantity_before, self.quantity)

    @property
    def label(self) -> str:
        """S-2026-0001 云主机 4核16G; 新增 云盘 SSD."""
        return f"{self.service.number if self.service else '新增'} {self.name}"
