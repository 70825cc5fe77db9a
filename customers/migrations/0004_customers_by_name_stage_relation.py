"""What the customers list is narrowed by gets indexes: part of a name, stage, relation."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# Upper case, because the search compares so.
NAME_GRAMS = """
CREATE FUNCTION customers_name_grams(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT substr(upper(name), place, size)
      FROM generate_series(1, char_length(upper(name))) AS place
     CROSS JOIN generate_series(1, 2) AS size
     WHERE place + size - 1 <= char_length(upper(name)));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_queue_retries'),
    ]

    operations = [
        migrations.RunSQL(NAME_GRAMS, 'DROP FUNCTION customers_name_grams(text)'),
        migrations.AddField(
            model_name='customer',
            name='name_bigrams',
            field=models.GeneratedField(db_persist=True, expression=models.Func('name', function='customers_name_grams'), output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None), verbose_name='昵称二元组'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(fields=['name_bigrams'], name='customer_by_part_of_name'),
        ),
        migrations.AddIndex(
            model_name='profile',
            index=models.Index(fields=['stage', '-customer'], name='profile_by_stage'),
        ),
        migrations.AddIndex(
            model_name='profile',
            index=models.Index(fields=['relation', '-customer'], name='profile_by_relation'),
        ),
    ]
