
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('linkage', '0002_shares_end'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='obligation',
            name='linkage_obligation_end_is_told',
        ),
        migrations.RemoveConstraint(
            model_name='obligation',
            name='linkage_obligation_taken_by',
        ),
        migrations.AddField(
            model_name='obligation',
            name='pauses',
            field=models.JSONField(default=list, help_text='since, until (null: it still stands), reason', verbose_name='中止'),
        ),
        migrations.AlterField(
            model_name='obligation',
            name='state',
            field=models.CharField(choices=[('open', '待办'), ('taken', '办理中'), ('paused', '已中止'), ('done', '已办结'), ('cancelled', '已取消')], default='open', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['open', 'taken', 'paused'])), models.Q(('ended_at__isnull', False), ('state__in', ['done', 'cancelled']), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='linkage_obligation_end_is_told'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['taken', 'paused']), _negated=True), ('holder__isnull', False), _connector='OR'), name='linkage_obligation_taken_by'),
        ),
    ]
