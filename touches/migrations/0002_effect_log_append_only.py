"""The effect log is append-only: the database itself refuses to change a row (old ones may be pruned)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION touches_effectlog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the effect log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER touches_effectlog_append_only
    BEFORE UPDATE ON touches_effectlog
    FOR EACH ROW EXECUTE FUNCTION touches_effectlog_refuse_change();
"""
BACKWARD = """
DROP TRIGGER touches_effectlog_append_only ON touches_effectlog;
DROP FUNCTION touches_effectlog_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("touches", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
