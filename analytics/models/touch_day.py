"""How many touches of a day stand in which state (触达日报)."""

from django.db import models

from org.models import Staff
from touches.models import Touch


class TouchDay(models.Model):
    """So many touches of one kind on one day (触达日报): rows of one kind are added up.

    Folded from the effect log as differences, so a count may be negative until its day is gathered
    up. A touch counts on the Asia/Shanghai date of `due_at`, which no longer moves once it has left
    `planned`; planned ones are counted where they stand. A row without staff is the whole company.
    `slot_at` is the slot of lane M; `reason` is kept for suppressed ones, without its particulars.
    """

    due_on = models.DateField("计划日期")
    slot_at = models.DateTimeField("时段", null=True, blank=True)
    staff = models.ForeignKey(
        Staff,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="员工",
    )
    lane = models.CharField("通道", max_length=1, choices=Touch.Lane.choices)
    state = models.CharField("状态", max_length=16, choices=Touch.State.choices)
    reason = models.CharField("原因", max_length=300, blank=True)
    touch_count = models.IntegerField("触达数")
    on_time_count = models.IntegerField("按时完成数", default=0)

    class Meta:
        verbose_name = "触达日报"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the figures of a period, of the company or of some staff members.
            models.Index(fields=["due_on", "staff"], name="touch_day_by_day"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(lane__in=["W", "M", "T", "G", "P", "S", "F"]),
                name="touch_day_lane_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "queued",
                        "dispatched",
                        "confirmed",
                        "delivered",
                        "refused",
                        "suppressed",
                        "expired",
                        "cancelled",
                        "unknown",
                    ]
                ),
                name="touch_day_state_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.due_on} {self.lane} {self.state} {self.touch_count}"
