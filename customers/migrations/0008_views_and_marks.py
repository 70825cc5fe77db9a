"""The company's first views of the customers list, and the marks of phones that are known already."""

from django.db import migrations

from common import clock
from customers.mobiles import marks_of

PRESETS = (
    ("新客未首购", {"relation": ["friend"], "stage": ["potential"], "added": ["60"]}),
    ("复购客户", {"relation": ["friend"], "stage": ["repurchase"]}),
    ("消费满千", {"spend_min": ["1000"]}),
    ("沉睡老客", {"relation": ["friend"], "active": ["idle60"], "spend_min": ["1"]}),
    ("群内未加好友", {"relation": ["none"]}),
    ("已流失", {"relation": ["lost"]}),
)
ROWS = 1_000


def make_presets(apps, schema_editor):
    view = apps.get_model("customers", "SavedView")
    if view.objects.exists():
        return
    now = clock.now()
    view.objects.bulk_create(
        view(name=name, query=query, is_shared=True, position=position, created_at=now)
        for position, (name, query) in enumerate(PRESETS, start=1)
    )


def mark_mobiles(apps, schema_editor):
    follows = apps.get_model("customers", "Follow").objects
    changed = []
    sealed = follows.exclude(sealed_mobiles=None).only("id", "sealed_mobiles")
    for follow in sealed.iterator(chunk_size=ROWS):
        follow.mobile_marks = marks_of((follow.sealed_mobiles or "").split(","))
        changed.append(follow)
        if len(changed) == ROWS:
            follows.bulk_update(changed, ["mobile_marks"])
            changed = []
    follows.bulk_update(changed, ["mobile_marks"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_customers_list")]

    operations = [
        migrations.RunPython(make_presets, migrations.RunPython.noop),
        migrations.RunPython(mark_mobiles, migrations.RunPython.noop),
    ]
