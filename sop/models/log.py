"""The step log (步骤日志): why a customer is where they are."""

from django.db import models

from customers.models import Identity
from sop.models.journey import Journey
from sop.models.run import JourneyRun


class StepLog(models.Model):
    """One thing that happened to a run, or one entry test (步骤日志); partitioned by month.

    `path` holds, for people, each step that a leg passed with its outcome. An entry that was
    refused has no run and says why. Rows are never changed; nothing has a foreign key to them.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", "进入"
        REFUSED = "refused", "未进入"
        MOVED = "moved", "推进"
        WOKEN = "woken", "被唤醒"
        EXITED = "exited", "退出"
        GOAL = "goal", "达成目标"
        PARKED = "parked", "出错搁置"
        STOPPED = "stopped", "人工停止"
        MERGED = "merged", "合并"

    pk = models.CompositePrimaryKey("id", "logged_at")
    id = models.BigIntegerField("编号")
    logged_at = models.DateTimeField("时间")
    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    journey = models.ForeignKey(
        Journey,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="旅程",
    )
    run = models.ForeignKey(
        JourneyRun,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="进入",
    )
    identity = models.ForeignKey(
        Identity,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="客户身份",
    )
    event_id = models.BigIntegerField("行为编号", null=True, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    path = models.JSONField("经过", default=list)

    class Meta:
        verbose_name = "步骤日志"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: "why?", everything about a customer in a journey in order.
            models.Index(fields=["identity", "journey", "logged_at"], name="step_log_by_identity"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.logged_at:%Y-%m-%d %H:%M:%S}"
