"""Scripts (话术)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat

from customers.models.customer import NAME_GRAMS


class Script(models.Model):
    """A ready text that staff send with a tap in the sidebar (话术).

    `{客户}` and `{员工}` in it are filled in by `content.placeholders.fill`. The scripts of one
    category stand together, in the order of `position`.
    """

    category = models.CharField("分类", max_length=20)
    title = models.CharField("标题", max_length=40)
    text = models.CharField("内容", max_length=1_000)
    position = models.PositiveIntegerField("顺序", default=0)
    is_enabled = models.BooleanField("启用", default=True)
    use_count = models.PositiveIntegerField("使用次数", default=0)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    created_at = models.DateTimeField("创建时间")
    updated_at = models.DateTimeField("更新时间")
    # Every character and every pair of neighbours, as with customers' names. PostgreSQL keeps it.
    grams = models.GeneratedField(
        expression=models.Func(
            Concat(F("category"), Value(" "), F("title"), Value(" "), F("text")),
            function=NAME_GRAMS,
        ),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
        verbose_name="二元组",
    )

    class Meta:
        verbose_name = "话术"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: scripts_for, part of a text.
            GinIndex(fields=["grams"], name="script_by_part_of_text"),
        )

    def __str__(self) -> str:
        return self.title
