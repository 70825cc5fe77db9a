"""Runs (进入): one subject's way through a journey."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from customers.models import GroupChat, Identity
from org.models import Staff
from sop.models.journey import Journey, JourneyVersion


class JourneyRun(models.Model):
    """One subject's way through one version of a journey (旅程进入).

    `identity` is the anchor that a merge does not move; the customer is read through it. `step` is
    the logical key of the step where the run waits, "" before the first. `due_at` is when it goes
    on (business time), for an `await` step its time-out, which stands in `timeout_at` as well.
    A control run goes the same way and leaves exposures instead of touches.
    Kept with free space in each page: a transition rewrites the row.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "进行中"
        DONE = "done", "走完"
        EXITED = "exited", "已退出"
        STOPPED = "stopped", "人工停止"
        PARKED = "parked", "出错搁置"
        SUPERSEDED = "superseded", "合并后让位"

    id = models.BigAutoField("编号", primary_key=True)
    journey = models.ForeignKey(
        Journey, models.PROTECT, related_name="runs", db_index=False, verbose_name="旅程"
    )
    version = models.ForeignKey(
        JourneyVersion, models.PROTECT, related_name="runs", db_index=False, verbose_name="版本"
    )
    subject_kind = models.CharField(
        "对象", max_length=16, choices=Journey.Subject.choices, default=Journey.Subject.CUSTOMER
    )
    identity = models.ForeignKey(
        Identity,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="journey_runs",
        db_index=False,
        verbose_name="客户身份",
    )
    group = models.ForeignKey(
        GroupChat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="journey_runs",
        db_index=False,
        verbose_name="客户群",
    )
    staff = models.ForeignKey(
        Staff,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="进入时的员工",
    )
    entry_key = models.CharField("进入键", max_length=120, blank=True)
    entry_event_id = models.BigIntegerField("进入行为", null=True, blank=True)
    entered_at = models.DateTimeField("进入时间")
    is_control = models.BooleanField("对照组", default=False)
    priority = models.PositiveSmallIntegerField("优先级", default=20)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.ACTIVE)
    step = models.CharField("所在步骤", max_length=40, blank=True)
    due_at = models.DateTimeField("下次推进", null=True, blank=True)
    timeout_at = models.DateTimeField("等待超时", null=True, blank=True)
    woken_by = models.BigIntegerField("唤醒行为", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("出错次数", default=0)
    reason = models.CharField("原因", max_length=300, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    goal_until = models.DateTimeField("目标截止", null=True, blank=True)
    goal_name = models.CharField("达成目标", max_length=60, blank=True)
    goal_at = models.DateTimeField("达成时间", null=True, blank=True)

    class Meta:
        verbose_name = "旅程进入"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the executor, due runs, the most urgent priority first.
            models.Index(
                fields=["priority", "due_at"],
                name="run_due",
                condition=models.Q(state="active"),
            ),
            # Reader: what an event does to a customer's runs, re-entry, "why?".
            models.Index(fields=["identity", "journey"], name="run_by_identity"),
            # Reader: the dashboard, who entered in a period; runs entered together lie together.
            BrinIndex(fields=["entered_at"], name="run_by_entering", autosummarize=True),
            # Reader: the runs of a journey by where they stand: lists and live counts.
            models.Index(fields=["journey", "state", "step"], name="run_by_journey"),
        )
        constraints = (
            # Two entries of one occasion that race: the second loses here.
            models.UniqueConstraint(
                fields=["journey", "identity", "entry_key"],
                name="one_open_run_an_entry",
                condition=models.Q(state__in=["active", "parked"]),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["active", "done", "exited", "stopped", "parked", "superseded"]
                ),
                name="run_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(subject_kind="customer", identity__isnull=False, group=None)
                | models.Q(subject_kind="group", group__isnull=False)
                | models.Q(subject_kind="moment"),
                name="run_has_its_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(state="active", due_at__isnull=False, ended_at=None)
                | models.Q(state="parked", ended_at=None)
                | models.Q(
                    state__in=["done", "exited", "stopped", "superseded"], ended_at__isnull=False
                ),
                name="run_goes_on_or_has_ended",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.state}"
