"""Contracts with their dated prices (Article 14) and coverage as decided (Article 13)."""

from django.db import models
from django.db.models import F, Q

from yunheng.law.ch3_funding.art14_contract import LANES, PERS, PRORATIONS


class Contract(models.Model):
    """A contract with one provider: bought by the bureau (covered) or by a unit for itself (own)."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="contracts")
    number = models.CharField("合同编号", max_length=30)
    name = models.CharField("合同名称", max_length=100)
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="contracts_bought")
    provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="contracts_served")
    lane = models.CharField("保障方式", max_length=8, choices=LANES)
    proration = models.CharField("折算方式", max_length=16, choices=PRORATIONS, default="annual_actual")
    charge_suspended = models.BooleanField("暂停期间计费", default=False)
    starts_on = models.DateField("服务期自")
    ends_on = models.DateField("服务期至（不含）")
    amount = models.DecimalField("合同金额（元）", max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["jurisdiction", "number"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "number"], name="contract_once"),
            models.CheckConstraint(name="contract_period", condition=Q(ends_on__gt=F("starts_on"))),
        ]

    def __str__(self) -> str:
        return self.number


class Price(models.Model):
    """A net price in yuan, in force in ``[valid_from, valid_to)``; a supplement adds rows and closes the last one."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="prices")
    sku = models.CharField("目录编码", max_length=40)
    unit = models.CharField("计量单位", max_length=12)
    per = models.CharField("计价", max_length=8, choices=PERS)
    unit_price = models.DecimalField("单价（元）", max_digits=15, decimal_places=6)
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)

    class Meta:
        ordering = ["contract", "sku", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "sku", "valid_from"], name="price_once"),
            models.CheckConstraint(
                name="price_period", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
            models.CheckConstraint(name="price_not_negative", condition=Q(unit_price__gte=0)),
        ]


class CoverageDecision(models.Model):
    """Whether a system's services are covered, from a day on, with the verdict that led to it (13.2, 13.3)."""

    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="coverage")
    covered = models.BooleanField("纳入市级统筹保障")
    from_on = models.DateField("自")
    verdict = models.JSONField("判定")
    case = models.ForeignKey("workflow.Case", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("决定时间")
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        ordering = ["system", "from_on", "decided_at"]
