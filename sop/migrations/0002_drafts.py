"""The history of drafts, and who looks after a journey."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sop', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='journey',
            name='draft_edits',
            field=models.PositiveIntegerField(default=0, verbose_name='草稿编辑次数'),
        ),
        migrations.AddField(
            model_name='journey',
            name='draft_position',
            field=models.PositiveIntegerField(default=0, verbose_name='草稿位置'),
        ),
        migrations.AddField(
            model_name='journey',
            name='drafted_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='最后编辑人'),
        ),
        migrations.AddField(
            model_name='journey',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='负责人'),
        ),
        migrations.CreateModel(
            name='DraftRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='位置')),
                ('program', models.JSONField(verbose_name='程序')),
                ('summary', models.CharField(blank=True, max_length=200, verbose_name='做了什么')),
                ('made_at', models.DateTimeField(verbose_name='时间')),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='sop.journey', verbose_name='旅程')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='编辑人')),
            ],
            options={
                'verbose_name': '草稿记录',
                'verbose_name_plural': '草稿记录',
                'constraints': [models.UniqueConstraint(models.F('journey'), models.F('position'), name='one_draft_a_position')],
            },
        ),
    ]
