"""The demo clock (演示时钟)."""

from django.db import models


class ClockOffset(models.Model):
    """How far the demo company's time runs ahead of real time (演示时钟): one row, id 1.

    Only read when `settings.DEMO_CLOCK` is on, which production refuses.
    """

    id = models.PositiveSmallIntegerField("编号", primary_key=True, default=1)
    offset_seconds = models.FloatField("偏移秒数", default=0)

    class Meta:
        verbose_name = "演示时钟"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="clock_offset_has_one_row"),
            models.CheckConstraint(
                condition=models.Q(offset_seconds__gte=0), name="clock_offset_never_goes_back"
            ),
        )

    def __str__(self) -> str:
        return f"+{self.offset_seconds:.0f}s"
