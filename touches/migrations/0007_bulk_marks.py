"""What bulk tagging did, so that it can be undone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_customers_list'),
        ('org', '0007_jobs_of_people'),
        ('touches', '0006_mass_looks_that_fail'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_added', models.BooleanField(verbose_name='打上')),
                ('follow', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.follow', verbose_name='好友关系')),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.identity', verbose_name='客户身份')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='org.job', verbose_name='任务')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.tag', verbose_name='标签')),
            ],
            options={
                'verbose_name': '批量打标',
                'verbose_name_plural': '批量打标',
                'constraints': [models.UniqueConstraint(fields=('job', 'identity', 'follow', 'tag'), name='bulk_mark_is_unique', nulls_distinct=False)],
            },
        ),
    ]
