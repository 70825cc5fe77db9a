"""Each corp has its own running job; a lease is fenced; the plan stands beside the cursor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="job", name="one_running_job_a_kind"),
        migrations.AddField(
            model_name="job",
            name="subject",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="对象"),
        ),
        migrations.AddField(
            model_name="job",
            name="plan",
            field=models.JSONField(blank=True, default=dict, verbose_name="计划"),
        ),
        migrations.AddField(
            model_name="job",
            name="lease_token",
            field=models.PositiveIntegerField(default=0, verbose_name="占用序号"),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("kind", "subject"),
                name="one_running_job_a_kind",
            ),
        ),
    ]
