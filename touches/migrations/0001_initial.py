"""First tables of this room."""

import common.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0002_event_ledger'),
        ('org', '0001_initial'),
        ('wecom', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='去重键')),
                ('kind', models.CharField(choices=[('welcome', '欢迎语'), ('staff_message', '员工消息'), ('card_update', '更新卡片'), ('mark_tag', '打标签'), ('remark', '改备注'), ('mass_message', '企业群发')], max_length=16, verbose_name='类型')),
                ('payload', models.TextField(verbose_name='请求内容')),
                ('context', models.JSONField(default=dict, verbose_name='结算所需')),
                ('serial_key', models.CharField(blank=True, max_length=160, verbose_name='串行键')),
                ('state', models.CharField(choices=[('pending', '待发送'), ('sending', '发送中'), ('done', '已完成'), ('refused', '被拒绝'), ('unknown', '结果未知'), ('dead', '已停止'), ('cancelled', '已取消'), ('expired', '已过期')], default='pending', max_length=16, verbose_name='状态')),
                ('available_at', models.DateTimeField(verbose_name='可发送时间')),
                ('deadline_at', models.DateTimeField(blank=True, null=True, verbose_name='最晚发送时间')),
                ('settle_until', models.DateTimeField(blank=True, null=True, verbose_name='静置至')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='占用至')),
                ('token', models.BigIntegerField(default=0, verbose_name='围栏令牌')),
                ('worker', models.CharField(blank=True, max_length=80, verbose_name='执行者')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='尝试次数')),
                ('ambiguous_rounds', models.PositiveSmallIntegerField(default=0, verbose_name='结果不明次数')),
                ('first_sent_at', models.DateTimeField(blank=True, null=True, verbose_name='首次发送')),
                ('is_cancel_wanted', models.BooleanField(default=False, verbose_name='要求取消')),
                ('wecom_ref', models.CharField(blank=True, max_length=128, verbose_name='企业微信编号')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='最近错误')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='计划于')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('app', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wecom.app', verbose_name='应用')),
                ('corp', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wecom.corp', verbose_name='企业')),
            ],
            options={
                'verbose_name': '发送',
                'verbose_name_plural': '发送',
            },
        ),
        migrations.CreateModel(
            name='RecipientPace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('userid', models.CharField(max_length=64, verbose_name='成员账号')),
                ('tokens', models.FloatField(verbose_name='余量')),
                ('refilled_at', models.DateTimeField(verbose_name='补充时间')),
                ('app', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='wecom.app', verbose_name='应用')),
            ],
            options={
                'verbose_name': '收件人节奏',
                'verbose_name_plural': '收件人节奏',
            },
        ),
        migrations.CreateModel(
            name='Touch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=common.ids.uuid7, editable=False, unique=True, verbose_name='编号')),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='去重键')),
                ('lane', models.CharField(choices=[('W', '欢迎语'), ('M', '企业群发'), ('T', '员工任务'), ('G', '群任务'), ('P', '朋友圈'), ('S', '外部渠道'), ('F', '内部')], max_length=1, verbose_name='通道')),
                ('purpose', models.CharField(choices=[('knowledge', '干货'), ('service', '服务'), ('care', '关怀'), ('activity', '活动'), ('promotion', '促销')], max_length=16, verbose_name='目的')),
                ('title', models.CharField(max_length=128, verbose_name='标题')),
                ('content', models.JSONField(default=dict, verbose_name='内容')),
                ('due_at', models.DateTimeField(verbose_name='计划时间')),
                ('valid_until', models.DateTimeField(verbose_name='有效期至')),
                ('state', models.CharField(choices=[('planned', '已计划'), ('queued', '待发送'), ('dispatched', '已发出'), ('confirmed', '员工已处理'), ('delivered', '已送达'), ('refused', '被拒绝'), ('suppressed', '被抑制'), ('expired', '已过期'), ('cancelled', '已取消'), ('unknown', '结果未知')], default='planned', max_length=16, verbose_name='状态')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                ('origin_kind', models.CharField(max_length=32, verbose_name='来源类型')),
                ('origin_id', models.CharField(blank=True, max_length=64, verbose_name='来源编号')),
                ('occurrence', models.PositiveIntegerField(default=1, verbose_name='第几次')),
                ('created_at', models.DateTimeField(verbose_name='计划于')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='客户')),
                ('dispatch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='touches', to='touches.dispatch', verbose_name='发送')),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='touches', to='customers.identity', verbose_name='客户身份')),
                ('staff', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='touches', to='org.staff', verbose_name='员工')),
            ],
            options={
                'verbose_name': '触达',
                'verbose_name_plural': '触达',
            },
        ),
        migrations.CreateModel(
            name='EffectLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_state', models.CharField(blank=True, max_length=16, verbose_name='从')),
                ('to_state', models.CharField(max_length=16, verbose_name='到')),
                ('actor', models.CharField(max_length=80, verbose_name='执行者')),
                ('token', models.BigIntegerField(default=0, verbose_name='围栏令牌')),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='说明')),
                ('logged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='时间')),
                ('dispatch', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='effects', to='touches.dispatch', verbose_name='发送')),
                ('touch', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='effects', to='touches.touch', verbose_name='触达')),
            ],
            options={
                'verbose_name': '发送日志',
                'verbose_name_plural': '发送日志',
            },
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['kind', 'available_at'], name='dispatch_pending'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state', 'sending')), fields=['lease_until'], name='dispatch_sending'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'sending']), models.Q(('serial_key', ''), _negated=True)), fields=['serial_key', 'id'], name='dispatch_open_in_series'),
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state__in', ['unknown', 'dead'])), fields=['-created_at'], name='dispatch_needs_people'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['welcome', 'staff_message', 'card_update', 'mark_tag', 'remark', 'mass_message'])), name='dispatch_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'sending', 'done', 'refused', 'unknown', 'dead', 'cancelled', 'expired'])), name='dispatch_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until', None)), _connector='OR'), name='dispatch_is_leased_while_sending'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'sending'), models.Q(('serial_key', ''), _negated=True)), fields=('serial_key',), name='one_dispatch_in_flight_a_series'),
        ),
        migrations.AddConstraint(
            model_name='recipientpace',
            constraint=models.UniqueConstraint(models.F('app'), models.F('userid'), name='one_pace_a_recipient'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(condition=models.Q(('state__in', ['planned', 'queued']), models.Q(('lane', 'T'), ('state', 'dispatched')), _connector='OR'), fields=['valid_until'], name='touch_open_by_validity'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(fields=['staff', '-created_at'], name='touch_by_staff'),
        ),
        migrations.AddIndex(
            model_name='touch',
            index=models.Index(fields=['origin_kind', 'origin_id'], name='touch_by_origin'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('lane__in', ['W', 'M', 'T', 'G', 'P', 'S', 'F'])), name='touch_lane_is_known'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['knowledge', 'service', 'care', 'activity', 'promotion'])), name='touch_purpose_is_known'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'queued', 'dispatched', 'confirmed', 'delivered', 'refused', 'suppressed', 'expired', 'cancelled', 'unknown'])), name='touch_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('due_at'))), name='touch_is_valid_for_some_time'),
        ),
        migrations.AddConstraint(
            model_name='touch',
            constraint=models.CheckConstraint(condition=models.Q(('dispatch', None), ('state__in', ['queued', 'dispatched']), _negated=True), name='touch_on_its_way_has_a_dispatch'),
        ),
        migrations.AddIndex(
            model_name='effectlog',
            index=models.Index(condition=models.Q(('dispatch', None), _negated=True), fields=['dispatch'], name='effect_by_dispatch'),
        ),
        migrations.AddIndex(
            model_name='effectlog',
            index=models.Index(condition=models.Q(('touch', None), _negated=True), fields=['touch'], name='effect_by_touch'),
        ),
        migrations.AddConstraint(
            model_name='effectlog',
            constraint=models.CheckConstraint(condition=models.Q(('dispatch__isnull', False), ('touch__isnull', False), _connector='OR'), name='effect_is_about_something'),
        ),
    ]
