"""What runs at a provider, as the provider said on a day (9.1, 22): the inventory, kept row by row as it came in."""

from __future__ import annotations

from django.db import models

PURPOSES = (("reconcile", "清单核对"), ("golive", "存量登记"))
SOURCES = (("sheet", "表格"), ("interface", "接口"), ("connector", "连接器"))


class InventoryRun(models.Model):
    """One inventory of one provider, with what was found in it. Never edited; a later one takes its place."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="inventories")
    provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="inventories")
    number = models.CharField("编号", max_length=24)
    purpose = models.CharField("用途", max_length=10, choices=PURPOSES, default="reconcile")
    source = models.CharField("来源", max_length=10, choices=SOURCES)
    as_of = models.DateField("清单日期")
    taken_at = models.DateTimeField("收到时间")
    person = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")
    rows_count = models.PositiveIntegerField("行数")
    repeated = models.PositiveIntegerField("重复行", default=0)  # identical rows beyond the first: counted once
    digest = models.CharField("SM3", max_length=64)
    found = models.JSONField("结果", default=dict)  # differences by kind, how rows were matched, new, continuing, gone
    verdict = models.JSONField("判定", default=dict)

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "number"], name="inventory_number_once"),
            models.UniqueConstraint(fields=["provider", "as_of", "digest", "purpose"], name="inventory_once"),
        ]

    def __str__(self) -> str:
        return self.number


class InventoryRow(models.Model):
    """A row as it came in. ``quantity`` is the month's amount of what is metered, empty where it was not given."""

    run = models.ForeignKey(InventoryRun, models.CASCADE, related_name="rows")
    no = models.PositiveIntegerField("行号")
    instance = models.CharField("实例编号", max_length=200)
    name = models.CharField("名称", max_length=200, blank=True)
    sku = models.CharField("目录编码", max_length=40, blank=True)
    quantity = models.DecimalField("数量", max_digits=15, decimal_places=6, null=True, blank=True)
    spec = models.CharField("规格", max_length=200, blank=True)
    power = models.CharField("状态", max_length=8)
    service = models.CharField("服务编号", max_length=40, blank=True)
    system = models.CharField("系统编码", max_length=40, blank=True)
    since = models.DateField("自", null=True, blank=True)
    addresses = models.CharField("地址", max_length=1000, blank=True)
    attached_to = models.CharField("挂载到", max_length=200, blank=True)  # "none": to nothing; "": not said
    back_ends = models.PositiveIntegerField("后端数", null=True, blank=True)  # empty: not said
    more = models.JSONField("其他各列", default=dict, blank=True)

    class Meta:
        ordering = ["run", "no"]
        constraints = [models.UniqueConstraint(fields=["run", "instance"], name="instance_once_per_run")]


class Intake(models.Model):
    """The registration of what a provider ran before the platform: opened once by the bureau, for one day (26)."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="intakes")
    provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="intakes")
    day = models.DateField("存量日期")
    opened_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("开始时间")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        ordering = ["-day", "provider"]
        constraints = [models.UniqueConstraint(fields=["provider"], name="intake_once")]
