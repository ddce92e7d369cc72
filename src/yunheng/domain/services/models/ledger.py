"""The ledger of services: what runs, since when, for whom, under which contract, and what has changed since."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from yunheng.domain.services.models.lines import ResourceLine
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch3_funding.art14_contract import LANES
from yunheng.law.kernel.terms import ONE_DAY


class Service(models.Model):
    """A line of the ledger: what runs, since when, for whom, under which contract. The bill is read off it."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="services")
    number = models.CharField("服务编号", max_length=20)
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="services")
    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="services")
    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="services")
    line = models.OneToOneField(ResourceLine, models.PROTECT, null=True, blank=True, related_name="service")
    sku = models.CharField("目录编码", max_length=40)
    name = models.CharField("产品", max_length=80)
    measure = models.CharField("计量单位", max_length=12, blank=True)
    spec = models.CharField("规格", max_length=200, blank=True)
    quantity = models.DecimalField("初始数量", max_digits=15, decimal_places=6)
    lane = models.CharField("初始保障方式", max_length=8, choices=LANES)
    opened_on = models.DateField("开通日")
    closed_on = models.DateField("终止日（不计）", null=True, blank=True)
    trial = models.BooleanField("免费试用", default=False)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="services_opened")
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    instances = models.TextField("实例与地址", blank=True)  # one per line: id address; the provider may replace them
    roles = models.JSONField("用途", default=dict, blank=True)  # by instance what it is for, where somebody said so

    class Meta:
        ordering = ["jurisdiction", "number"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "number"], name="service_once"),
            models.CheckConstraint(
                name="service_life", condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on"))
            ),
        ]
        indexes = [models.Index(fields=["unit", "number"]), models.Index(fields=["system", "number"])]

    def __str__(self) -> str:
        return self.number

    def at(self, kind: str, on: date) -> str:
        """A condition's value on a day as it is stored; the initial one before the first change."""
        found = [c for c in self.conditions.all() if c.kind == kind and c.on <= on]
        if found:
            return max(found, key=lambda c: c.on).value
        initial = {"quantity": f"{self.quantity:f}", "sku": self.sku, "lane": self.lane, "suspended": "false"}
        return initial[kind]

    def within(self, day: date) -> date:
        """The day itself, or the nearest one of the life of the service."""
        last = self.closed_on - ONE_DAY if self.closed_on and self.closed_on > self.opened_on else self.closed_on
        return max(self.opened_on, min(day, last or day))

    def runs_on(self, day: date) -> bool:
        """Whether the day lies in the life of the service."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)


class Condition(models.Model):
    """From ``on``, the service's quantity, product, lane or suspension is ``value``."""

    KINDS = (("quantity", "数量"), ("sku", "规格"), ("lane", "保障方式"), ("suspended", "暂停"))

    service = models.ForeignKey(Service, models.PROTECT, related_name="conditions")
    on = models.DateField("自")
    kind = models.CharField("条件", max_length=10, choices=KINDS)
    value = models.CharField("取值", max_length=40)
    rule = models.CharField("规则", max_length=30, blank=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["service", "on", "kind"]
        constraints = [models.UniqueConstraint(fields=["service", "on", "kind"], name="condition_once")]


class Move(models.Model):
    """A move from a service to one that was opened for it (15.2)."""

    source = models.ForeignKey(Service, models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Service, models.PROTECT, related_name="moves_in")
    cause = models.CharField("原因", max_length=8, choices=(("platform", "平台原因"), ("unit", "业务需要")))
    confirmed_on = models.DateField("确认完成日", null=True, blank=True)

    class Meta:
        ordering = ["source", "target"]
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="move_once")]


class Involvement(models.Model):
    """A service that a case is about: while the case is open, no other one may change, move or end the service."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="involvements")
    service = models.ForeignKey(Service, models.PROTECT, related_name="involvements")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "service"], name="involvement_once")]
