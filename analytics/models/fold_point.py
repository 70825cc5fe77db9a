"""How far the facts are folded (归集进度)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class FoldPoint(models.Model):
    """Up to which number of a table the facts are folded (归集进度): one row a source.

    Whoever folds holds the row. `folded_at` is as of when everything is in (数据截至). `ahead` is a
    number given out by then, and `writers` who might still have written below it: when none of them
    is left, the fold may go on to it.
    """

    class Source(models.TextChoices):
        LEDGER = "ledger", "行为账本"
        TOUCHES = "touches", "发送日志"

    source = models.CharField("来源", max_length=16, primary_key=True, choices=Source.choices)
    position = models.BigIntegerField("已归集至", default=0)
    ahead = models.BigIntegerField("待归集至", default=0)
    ahead_at = models.DateTimeField("待归集时间", null=True, blank=True)
    writers = ArrayField(models.TextField(), default=list, blank=True, verbose_name="未结束的写入")
    folded_at = models.DateTimeField("数据截至", null=True, blank=True)

    class Meta:
        verbose_name = "归集进度"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(source__in=["ledger", "touches"]),
                name="fold_source_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.position}"
