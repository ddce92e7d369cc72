"""The register of government information systems (Article 3)."""

from datetime import date

from django.db import models

from yunheng.law.ch1_general.art03_scope import ASSET_OWNERS, BUILT_BY, CLASSES, HOSTING, ZONES


class InformationSystem(models.Model):
    """A system in the sense of GB/T 40692. Its phase on a day follows from two dates, so it is never edited by hand."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="systems")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="systems")
    using_unit = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, blank=True, related_name="used_systems"
    )
    code = models.CharField("系统编码", max_length=30)
    name = models.CharField("系统名称", max_length=80)
    purpose = models.CharField("功能简介", max_length=300, blank=True)
    category = models.CharField("类别", max_length=20, choices=CLASSES)
    classified = models.BooleanField("涉密", default=False)
    built_by = models.CharField("建设方式", max_length=12, choices=BUILT_BY)
    asset_owner = models.CharField("资产归属", max_length=12, choices=ASSET_OWNERS)
    network_zone = models.CharField("网络区域", max_length=12, choices=ZONES)
    mlps_level = models.PositiveSmallIntegerField("等保级别", default=2)
    started_on = models.DateField("实施开始", null=True, blank=True)
    accepted_on = models.DateField("技术验收", null=True, blank=True)
    operated_from = models.DateField("转入运维", null=True, blank=True)
    cloud_money = models.DecimalField(
        "实施费用中的云服务费（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    hosting = models.CharField("部署", max_length=12, choices=HOSTING, default="cloud")
    hosting_ground = models.CharField("不上云的依据或理由", max_length=200, blank=True)
    hosting_plan = models.CharField("上云计划", max_length=200, blank=True)
    hosting_note = models.CharField("市大数据局备注", max_length=200, blank=True)
    hosting_noted_at = models.DateTimeField("备注时间", null=True, blank=True)
    registered_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["jurisdiction", "code"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code"], name="system_code_once"),
            models.UniqueConstraint(fields=["unit", "name"], name="system_name_once_per_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    def phase_on(self, day: date) -> str:
        """implementation → accepted → operation, by the dates of the register."""
        if self.operated_from and self.operated_from <= day:
            return "operation"
        if self.accepted_on and self.accepted_on <= day:
            return "accepted"
        return "implementation"
