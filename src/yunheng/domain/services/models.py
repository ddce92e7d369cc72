"""Applications (6, 7) and the ledger of services that comes out of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import facts as gathered
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch1_general.art03_scope import ZONES
from yunheng.law.ch2_use.art06_application import OTHER_PAPERS, PAPERS
from yunheng.law.ch2_use.art07_machine import APPLICATION
from yunheng.law.ch3_funding.art14_contract import LANES
from yunheng.law.kernel.machine import By, Step

ENVIRONMENTS = (("production", "生产"), ("test", "测试"), ("recovery", "灾备"))


class Application(Case):
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
        if by.kind == "user_unit":
            return [self.unit_id]
        if by.kind == "provider":
            return [self.provider_id] if self.provider_id else []
        offices = Organisation.objects.filter(jurisdiction_id=self.jurisdiction_id, kind=by.kind)
        return offices.values_list("pk", flat=True) if by.kind in ("bureau", "centre") else []

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        return gathered.FACTS[guard](self, on, data)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A draft waits for the handler until it is handed to the head; a confirmation for whoever has not given it."""
        if step.name in ("pass_to_head", "submit"):
            return self.with_head is (step.name == "submit")
        if step.name == "supply_undertaking":
            return not self.unit.undertakings.exists()
        if step.name == "report_opened":
            return any(line.status == "pending" for line in self.lines.all())
        if step.name == "confirm_opening":
            return any(line.awaits_day_of(by.kind) for line in self.lines.all())
        return True

    def arrived(self, step: Step) -> bool:
        """In service when every line is confirmed by both, or dropped."""
        return all(line.status in ("confirmed", "dropped") for line in self.lines.all())


class ResourceLine(models.Model):
    """One line of the resource list: applied → approved → opened → confirmed. Each line opens by itself."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="lines")
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
    dropped = models.BooleanField("放弃", default=False)

    class Meta:
        ordering = ["application", "no"]
        constraints = [
            models.UniqueConstraint(fields=["application", "no"], name="line_once"),
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


class Paper(models.Model):
    """One of the papers of 6.2: a file, or the reason why it does not apply."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="papers")
    kind = models.CharField("材料", max_length=12, choices=PAPERS + OTHER_PAPERS)
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    not_applicable = models.CharField("不适用的理由", max_length=200, blank=True)

    class Meta:
        ordering = ["application", "id"]


class Undertaking(models.Model):
    """The unit's security undertaking (19.2), in force from the day on which its head signed it."""

    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="undertakings")
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    signed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("签署时间")

    class Meta:
        ordering = ["unit", "signed_at"]


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
    spec = models.CharField("规格", max_length=200, blank=True)
    quantity = models.DecimalField("初始数量", max_digits=15, decimal_places=6)
    lane = models.CharField("初始保障方式", max_length=8, choices=LANES)
    opened_on = models.DateField("开通日")
    closed_on = models.DateField("终止日（不计）", null=True, blank=True)
    trial = models.BooleanField("免费试用", default=False)

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


class Migration(models.Model):
    """A move from a service to one that was opened for it (15.2)."""

    source = models.ForeignKey(Service, models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Service, models.PROTECT, related_name="moves_in")
    cause = models.CharField("原因", max_length=8, choices=(("platform", "平台原因"), ("unit", "业务需要")))
    confirmed_on = models.DateField("确认完成日", null=True, blank=True)

    class Meta:
        ordering = ["source", "target"]
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="migration_once")]
