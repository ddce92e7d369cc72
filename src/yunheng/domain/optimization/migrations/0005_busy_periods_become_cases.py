"""Busy periods that were declared before there was a procedure for it: cases of their own, marked as such."""

from django.db import migrations
from django.utils.timezone import localdate

PREFIX = "RL"


def move(apps, schema_editor):
    """Each becomes a confirmed calendar, declared when it was declared; nobody has looked at it, and it says so."""
    numbering = apps.get_model("workflow", "Numbering").objects
    calendars = apps.get_model("optimization", "BusyCalendar").objects
    periods = (
        apps.get_model("optimization", "BusyPeriod").objects.select_related("system").order_by("declared_at", "pk")
    )
    for period in periods:
        system, day = period.system, localdate(period.declared_at)
        series, _ = numbering.get_or_create(jurisdiction_id=system.jurisdiction_id, prefix=PREFIX, year=day.year)
        series.last += 1
        series.save(update_fields=["last"])
        calendars.create(
            jurisdiction_id=system.jurisdiction_id, kind="busy_calendar", number=f"{PREFIX}-{day.year}-{series.last:04d}",
            title=f"{system.name}：{period.name}"[:120], state="confirmed", unit_id=system.unit_id, system=system,
            created_by_id=period.declared_by_id, created_at=period.declared_at, moved_at=period.declared_at,
            name=period.name, first=period.first, last=period.last, recurs=period.recurs, with_head=True,
            declared_on=day, confirmed_on=day, before_procedure=True,
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("optimization", "0004_busy_calendar")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
