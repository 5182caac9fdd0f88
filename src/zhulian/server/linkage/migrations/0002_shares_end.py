"""Shares end by a day or by an event; the two shipped rules without a term get their event."""

from django.db import migrations, models

ENDS = {"fell-short": "qualification.recovered", "dishonesty": "credit.repaired"}


def name_events(apps, _schema_editor):
    for rule, event in ENDS.items():
        apps.get_model("linkage", "Share").objects.filter(rule=rule, until=None).update(until_event=event)


class Migration(migrations.Migration):

    dependencies = [
        ('linkage', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='share',
            name='end_event',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='share',
            name='ended_at',
            field=models.DateTimeField(help_text='when an event ended it; a term ends by itself', null=True),
        ),
        migrations.AddField(
            model_name='share',
            name='until_event',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.RunPython(name_events, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('until__isnull', False), ('until_event', '')), models.Q(('until', None), models.Q(('until_event', ''), _negated=True)), _connector='OR'), name='linkage_share_can_end'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_event', None), ('ended_at', None)), models.Q(('end_event__isnull', False), ('ended_at__isnull', False)), _connector='OR'), name='linkage_share_end_is_caused'),
        ),
    ]
