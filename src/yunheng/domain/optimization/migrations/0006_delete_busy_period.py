from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("optimization", "0005_busy_periods_become_cases")]

    operations = [migrations.DeleteModel(name="BusyPeriod")]
