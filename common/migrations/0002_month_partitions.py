"""Monthly partitions for any table that is partitioned by range of a date or a moment."""

from django.db import migrations

FORWARD = """
-- Makes the monthly partitions of `parent` between two days. Months are UTC where the key is a
-- moment. A month that already has rows in the default partition stays there: no row is refused.
CREATE FUNCTION common_ensure_month_partitions(parent text, key text, is_moment boolean,
                                               first_day date, last_day date)
RETURNS int AS $$
DECLARE
    month date := date_trunc('month', first_day)::date;
    name text;
    low text;
    high text;
    taken boolean;
    made int := 0;
BEGIN
    WHILE month <= last_day LOOP
        name := parent || '_' || to_char(month, 'YYYYMM');
        low := month::text;
        high := (month + interval '1 month')::date::text;
        IF is_moment THEN
            low := low || ' 00:00:00+00';
            high := high || ' 00:00:00+00';
        END IF;
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I >= %L AND %I < %L)',
                           parent || '_default', key, low, key, high) INTO taken;
            IF NOT taken THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                               name, parent, low, high);
                made := made + 1;
            END IF;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$ LANGUAGE plpgsql;
"""
BACKWARD = "DROP FUNCTION common_ensure_month_partitions(text, text, boolean, date, date);"


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
