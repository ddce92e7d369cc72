"""What a case is about: the lines of its resource list, how it opens them one by one, and its papers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Manager, Q

from yunheng.law.ch1_general.art03_scope import ZONES
from yunheng.law.kernel.machine import By, Step

ENVIRONMENTS = (("production", "生产"), ("test", "测试"), ("recovery", "灾备"))


class ResourceLine(models.Model):
    """One line of the resource list: applied → approved → opened → confirmed. Each line opens by itself."""

    case = models.ForeignKey("workflow.Case", models.CASCADE, related_name="resource_lines")
    no = models.PositiveIntegerField("序号")
    sku = models.CharField("目录编码", max_length=40)
    name = models.CharField("产品", max_length=80)
    unit = models.CharField("计量单位", max_length=12)
    spec = models.CharField("规格", max_length=200, blank=True)
    quantity = models.DecimalField("申请数量", max_digits=15, decimal_places=6)
    approved = models.DecimalField("核定数量", max_digits=15, decimal_places=6, null=True, blank=True)
    cut_reason = models.CharField("核减理由", max_length=300, blank=True)
    purpose = models.CharField("用途", max_length=120, blank=True)
    zone = models.CharField("网络区域", max_length=12, choices=ZONES, default="extranet")
    environment = models.CharField("环境", max_length=12, choices=ENVIRONMENTS, default="production")
    trial = models.BooleanField("免费试用", default=False)
    note = models.CharField("备注", max_length=200, blank=True)

    opened = models.DecimalField("开通数量", max_digits=15, decimal_places=6, null=True, blank=True)
    opened_spec = models.CharField("开通规格", max_length=200, blank=True)
    actual_on = models.DateField("实际开通日", null=True, blank=True)
    instances = models.TextField("实例与地址", blank=True)  # one per line: id address
    plugin = models.CharField("监控插件", max_length=60, blank=True)
    unit_day = models.DateField("用户单位确认的开通日", null=True, blank=True)
    provider_day = models.DateField("云服务商确认的开通日", null=True, blank=True)
    charge_from = models.DateField(
        "协议计费起始日", null=True, blank=True
    )  # agreed by the parties of an own service (7.1)
    dropped = models.BooleanField("放弃", default=False)

    class Meta:
        ordering = ["case", "no"]
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="line_once"),
            models.CheckConstraint(name="line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="line_not_above_applied", condition=Q(approved__isnull=True) | Q(approved__lte=F("quantity"))
            ),
            models.CheckConstraint(
                name="line_not_above_approved", condition=Q(opened__isnull=True) | Q(opened__lte=F("approved"))
            ),
        ]

    @property
    def status(self) -> str:
        """dropped · pending · reported · confirmed. A line approved at 0 is dropped."""
        if self.dropped or self.approved == 0:
            return "dropped"
        if self.opened is None:
            return "pending"
        return "confirmed" if self.agreed_day else "reported"

    @property
    def agreed_day(self) -> date | None:
        """The day that both have named; without it nothing is charged (7.1)."""
        return self.unit_day if self.unit_day and self.unit_day == self.provider_day else None

    @property
    def granted(self) -> Decimal:
        """What counts now: opened, else approved, else applied."""
        for value in (self.opened, self.approved):
            if value is not None:
                return value
        return self.quantity

    def awaits_day_of(self, kind: str) -> bool:
        """Whether the party has still to name its day, or to answer a different one."""
        if self.status != "reported":
            return False
        own, other = (self.unit_day, self.provider_day) if kind == "user_unit" else (self.provider_day, self.unit_day)
        return own is None or other is not None


class LineByLine:
    """A case whose resource list is opened line by line (7.1)."""

    resource_lines: Manager[ResourceLine]

    @property
    def lines(self) -> Manager[ResourceLine]:
        """The resource list."""
        return self.resource_lines

    def awaits_line(self, step: Step, by: By) -> bool:
        """Whether some line still waits for that step of the opening; True for every other step."""
        if step.name == "report_opened":
            return any(line.status == "pending" for line in self.lines.all())
        if step.name == "confirm_opening":
            return any(line.awaits_day_of(by.kind) for line in self.lines.all())
        return True

    @property
    def all_opened(self) -> bool:
        """Every line is confirmed by both, or dropped."""
        return all(line.status in ("confirmed", "dropped") for line in self.lines.all())

    def ordered(self) -> list[dict[str, Any]]:
        """What is to be opened, as approved, with what became of each line."""
        return [
            {
                "key": f"{line.no}", "name": line.name, "sku": line.sku, "spec": line.spec, "unit": line.unit,
                "quantity": f"{line.granted.normalize():f}", "purpose": line.purpose, "zone": line.zone,
                "environment": line.environment, "trial": line.trial, "status": line.status,
            }
            for line in self.lines.all()
        ]  # fmt: skip


class Paper(models.Model):
    """A paper of a case: a file, or the reason why it does not apply (6.2)."""

    case = models.ForeignKey("workflow.Case", models.CASCADE, related_name="papers")
    kind = models.CharField("材料", max_length=24)  # in the words of the procedure: PAPERS of its article
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    not_applicable = models.CharField("不适用的理由", max_length=200, blank=True)

    class Meta:
        ordering = ["case", "id"]
