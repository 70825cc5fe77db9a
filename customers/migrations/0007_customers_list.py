"""What the customers list searches and sorts by gets indexes; its saved views and columns."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_follows_by_channel'),
        ('org', '0007_jobs_of_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListColumns',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='list_columns', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='账号')),
                ('shown', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), default=list, size=None, verbose_name='显示的列')),
            ],
            options={
                'verbose_name': '列设置',
                'verbose_name_plural': '列设置',
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32, verbose_name='名称')),
                ('query', models.JSONField(default=dict, verbose_name='条件')),
                ('is_shared', models.BooleanField(default=False, verbose_name='共享')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='排序')),
                ('created_at', models.DateTimeField(verbose_name='创建时间')),
            ],
            options={
                'verbose_name': '名单视图',
                'verbose_name_plural': '名单视图',
            },
        ),
        migrations.AddField(
            model_name='follow',
            name='mobile_marks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, db_default=[], default=list, size=None, verbose_name='备注手机查找键'),
        ),
        migrations.AddIndex(
            model_name='follow',
            index=django.contrib.postgres.indexes.GinIndex(models.Func('remark', function='customers_name_grams'), condition=models.Q(('remark', ''), _negated=True), name='follow_by_part_of_remark'),
        ),
        migrations.AddIndex(
            model_name='follow',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('mobile_marks', []), _negated=True), fields=['mobile_marks'], name='follow_by_mobile'),
        ),
        migrations.AddIndex(
            model_name='profile',
            index=models.Index(models.OrderBy(django.db.models.functions.comparison.Coalesce('first_added_at', models.Value(datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), models.DateTimeField())), descending=True), models.OrderBy(models.F('customer'), descending=True), name='profile_by_first_added'),
        ),
        migrations.AddIndex(
            model_name='profile',
            index=models.Index(fields=['-order_amount_fen', '-customer'], name='profile_by_spending'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='所有者'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='view_name_is_unique', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', False), ('is_shared', True), _connector='OR'), name='view_of_nobody_is_shared'),
        ),
    ]
