"""The catalogue of cloud services (Article 2): dated items; prices belong to contracts (14)."""

from django.db import models
from django.db.models import F, Q

from yunheng.law.ch1_general.art02_services import CATEGORIES


class Item(models.Model):
    """A product that can be ordered, in force in ``[valid_from, valid_to)``. Never edited: a new row follows it."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="items")
    code = models.CharField("目录编码", max_length=40)
    category = models.CharField("类别", max_length=12, choices=CATEGORIES)
    product = models.CharField("产品", max_length=40)  # ECS, RDS, OSS …
    name = models.CharField("名称", max_length=80)
    unit = models.CharField("计量单位", max_length=12)
    spec_schema = models.JSONField("规格项", default=dict)  # attribute → {zh, type, unit, choices, required}
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)

    class Meta:
        ordering = ["jurisdiction", "category", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code", "valid_from"], name="item_once"),
            models.CheckConstraint(
                name="item_period", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return self.name
