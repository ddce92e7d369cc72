"""Monthly accruals (15.1): what each service costs in a month and who pays, as the law says when it is asked."""

from django.db import models

from yunheng.law.ch3_funding.art14_contract import PAYERS


class Accrual(models.Model):
    """One month of one jurisdiction, worked out at a moment. A later run replaces the lines that differ."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="accruals")
    month = models.DateField("月份")  # its first day
    computed_at = models.DateTimeField("计算时间")
    parked = models.JSONField("挂起", default=list)  # what could not be worked out, and why

    class Meta:
        ordering = ["jurisdiction", "month"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "month"], name="accrual_once")]


class AccrualLine(models.Model):
    """A piece of a service's month with one price and one payer; columns as in a settlement package."""

    accrual = models.ForeignKey(Accrual, models.CASCADE, related_name="lines")
    service = models.ForeignKey("services.Service", models.PROTECT, related_name="accrual_lines")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="accrual_lines")
    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="accrual_lines")
    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="accrual_lines")
    sku = models.CharField("目录编码", max_length=40)
    from_on = models.DateField("起")
    to_on = models.DateField("止（不含）")
    days = models.PositiveSmallIntegerField("天数")
    quantity = models.DecimalField("数量", max_digits=15, decimal_places=6)
    unit_price = models.DecimalField("单价", max_digits=15, decimal_places=6)
    per = models.CharField("计价", max_length=8)
    payer = models.CharField("承担方", max_length=8, choices=PAYERS)
    rule = models.CharField("规则", max_length=30)
    amount = models.DecimalField("金额（元）", max_digits=16, decimal_places=2)

    class Meta:
        ordering = ["service", "from_on", "sku"]
        constraints = [models.UniqueConstraint(fields=["service", "from_on", "sku"], name="accrual_line_once")]
        indexes = [
            models.Index(fields=["unit", "from_on"]),
            models.Index(fields=["system", "from_on"]),
            models.Index(fields=["accrual", "payer"]),
        ]
