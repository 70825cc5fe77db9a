"""Mass messages: tasks at WeCom, the contact ledger, caps and sending rules as data."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


CONTACT_LEDGER = """
CREATE SEQUENCE touches_contactledger_id_seq AS bigint CACHE 1;

CREATE TABLE touches_contactledger (
    id bigint NOT NULL DEFAULT nextval('touches_contactledger_id_seq'),
    counted_on date NOT NULL,
    counted_at timestamptz NOT NULL,
    identity_id bigint NOT NULL,
    corp_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    touch_id bigint NOT NULL,
    lane varchar(1) NOT NULL,
    purpose varchar(16) NOT NULL,
    state varchar(16) NOT NULL CHECK (state IN ('reserved', 'spent', 'released')),
    PRIMARY KEY (id, counted_on)
) PARTITION BY RANGE (counted_on);

CREATE INDEX contact_by_identity ON touches_contactledger (identity_id, counted_on)
 WHERE state <> 'released';
CREATE INDEX contact_by_touch ON touches_contactledger (touch_id);
CREATE INDEX contact_by_staff ON touches_contactledger (staff_id, counted_on)
 WHERE state <> 'released';
CREATE TABLE touches_contactledger_default PARTITION OF touches_contactledger DEFAULT;
SELECT common_ensure_month_partitions('touches_contactledger', 'counted_on', false,
    (now() - interval '1 month')::date, (now() + interval '4 months')::date);
"""
DROP_CONTACT_LEDGER = """
DROP TABLE touches_contactledger;
DROP SEQUENCE touches_contactledger_id_seq;
"""
# Priors of the field, edited by operators.
DEFAULTS = """
INSERT INTO touches_sendingrules (
    id, quiet_from, quiet_until, slot_times, slot_lead_minutes, mass_a_staff_a_day,
    tasks_a_staff_a_day, promotion_valid_minutes, content_valid_minutes, remind_after_minutes,
    tell_lead_after_minutes)
VALUES (1, '22:00', '09:00', '{10:05,12:35,20:05}', 10, 3, 15, 240, 1440, '{60,120}', 180);

INSERT INTO touches_caprule (name, kind, lanes, purposes, "limit", days, hours, is_enabled) VALUES
    ('群发每日 1 次', 'count', '{M}', '{}', 1, 1, 0, true),
    ('群发 30 日 6 次', 'count', '{M}', '{}', 6, 30, 0, true),
    ('促销 7 日 2 次', 'count', '{M,T}', '{promotion}', 2, 7, 0, true),
    ('促销 30 日 4 次', 'count', '{M,T}', '{promotion}', 4, 30, 0, true),
    ('促销间隔 72 小时', 'gap', '{M,T}', '{promotion}', 0, 0, 72, true),
    ('新好友 72 小时内不促销', 'after_add', '{M,T}', '{promotion}', 0, 0, 72, true),
    ('下单 7 日内不促销', 'after_order', '{M,T}', '{promotion}', 0, 0, 168, true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_queue_retries'),
        ('common', '0002_month_partitions'),
        ('org', '0002_job_subject'),
        ('touches', '0002_effect_log_append_only'),
        ('wecom', '0003_mass_quota'),
    ]

    operations = [
        migrations.CreateModel(
            name='CapRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True, verbose_name='名称')),
                ('kind', models.CharField(choices=[('count', '次数'), ('gap', '间隔'), ('after_add', '新好友保护'), ('after_order', '下单后保护')], max_length=16, verbose_name='类型')),
                ('lanes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=1), blank=True, default=list, size=None, verbose_name='通道')),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None, verbose_name='目的')),
                ('limit', models.PositiveSmallIntegerField(default=0, verbose_name='上限')),
                ('days', models.PositiveSmallIntegerField(default=0, verbose_name='天数')),
                ('hours', models.PositiveSmallIntegerField(default=0, verbose_name='小时')),
                ('is_enabled', models.BooleanField(default=True, verbose_name='启用')),
            ],
            options={
                'verbose_name': '频次上限',
                'verbose_name_plural': '频次上限',
            },
        ),
        migrations.CreateModel(
            name='MassTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('msgid', models.CharField(max_length=128, verbose_name='群发编号')),
                ('title', models.CharField(blank=True, max_length=128, verbose_name='标题')),
                ('state', models.CharField(choices=[('open', '待员工确认'), ('confirmed', '员工已确认'), ('stopping', '停止中'), ('final', '已结束')], default='open', max_length=16, verbose_name='状态')),
                ('created_at', models.DateTimeField(verbose_name='建立时间')),
                ('valid_until', models.DateTimeField(verbose_name='有效期至')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='员工确认时间')),
                ('final_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('poll_at', models.DateTimeField(blank=True, null=True, verbose_name='下次查询')),
                ('poll_count', models.PositiveIntegerField(default=0, verbose_name='查询次数')),
                ('remind_at', models.DateTimeField(blank=True, null=True, verbose_name='下次提醒')),
                ('reminded_count', models.PositiveSmallIntegerField(default=0, verbose_name='已提醒次数')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='最近错误')),
            ],
            options={
                'verbose_name': '群发任务',
                'verbose_name_plural': '群发任务',
            },
        ),
        migrations.CreateModel(
            name='SendingRules',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False, verbose_name='编号')),
                ('quiet_from', models.TimeField(default=datetime.time(22, 0), verbose_name='静默开始')),
                ('quiet_until', models.TimeField(default=datetime.time(9, 0), verbose_name='静默结束')),
                ('slot_times', django.contrib.postgres.fields.ArrayField(base_field=models.TimeField(), size=None, verbose_name='发送时段')),
                ('slot_lead_minutes', models.PositiveSmallIntegerField(default=10, verbose_name='提前建任务(分)')),
                ('mass_a_staff_a_day', models.PositiveSmallIntegerField(default=3, verbose_name='每员工每日群发确认')),
                ('tasks_a_staff_a_day', models.PositiveSmallIntegerField(default=15, verbose_name='每员工每日1v1任务')),
                ('promotion_valid_minutes', models.PositiveIntegerField(default=240, verbose_name='促销有效期(分)')),
                ('content_valid_minutes', models.PositiveIntegerField(default=1440, verbose_name='内容有效期(分)')),
                ('remind_after_minutes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='提醒员工(分)')),
                ('tell_lead_after_minutes', models.PositiveSmallIntegerField(default=180, verbose_name='提醒组长(分)')),
            ],
            options={
                'verbose_name': '发送规则',
                'verbose_name_plural': '发送规则',
            },
        ),
        migrations.RemoveConstraint(
            model_name='dispatch',
            name='dispatch_kind_is_known',
        ),
        migrations.AddField(
            model_name='dispatch',
            name='response_code',
            field=models.CharField(blank=True, max_length=128, verbose_name='卡片更新码'),
        ),
        migrations.AddField(
            model_name='touch',
            name='content_key',
            field=models.CharField(blank=True, max_length=64, verbose_name='内容键'),
        ),
        migrations.AddField(
            model_name='touch',
            name='origin_step',
            field=models.CharField(blank=True, max_length=64, verbose_name='来源步骤'),
        ),
        migrations.AddField(
            model_name='touch',
            name='priority',
            field=models.PositiveSmallIntegerField(choices=[(10, '回复'), (20, '触发'), (30, '定时'), (40, '补入')], default=20, verbose_name='优先级'),
        ),
        migrations.AddField(
            model_name='touch',
            name='rolled_count',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='顺延次数'),
        ),
        migrations.AddField(
            model_name='touch',
            name='winner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='touches.touch', verbose_name='胜出的触达'),
        ),
        migrations.AddField(
            model_name='touch',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='要求撤回'),
        ),
        migrations.AlterField(
            model_name='dispatch',
            name='kind',
            field=models.CharField(choices=[('welcome', '欢迎语'), ('staff_message', '员工消息'), ('card_update', '更新卡片'), ('mark_tag', '打标签'), ('remark', '改备注'), ('mass_message', '企业群发'), ('mass_cancel', '停止企业群发'), ('mass_remind', '提醒员工群发')], max_length=16, verbose_name='类型'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(condition=models.Q(('state', 'planned')), fields=['priority', 'due_at', 'staff'], name='touch_to_be_slotted'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(condition=models.Q(('state', 'unknown')), fields=['origin_kind', 'origin_id'], name='touch_unknown_by_origin'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['welcome', 'staff_message', 'card_update', 'mark_tag', 'remark', 'mass_message', 'mass_cancel', 'mass_remind'])), name='dispatch_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('priority__in', [10, 20, 30, 40])), name='touch_priority_is_known'),
        ),
        migrations.AddConstraint(
            model_name='caprule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('days__gt', 0), ('hours', 0), ('kind', 'count'), ('limit__gt', 0)), models.Q(('days', 0), ('hours__gt', 0), ('kind__in', ['gap', 'after_add', 'after_order'])), _connector='OR'), name='cap_rule_is_whole'),
        ),
        migrations.AddField(
            model_name='masstask',
            name='dispatch',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mass_task', to='touches.dispatch', verbose_name='发送'),
        ),
        migrations.AddField(
            model_name='masstask',
            name='staff',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='mass_tasks', to='org.staff', verbose_name='员工'),
        ),
        migrations.AddConstraint(
            model_name='sendingrules',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='sending_rules_are_one_row'),
        ),
        migrations.AddIndex(
            model_name='masstask',
            index=models.Index(condition=models.Q(('poll_at__isnull', False)), fields=['poll_at'], name='mass_task_to_poll'),
        ),
        migrations.AddIndex(
            model_name='masstask',
            index=models.Index(condition=models.Q(('remind_at__isnull', False), ('state', 'open')), fields=['remind_at'], name='mass_task_to_remind'),
        ),
        migrations.AddIndex(
            model_name='masstask',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['valid_until'], name='mass_task_open'),
        ),
        migrations.AddIndex(
            model_name='masstask',
            index=models.Index(fields=['staff', '-created_at'], name='mass_task_by_staff'),
        ),
        migrations.AddConstraint(
            model_name='masstask',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'confirmed', 'stopping', 'final'])), name='mass_task_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='masstask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('final_at__isnull', False), ('state', 'final')), models.Q(models.Q(('state', 'final'), _negated=True), ('final_at', None)), _connector='OR'), name='mass_task_final_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='masstask',
            constraint=models.UniqueConstraint(fields=('msgid',), name='mass_task_alone_holds_its_message'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CONTACT_LEDGER, DROP_CONTACT_LEDGER)],
            state_operations=[
                migrations.CreateModel(
                    name='ContactLedger',
                    fields=[
                        ('pk', models.CompositePrimaryKey('id', 'counted_on', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('id', models.BigIntegerField(verbose_name='编号')),
                        ('counted_on', models.DateField(verbose_name='计入日期')),
                        ('counted_at', models.DateTimeField(verbose_name='计入时间')),
                        ('lane', models.CharField(choices=[('W', '欢迎语'), ('M', '企业群发'), ('T', '员工任务'), ('G', '群任务'), ('P', '朋友圈'), ('S', '外部渠道'), ('F', '内部')], max_length=1, verbose_name='通道')),
                        ('purpose', models.CharField(choices=[('knowledge', '干货'), ('service', '服务'), ('care', '关怀'), ('activity', '活动'), ('promotion', '促销')], max_length=16, verbose_name='目的')),
                        ('state', models.CharField(choices=[('reserved', '已预留'), ('spent', '已使用'), ('released', '已释放')], max_length=16, verbose_name='状态')),
                    ],
                    options={
                        'verbose_name': '触达账',
                        'verbose_name_plural': '触达账',
                    },
                ),
                migrations.AddField(
                    model_name='contactledger',
                    name='corp',
                    field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wecom.corp', verbose_name='企业'),
                ),
                migrations.AddField(
                    model_name='contactledger',
                    name='identity',
                    field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.identity', verbose_name='客户身份'),
                ),
                migrations.AddField(
                    model_name='contactledger',
                    name='staff',
                    field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='org.staff', verbose_name='员工'),
                ),
                migrations.AddField(
                    model_name='contactledger',
                    name='touch',
                    field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='touches.touch', verbose_name='触达'),
                ),
                migrations.AddIndex(
                    model_name='contactledger',
                    index=models.Index(condition=models.Q(('state', 'released'), _negated=True), fields=['identity', 'counted_on'], name='contact_by_identity'),
                ),
                migrations.AddIndex(
                    model_name='contactledger',
                    index=models.Index(fields=['touch'], name='contact_by_touch'),
                ),
                migrations.AddIndex(
                    model_name='contactledger',
                    index=models.Index(condition=models.Q(('state', 'released'), _negated=True), fields=['staff', 'counted_on'], name='contact_by_staff'),
                ),
            ],
        ),
        migrations.RunSQL(DEFAULTS, migrations.RunSQL.noop),
    ]
