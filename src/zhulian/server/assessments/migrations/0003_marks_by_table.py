from django.db import migrations, models


def carry_over(apps, schema_editor):
    """Enterprises that wait to be assessed go on waiting, for everything."""
    mark = apps.get_model("assessments", "Mark")
    rows = apps.get_model("assessments", "Stale").objects.values_list("enterprise", "marked_at")
    mark.objects.bulk_create(
        [mark(enterprise=enterprise, tables=[], marked_at=at) for enterprise, at in rows], batch_size=500
    )


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_contract_findings")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enterprise", models.BigIntegerField(db_index=True, verbose_name="企业")),
                ("code", models.CharField(blank=True, max_length=20, verbose_name="资质代码")),
                ("tables", models.JSONField(default=list, verbose_name="变动的表")),
                ("marked_at", models.BigIntegerField(verbose_name="标记于")),
            ],
            options={"db_table": "assessment_mark"},
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("looked_on", models.DateField(null=True, verbose_name="已核对持有情况的日期")),
            ],
            options={"db_table": "assessment_watch"},
        ),
        migrations.CreateModel(
            name="LawSeen",
            fields=[
                (
                    "code",
                    models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name="资质代码"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
            ],
            options={"db_table": "assessment_law_seen"},
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="Stale"),
    ]
