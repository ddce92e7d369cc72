"""Lines and papers belong to a case of any procedure; a service knows its measure, its case and what it follows."""

import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    """What a service was told by its line so far, it knows by itself."""
    Service = apps.get_model("services", "Service")
    rows = []
    for service in Service.objects.exclude(line=None).select_related("line").iterator(chunk_size=2000):
        service.measure, service.case_id = service.line.unit, service.line.case_id
        service.instances = service.line.instances
        rows.append(service)
    Service.objects.bulk_update(rows, ["measure", "case_id", "instances"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial"), ("workflow", "0003_participant")]

    operations = [
        migrations.RenameModel("Migration", "Move"),
        migrations.RemoveConstraint("move", "migration_once"),
        migrations.RemoveConstraint("resourceline", "line_once"),
        migrations.AlterModelOptions("resourceline", {}),
        migrations.AlterModelOptions("paper", {}),
        migrations.RenameField("resourceline", "application", "case"),
        migrations.RenameField("paper", "application", "case"),
        migrations.CreateModel(
            name="Involvement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.AlterModelOptions(
            name="paper",
            options={"ordering": ["case", "id"]},
        ),
        migrations.AlterModelOptions(
            name="resourceline",
            options={"ordering": ["case", "no"]},
        ),
        migrations.AddField(
            model_name="service",
            name="case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="services_opened",
                to="workflow.case",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="instances",
            field=models.TextField(blank=True, verbose_name="实例与地址"),
        ),
        migrations.AddField(
            model_name="service",
            name="measure",
            field=models.CharField(blank=True, max_length=12, verbose_name="计量单位"),
        ),
        migrations.AddField(
            model_name="service",
            name="predecessor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="services.service",
            ),
        ),
        migrations.AlterField(
            model_name="paper",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="workflow.case"
            ),
        ),
        migrations.AlterField(
            model_name="paper",
            name="kind",
            field=models.CharField(max_length=24, verbose_name="材料"),
        ),
        migrations.AlterField(
            model_name="resourceline",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="resource_lines", to="workflow.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.UniqueConstraint(fields=("source", "target"), name="move_once"),
        ),
        migrations.AddConstraint(
            model_name="resourceline",
            constraint=models.UniqueConstraint(fields=("case", "no"), name="line_once"),
        ),
        migrations.AddField(
            model_name="involvement",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="involvements", to="workflow.case"
            ),
        ),
        migrations.AddField(
            model_name="involvement",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="involvements", to="services.service"
            ),
        ),
        migrations.AddConstraint(
            model_name="involvement",
            constraint=models.UniqueConstraint(fields=("case", "service"), name="involvement_once"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
