"""How people like to see the customers list: saved filters and chosen columns."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from org.models import User


class SavedView(models.Model):
    """A filter of the customers list under a name (名单视图): a tab above the list.

    `query` is what the list's address says after the question mark, by name; whoever opens the view
    sees the customers of their own data scope. One without an owner belongs to the company and is
    shared; the product brings a few of those.
    """

    name = models.CharField("名称", max_length=32)
    query = models.JSONField("条件", default=dict)
    owner = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_views",
        verbose_name="所有者",
    )
    is_shared = models.BooleanField("共享", default=False)
    position = models.PositiveIntegerField("排序", default=0)
    created_at = models.DateTimeField("创建时间")

    class Meta:
        verbose_name = "名单视图"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "name"], name="view_name_is_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=False) | models.Q(is_shared=True),
                name="view_of_nobody_is_shared",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """Which columns of the customers list somebody wants to see (列设置)."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="list_columns", verbose_name="账号"
    )
    shown = ArrayField(models.CharField(max_length=24), default=list, verbose_name="显示的列")

    class Meta:
        verbose_name = "列设置"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return str(self.user_id)
