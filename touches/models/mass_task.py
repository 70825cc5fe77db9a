"""Mass message tasks (群发任务) that wait at WeCom for a member's tap."""

from django.db import models

from org.models import Staff
from touches.models.dispatch import Dispatch


class MassTask(models.Model):
    """What became of a created mass message (群发任务): confirmed or not, and per customer.

    Made when `add_msg_template` was accepted. Polled until final: every customer's result is known,
    or the task was stopped. `poll_at` is the next look (business time) and at the same time the
    claim: who looks pushes it forward first. `failing_since` is the first of the looks in a row
    that WeCom did not answer. All times are business time.
    """

    class State(models.TextChoices):
        OPEN = "open", "待员工确认"
        CONFIRMED = "confirmed", "员工已确认"
        STOPPING = "stopping", "停止中"
        FINAL = "final", "已结束"

    dispatch = models.OneToOneField(
        Dispatch, models.PROTECT, related_name="mass_task", verbose_name="发送"
    )
    staff = models.ForeignKey(
        Staff, models.PROTECT, related_name="mass_tasks", db_index=False, verbose_name="员工"
    )
    msgid = models.CharField("群发编号", max_length=128)
    title = models.CharField("标题", max_length=128, blank=True)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField("建立时间")
    valid_until = models.DateTimeField("有效期至")
    confirmed_at = models.DateTimeField("员工确认时间", null=True, blank=True)
    final_at = models.DateTimeField("结束时间", null=True, blank=True)
    poll_at = models.DateTimeField("下次查询", null=True, blank=True)
    poll_count = models.PositiveIntegerField("查询次数", default=0)
    remind_at = models.DateTimeField("下次提醒", null=True, blank=True)
    reminded_count = models.PositiveSmallIntegerField("已提醒次数", default=0)
    last_error = models.CharField("最近错误", max_length=300, blank=True)
    failing_since = models.DateTimeField("查询失败始于", null=True, blank=True)

    class Meta:
        verbose_name = "群发任务"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the result poll, tasks whose next look is due.
            models.Index(
                fields=["poll_at"],
                name="mass_task_to_poll",
                condition=models.Q(poll_at__isnull=False),
            ),
            # Reader: reminders, open tasks whose next reminder is due.
            models.Index(
                fields=["remind_at"],
                name="mass_task_to_remind",
                condition=models.Q(remind_at__isnull=False, state="open"),
            ),
            # Reader: the end of validity and the begin of quiet hours, tasks still open.
            models.Index(
                fields=["valid_until"],
                name="mass_task_open",
                condition=models.Q(state="open"),
            ),
            # Readers: the progress of a day's slots, the list of mass messages of some days.
            models.Index(fields=["created_at"], name="mass_task_by_age"),
            # Reader: a member's tasks of the day, and their number of confirmations.
            models.Index(fields=["staff", "-created_at"], name="mass_task_by_staff"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "confirmed", "stopping", "final"]),
                name="mass_task_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="final", final_at__isnull=False)
                | (~models.Q(state="final") & models.Q(final_at=None)),
                name="mass_task_final_has_its_time",
            ),
            # Also the index by which a message found at WeCom is known to be held by another call.
            models.UniqueConstraint(fields=["msgid"], name="mass_task_alone_holds_its_message"),
        )

    def __str__(self) -> str:
        return f"{self.msgid} {self.state}"
