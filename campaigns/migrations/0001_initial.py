"""First tables of this room."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_initial'),
        ('customers', '0002_event_ledger'),
        ('org', '0001_initial'),
        ('wecom', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True, verbose_name='文字')),
                ('attachments', models.JSONField(blank=True, default=list, verbose_name='附件')),
                ('name', models.CharField(max_length=30, verbose_name='名称')),
                ('state', models.CharField(max_length=30, verbose_name='渠道参数')),
                ('kind', models.PositiveSmallIntegerField(choices=[(1, '单人'), (2, '多人')], default=2, verbose_name='类型')),
                ('skip_verify', models.BooleanField(default=True, verbose_name='免验证')),
                ('remark_template', models.CharField(blank=True, max_length=60, verbose_name='备注模板')),
                ('task_title', models.CharField(blank=True, max_length=60, verbose_name='首个任务标题')),
                ('task_body', models.CharField(blank=True, max_length=300, verbose_name='首个任务说明')),
                ('task_delay_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='首个任务延后(分钟)')),
                ('config_id', models.CharField(blank=True, max_length=64, verbose_name='企业微信编号')),
                ('qr_code_url', models.CharField(blank=True, max_length=512, verbose_name='二维码地址')),
                ('is_enabled', models.BooleanField(default=True, verbose_name='启用')),
                ('is_in_step', models.BooleanField(default=False, verbose_name='与企业微信一致')),
                ('pushing_until', models.DateTimeField(blank=True, null=True, verbose_name='同步占用至')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='最近错误')),
                ('created_at', models.DateTimeField(verbose_name='创建时间')),
                ('disabled_at', models.DateTimeField(blank=True, null=True, verbose_name='停用时间')),
                ('app', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wecom.app', verbose_name='应用')),
                ('corp', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='channel_codes', to='wecom.corp', verbose_name='企业')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='创建人')),
                ('material', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.material', verbose_name='素材')),
                ('staff', models.ManyToManyField(related_name='channel_codes', to='org.staff', verbose_name='员工')),
                ('tags', models.ManyToManyField(blank=True, related_name='channel_codes', to='customers.tag', verbose_name='自动打标')),
            ],
            options={
                'verbose_name': '渠道活码',
                'verbose_name_plural': '渠道活码',
            },
        ),
        migrations.CreateModel(
            name='DefaultWelcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True, verbose_name='文字')),
                ('attachments', models.JSONField(blank=True, default=list, verbose_name='附件')),
                ('is_enabled', models.BooleanField(default=True, verbose_name='启用')),
                ('corp', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='default_welcome', to='wecom.corp', verbose_name='企业')),
                ('material', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.material', verbose_name='素材')),
            ],
            options={
                'verbose_name': '默认欢迎语',
                'verbose_name_plural': '默认欢迎语',
            },
        ),
        migrations.CreateModel(
            name='WelcomeVariant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True, verbose_name='文字')),
                ('attachments', models.JSONField(blank=True, default=list, verbose_name='附件')),
                ('weekdays', models.JSONField(blank=True, default=list, verbose_name='星期')),
                ('starts_at', models.TimeField(blank=True, null=True, verbose_name='开始')),
                ('ends_at', models.TimeField(blank=True, null=True, verbose_name='结束')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='顺序')),
                ('channel_code', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='campaigns.channelcode', verbose_name='渠道活码')),
                ('material', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.material', verbose_name='素材')),
                ('staff', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='org.staff', verbose_name='员工')),
            ],
            options={
                'verbose_name': '分时欢迎语',
                'verbose_name_plural': '分时欢迎语',
            },
        ),
        migrations.AddIndex(
            model_name='channelcode',
            index=models.Index(condition=models.Q(('is_in_step', False)), fields=['id'], name='channel_code_to_push'),
        ),
        migrations.AddConstraint(
            model_name='channelcode',
            constraint=models.UniqueConstraint(models.F('corp'), models.F('state'), name='channel_code_state_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='channelcode',
            constraint=models.UniqueConstraint(condition=models.Q(('config_id', ''), _negated=True), fields=('corp', 'config_id'), name='channel_code_config_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='channelcode',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [1, 2])), name='channel_code_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='channelcode',
            constraint=models.CheckConstraint(condition=models.Q(('state', ''), _negated=True), name='channel_code_has_a_state'),
        ),
        migrations.AddConstraint(
            model_name='channelcode',
            constraint=models.CheckConstraint(condition=models.Q(('task_delay_minutes', None), models.Q(('task_title', ''), _negated=True), _connector='OR'), name='channel_code_task_has_a_title'),
        ),
        migrations.AddConstraint(
            model_name='welcomevariant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_at', None), ('starts_at', None)), models.Q(('ends_at__isnull', False), ('starts_at__isnull', False)), _connector='OR'), name='welcome_variant_has_both_times_or_none'),
        ),
    ]
