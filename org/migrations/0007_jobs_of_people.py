"""Jobs know who started them, may be cancelled, and leave files."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('org', '0006_sign_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='序号')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('content', models.BinaryField(verbose_name='内容')),
                ('created_at', models.DateTimeField(verbose_name='生成时间')),
            ],
            options={
                'verbose_name': '任务文件',
                'verbose_name_plural': '任务文件',
            },
        ),
        migrations.RemoveConstraint(
            model_name='job',
            name='job_state_is_known',
        ),
        migrations.AddField(
            model_name='job',
            name='started_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to=settings.AUTH_USER_MODEL, verbose_name='发起人'),
        ),
        migrations.AlterField(
            model_name='job',
            name='state',
            field=models.CharField(choices=[('running', '进行中'), ('done', '已完成'), ('failed', '失败'), ('cancelled', '已取消')], default='running', max_length=16, verbose_name='状态'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('started_by__isnull', False)), fields=['started_by', '-id'], name='job_by_starter'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'failed', 'cancelled'])), name='job_state_is_known'),
        ),
        migrations.AddField(
            model_name='jobfile',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='org.job', verbose_name='任务'),
        ),
        migrations.AddIndex(
            model_name='jobfile',
            index=models.Index(fields=['created_at'], name='job_file_by_age'),
        ),
        migrations.AddConstraint(
            model_name='jobfile',
            constraint=models.UniqueConstraint(models.F('job'), models.F('number'), name='job_file_number_is_unique'),
        ),
    ]
