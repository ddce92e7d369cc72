"""The State Council's arrangement of each year, as imported, per jurisdiction."""

from django.db import models


class CalendarYear(models.Model):
    """A year whose official arrangement is known; a year without a row is provisional (R-010)."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="calendar_years")
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("通知文号", max_length=120)
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        ordering = ["jurisdiction", "year"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "year"], name="calendar_year_once")]


class CalendarDay(models.Model):
    """A day that deviates from Monday to Friday. ``statutory`` days of a provisional year have no ``year`` row yet."""

    KINDS = (("off", "放假"), ("work", "调休上班"))

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="calendar_days")
    day = models.DateField("日期")
    kind = models.CharField("类别", max_length=4, choices=KINDS)
    name = models.CharField("名称", max_length=20)

    class Meta:
        ordering = ["jurisdiction", "day"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "day"], name="calendar_day_once")]
