"""What bulk tagging did (批量打标)."""

from django.db import models

from customers.models import Follow, Identity, Tag
from org.models import Job


class BulkMark(models.Model):
    """One tag that a job put on a customer, or took off (批量打标): what an undo takes back.

    With a relation where the tag is WeCom's, without one where it is local.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="+", verbose_name="任务")
    identity = models.ForeignKey(
        Identity, models.CASCADE, related_name="+", db_index=False, verbose_name="客户身份"
    )
    follow = models.ForeignKey(
        Follow,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="好友关系",
    )
    tag = models.ForeignKey(
        Tag, models.CASCADE, related_name="+", db_index=False, verbose_name="标签"
    )
    is_added = models.BooleanField("打上")

    class Meta:
        verbose_name = "批量打标"
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the undo of a job.
            models.UniqueConstraint(
                fields=["job", "identity", "follow", "tag"],
                name="bulk_mark_is_unique",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"#{self.job_id} {self.identity_id}"
