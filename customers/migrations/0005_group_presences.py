"""Who sits in which group, folded from the ledger; what it holds already is folded here."""

import django.db.models.deletion
from django.db import migrations, models

FOLD = """
INSERT INTO customers_grouppresence (identity_id, chat_id, is_member, changed_at)
SELECT DISTINCT ON (identity_id, payload->>'chat_id')
       identity_id, payload->>'chat_id', type = 'group_joined', occurred_at
  FROM customers_event event
 WHERE type IN ('group_joined', 'group_left')
   AND NOT EXISTS (SELECT 1 FROM customers_queuedevent queued WHERE queued.event_id = event.id)
 ORDER BY identity_id, payload->>'chat_id', occurred_at DESC, id DESC;

UPDATE customers_profile profile SET group_count = counted.groups
  FROM (SELECT profile.customer_id,
               (SELECT count(DISTINCT presence.chat_id)
                  FROM customers_grouppresence presence
                  JOIN customers_identity identity ON identity.id = presence.identity_id
                 WHERE identity.customer_id = profile.customer_id AND presence.is_member) AS groups
          FROM customers_profile profile) counted
 WHERE counted.customer_id = profile.customer_id AND counted.groups <> profile.group_count;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_customers_by_name_stage_relation'),
    ]

    operations = [
        migrations.CreateModel(
            name='GroupPresence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chat_id', models.TextField(verbose_name='群编号')),
                ('is_member', models.BooleanField(verbose_name='在群')),
                ('changed_at', models.DateTimeField(verbose_name='变化时间')),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='group_presences', to='customers.identity', verbose_name='客户身份')),
            ],
            options={
                'verbose_name': '在群状态',
                'verbose_name_plural': '在群状态',
            },
        ),
        migrations.AddConstraint(
            model_name='grouppresence',
            constraint=models.UniqueConstraint(models.F('identity'), models.F('chat_id'), name='group_presence_is_unique'),
        ),
        migrations.RunSQL(FOLD, migrations.RunSQL.noop),
    ]
