"""Touches are written often: an index for prefixes and a check that nobody needs are taken away."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_group_presences'),
        ('org', '0003_token_scopes'),
        ('touches', '0004_touches_by_due_at'),
    ]

    operations = [
        migrations.AlterField(
            model_name='touch',
            name='customer',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='客户'),
        ),
        migrations.AlterField(
            model_name='touch',
            name='key',
            field=models.CharField(max_length=200, verbose_name='去重键'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.UniqueConstraint(fields=('key',), name='touch_key_is_unique'),
        ),
    ]
