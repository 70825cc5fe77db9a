from django.db import migrations

# Numbers are given before commits. Whoever is about to write alerts says so with a lock on the last
# number given (org.models.alert.NUMBER_LOCKS + number), so that `org.selectors.alerts` knows from
# where on alerts may still appear. A statement trigger fires before the first number is taken.
ANNOUNCE = """
CREATE FUNCTION org_alert_announces_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared((7303::bigint << 48) + last_value - (NOT is_called)::int)
       FROM org_alert_id_seq;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_announces_numbers BEFORE INSERT ON org_alert
    FOR EACH STATEMENT EXECUTE FUNCTION org_alert_announces_numbers();
"""
SILENT = """
DROP TRIGGER alert_announces_numbers ON org_alert;
DROP FUNCTION org_alert_announces_numbers();
"""


class Migration(migrations.Migration):
    dependencies = [("org", "0007_jobs_of_people")]

    operations = [migrations.RunSQL(ANNOUNCE, SILENT)]
