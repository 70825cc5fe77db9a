"""Journeys, versions, runs and their traces."""

import common.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


STEP_LOG = """
CREATE SEQUENCE sop_steplog_id_seq AS bigint CACHE 1;

CREATE TABLE sop_steplog (
    id bigint NOT NULL DEFAULT nextval('sop_steplog_id_seq'),
    logged_at timestamptz NOT NULL,
    kind varchar(16) NOT NULL,
    journey_id bigint NOT NULL,
    run_id bigint NULL,
    identity_id bigint NOT NULL,
    event_id bigint NULL,
    reason varchar(300) NOT NULL DEFAULT '',
    path jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (id, logged_at)
) PARTITION BY RANGE (logged_at);

CREATE INDEX step_log_by_identity ON sop_steplog (identity_id, journey_id, logged_at);
CREATE TABLE sop_steplog_default PARTITION OF sop_steplog DEFAULT;
SELECT common_ensure_month_partitions('sop_steplog', 'logged_at', true,
    (now() - interval '1 month')::date, (now() + interval '4 months')::date);
"""
DROP_STEP_LOG = """
DROP TABLE sop_steplog;
DROP SEQUENCE sop_steplog_id_seq;
"""
HABITS = """
CREATE FUNCTION sop_version_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published version never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER sop_version_never_changes
    BEFORE UPDATE OF journey_id, number, program, checksum, published_at ON sop_journeyversion
    FOR EACH ROW EXECUTE FUNCTION sop_version_refuse_change();

-- A transition rewrites the run in its page; what it leaves is cleaned by count, not by share.
ALTER TABLE sop_journeyrun SET (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 50000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 50000);
"""
UNDO_HABITS = """
DROP TRIGGER sop_version_never_changes ON sop_journeyversion;
DROP FUNCTION sop_version_refuse_change();
ALTER TABLE sop_journeyrun RESET (fillfactor);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('common', '0002_month_partitions'),
        ('customers', '0003_queue_retries'),
        ('org', '0002_job_subject'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Journey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=common.ids.uuid7, editable=False, unique=True, verbose_name='编号')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='代号')),
                ('name', models.CharField(max_length=64, verbose_name='名称')),
                ('subject_kind', models.CharField(choices=[('customer', '客户SOP'), ('group', '群SOP'), ('moment', '朋友圈SOP')], default='customer', max_length=16, verbose_name='对象')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('live', '运行中'), ('paused', '已暂停'), ('archived', '已归档')], default='draft', max_length=16, verbose_name='状态')),
                ('draft', models.JSONField(default=dict, verbose_name='草稿')),
                ('salt', models.CharField(editable=False, max_length=32, verbose_name='抽签盐')),
                ('scanned_on', models.DateField(blank=True, null=True, verbose_name='最近扫描日')),
                ('scan_after', models.BigIntegerField(default=0, verbose_name='扫描断点')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='创建时间')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='修改时间')),
            ],
            options={
                'verbose_name': '旅程',
                'verbose_name_plural': '旅程',
            },
        ),
        migrations.CreateModel(
            name='JourneyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='版本号')),
                ('program', models.JSONField(verbose_name='程序')),
                ('checksum', models.CharField(max_length=64, verbose_name='校验和')),
                ('published_at', models.DateTimeField(verbose_name='发布时间')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sop.journey', verbose_name='旅程')),
                ('published_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='发布人')),
            ],
            options={
                'verbose_name': '旅程版本',
                'verbose_name_plural': '旅程版本',
            },
        ),
        migrations.CreateModel(
            name='JourneyRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='编号')),
                ('subject_kind', models.CharField(choices=[('customer', '客户SOP'), ('group', '群SOP'), ('moment', '朋友圈SOP')], default='customer', max_length=16, verbose_name='对象')),
                ('entry_key', models.CharField(blank=True, max_length=120, verbose_name='进入键')),
                ('entry_event_id', models.BigIntegerField(blank=True, null=True, verbose_name='进入行为')),
                ('entered_at', models.DateTimeField(verbose_name='进入时间')),
                ('is_control', models.BooleanField(default=False, verbose_name='对照组')),
                ('priority', models.PositiveSmallIntegerField(default=20, verbose_name='优先级')),
                ('state', models.CharField(choices=[('active', '进行中'), ('done', '走完'), ('exited', '已退出'), ('stopped', '人工停止'), ('parked', '出错搁置'), ('superseded', '合并后让位')], default='active', max_length=16, verbose_name='状态')),
                ('step', models.CharField(blank=True, max_length=40, verbose_name='所在步骤')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='下次推进')),
                ('timeout_at', models.DateTimeField(blank=True, null=True, verbose_name='等待超时')),
                ('woken_by', models.BigIntegerField(blank=True, null=True, verbose_name='唤醒行为')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='出错次数')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('goal_until', models.DateTimeField(blank=True, null=True, verbose_name='目标截止')),
                ('goal_name', models.CharField(blank=True, max_length=60, verbose_name='达成目标')),
                ('goal_at', models.DateTimeField(blank=True, null=True, verbose_name='达成时间')),
                ('group', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journey_runs', to='customers.groupchat', verbose_name='客户群')),
                ('identity', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journey_runs', to='customers.identity', verbose_name='客户身份')),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='sop.journey', verbose_name='旅程')),
                ('staff', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='org.staff', verbose_name='进入时的员工')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='sop.journeyversion', verbose_name='版本')),
            ],
            options={
                'verbose_name': '旅程进入',
                'verbose_name_plural': '旅程进入',
            },
        ),
        migrations.AddField(
            model_name='journey',
            name='current',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sop.journeyversion', verbose_name='当前版本'),
        ),
        migrations.CreateModel(
            name='ArmAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=40, verbose_name='位置')),
                ('arm', models.CharField(max_length=40, verbose_name='分组')),
                ('assigned_at', models.DateTimeField(verbose_name='分组时间')),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.identity', verbose_name='客户身份')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sop.journey', verbose_name='旅程')),
            ],
            options={
                'verbose_name': '分组',
                'verbose_name_plural': '分组',
                'constraints': [models.UniqueConstraint(models.F('identity'), models.F('journey'), models.F('place'), name='one_arm_a_place_and_customer')],
            },
        ),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=40, verbose_name='步骤')),
                ('arm', models.CharField(max_length=16, verbose_name='分组')),
                ('exposed_at', models.DateTimeField(verbose_name='曝光时间')),
                ('journey', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sop.journey', verbose_name='旅程')),
                ('run', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to='sop.journeyrun', verbose_name='进入')),
            ],
            options={
                'verbose_name': '曝光',
                'verbose_name_plural': '曝光',
                'indexes': [models.Index(fields=['journey', 'step', 'exposed_at'], name='exposure_by_journey')],
                'constraints': [models.UniqueConstraint(models.F('run'), models.F('step'), name='one_exposure_a_run_and_step'), models.CheckConstraint(condition=models.Q(('arm__in', ['treated', 'control'])), name='exposure_arm_is_known')],
            },
        ),
        migrations.AddConstraint(
            model_name='journeyversion',
            constraint=models.UniqueConstraint(models.F('journey'), models.F('number'), name='version_number_is_unique'),
        ),
        migrations.AddIndex(
            model_name='journeyrun',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['priority', 'due_at'], name='run_due'),
        ),
        migrations.AddIndex(
            model_name='journeyrun',
            index=models.Index(fields=['identity', 'journey'], name='run_by_identity'),
        ),
        migrations.AddIndex(
            model_name='journeyrun',
            index=models.Index(fields=['journey', 'state', 'step'], name='run_by_journey'),
        ),
        migrations.AddConstraint(
            model_name='journeyrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['active', 'parked'])), fields=('journey', 'identity', 'entry_key'), name='one_open_run_an_entry'),
        ),
        migrations.AddConstraint(
            model_name='journeyrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'done', 'exited', 'stopped', 'parked', 'superseded'])), name='run_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='journeyrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group', None), ('identity__isnull', False), ('subject_kind', 'customer')), models.Q(('group__isnull', False), ('subject_kind', 'group')), ('subject_kind', 'moment'), _connector='OR'), name='run_has_its_subject'),
        ),
        migrations.AddConstraint(
            model_name='journeyrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at', None), ('state', 'active')), models.Q(('ended_at', None), ('state', 'parked')), models.Q(('ended_at__isnull', False), ('state__in', ['done', 'exited', 'stopped', 'superseded'])), _connector='OR'), name='run_goes_on_or_has_ended'),
        ),
        migrations.AddConstraint(
            model_name='journey',
            constraint=models.CheckConstraint(condition=models.Q(('subject_kind__in', ['customer', 'group', 'moment'])), name='journey_subject_is_known'),
        ),
        migrations.AddConstraint(
            model_name='journey',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'live', 'paused', 'archived'])), name='journey_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='journey',
            constraint=models.CheckConstraint(condition=models.Q(('current', None), ('state__in', ['live', 'paused']), _negated=True), name='journey_that_runs_has_a_version'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(STEP_LOG, DROP_STEP_LOG)],
            state_operations=[
                migrations.CreateModel(
                    name='StepLog',
                    fields=[
                        ('pk', models.CompositePrimaryKey('id', 'logged_at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('id', models.BigIntegerField(verbose_name='编号')),
                        ('logged_at', models.DateTimeField(verbose_name='时间')),
                        ('kind', models.CharField(choices=[('entered', '进入'), ('refused', '未进入'), ('moved', '推进'), ('woken', '被唤醒'), ('exited', '退出'), ('goal', '达成目标'), ('parked', '出错搁置'), ('stopped', '人工停止'), ('merged', '合并')], max_length=16, verbose_name='类型')),
                        ('event_id', models.BigIntegerField(blank=True, null=True, verbose_name='行为编号')),
                        ('reason', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                        ('path', models.JSONField(default=list, verbose_name='经过')),
                        ('identity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.identity', verbose_name='客户身份')),
                        ('journey', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sop.journey', verbose_name='旅程')),
                        ('run', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sop.journeyrun', verbose_name='进入')),
                    ],
                    options={
                        'verbose_name': '步骤日志',
                        'verbose_name_plural': '步骤日志',
                    },
                ),
                migrations.AddIndex(
                    model_name='steplog',
                    index=models.Index(fields=['identity', 'journey', 'logged_at'], name='step_log_by_identity'),
                ),
            ],
        ),
        migrations.RunSQL(HABITS, UNDO_HABITS),
    ]
