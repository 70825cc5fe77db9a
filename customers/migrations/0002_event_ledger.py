"""The event ledger as a partitioned table, which Django's schema editor cannot make."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = """
CREATE SEQUENCE customers_event_id_seq AS bigint CACHE 1;

CREATE TABLE customers_event (
    id bigint NOT NULL DEFAULT nextval('customers_event_id_seq'),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    type varchar(40) NOT NULL,
    key varchar(200) NOT NULL,
    customer_id bigint NOT NULL,
    identity_id bigint NOT NULL,
    staff_id bigint NULL,
    source varchar(32) NOT NULL,
    depth smallint NOT NULL DEFAULT 0 CHECK (depth >= 0),
    payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);

CREATE INDEX event_by_identity ON customers_event (identity_id, occurred_at DESC);
CREATE TABLE customers_event_default PARTITION OF customers_event DEFAULT;

-- Makes the monthly partitions between two days; a month that already has rows in the default
-- partition stays there, so that no event is ever refused.
CREATE FUNCTION customers_ensure_event_partitions(first_day date, last_day date) RETURNS int AS $$
DECLARE
    month date := date_trunc('month', first_day)::date;
    name text;
    made int := 0;
BEGIN
    WHILE month <= last_day LOOP
        name := 'customers_event_' || to_char(month, 'YYYYMM');
        IF to_regclass(name) IS NULL AND NOT EXISTS (
            SELECT 1 FROM customers_event_default
             WHERE occurred_at >= month::timestamp AT TIME ZONE 'UTC'
               AND occurred_at < (month + interval '1 month') AT TIME ZONE 'UTC') THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF customers_event FOR VALUES FROM (%L) TO (%L)',
                name, month::timestamp AT TIME ZONE 'UTC',
                (month + interval '1 month') AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$ LANGUAGE plpgsql;

SELECT customers_ensure_event_partitions(
    (now() - interval '26 months')::date, (now() + interval '4 months')::date);

-- Folding an event rewrites the profile in place when the page has room.
ALTER TABLE customers_profile SET (fillfactor = 70);
-- The queue is written and deleted all day: clean it by count, not by share.
ALTER TABLE customers_queuedevent SET (
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 20000);
"""
UNDO = """
DROP FUNCTION customers_ensure_event_partitions(date, date);
DROP TABLE customers_event;
DROP SEQUENCE customers_event_id_seq;
ALTER TABLE customers_profile RESET (fillfactor);
"""


def loose_key(to: str, related_name: str, label: str, **options: object) -> models.ForeignKey:
    """A reference of the ledger: no constraint and no index of its own."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name=related_name,
        to=to,
        verbose_name=label,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, UNDO)],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "id",
                                "occurred_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("id", models.BigIntegerField(verbose_name="编号")),
                        ("occurred_at", models.DateTimeField(verbose_name="发生时间")),
                        ("recorded_at", models.DateTimeField(verbose_name="记录时间")),
                        ("type", models.CharField(max_length=40, verbose_name="类型")),
                        ("key", models.CharField(max_length=200, verbose_name="去重键")),
                        ("customer", loose_key("customers.customer", "+", "客户")),
                        ("identity", loose_key("customers.identity", "events", "身份")),
                        ("staff", loose_key("org.staff", "+", "员工", null=True, blank=True)),
                        ("source", models.CharField(max_length=32, verbose_name="来源")),
                        (
                            "depth",
                            models.PositiveSmallIntegerField(default=0, verbose_name="派生层数"),
                        ),
                        ("payload", models.JSONField(default=dict, verbose_name="内容")),
                    ],
                    options={"verbose_name": "行为", "verbose_name_plural": "行为"},
                ),
                migrations.AddIndex(
                    model_name="event",
                    index=models.Index(
                        fields=["identity", "-occurred_at"], name="event_by_identity"
                    ),
                ),
            ],
        )
    ]
