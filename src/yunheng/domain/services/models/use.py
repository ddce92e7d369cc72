"""What was used of services whose product is charged by use, as providers handed it in; corrected, never edited."""

from __future__ import annotations

from django.db import models

from yunheng.domain.services.models.ledger import Service


class UseTable(models.Model):
    """A table of use that a provider handed in (15.1)."""

    provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="use_tables")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    received_at = models.DateTimeField("收到时间")
    filename = models.CharField("文件", max_length=200)
    digest = models.CharField("SM3", max_length=64)
    rows = models.PositiveIntegerField("行数")
    corrected = models.PositiveIntegerField("更正行数")

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return self.filename


class UseRecord(models.Model):
    """The use of a service on a day; of a whole month on the last day of it on which the service ran."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="use_records")
    on = models.DateField("日期")
    monthly = models.BooleanField("按月", default=False)
    quantity = models.DecimalField("用量", max_digits=15, decimal_places=6)
    table = models.ForeignKey(UseTable, models.PROTECT, related_name="records")
    replaced_by = models.ForeignKey(UseTable, models.PROTECT, null=True, blank=True, related_name="replaced")

    class Meta:
        ordering = ["service", "on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "on"], condition=models.Q(replaced_by=None), name="use_record_once"
            )
        ]
