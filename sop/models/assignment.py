"""Arms (分组) that customers were given, and what they were exposed to (曝光)."""

from django.db import models

from customers.models import Identity
from sop.models.journey import Journey
from sop.models.run import JourneyRun


class ArmAssignment(models.Model):
    """The arm that a customer has at a place of a journey (分组): stored for ever.

    `place` is "control" or the logical key of an experiment. Hangs on the anchor identity: after a
    merge the oldest one of the person's counts, so an arm sticks.
    """

    journey = models.ForeignKey(Journey, models.PROTECT, related_name="+", verbose_name="旅程")
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="+", db_index=False, verbose_name="客户身份"
    )
    place = models.CharField("位置", max_length=40)
    arm = models.CharField("分组", max_length=40)
    assigned_at = models.DateTimeField("分组时间")

    class Meta:
        verbose_name = "分组"
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the arms of an identity.
            models.UniqueConstraint(
                "identity", "journey", "place", name="one_arm_a_place_and_customer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.place}={self.arm}"


class Exposure(models.Model):
    """That a run came to a contact (曝光), treated or control, at the moment it would have gone.

    Written for both alike, so that goals can be compared; it takes nobody's budget. A row of facts:
    the run that writes it is locked meanwhile, so its keys are not checked once more.
    """

    run = models.ForeignKey(
        JourneyRun,
        models.PROTECT,
        related_name="exposures",
        db_index=False,
        db_constraint=False,
        verbose_name="进入",
    )
    journey = models.ForeignKey(
        Journey,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="旅程",
    )
    step = models.CharField("步骤", max_length=40)
    arm = models.CharField("分组", max_length=16)
    exposed_at = models.DateTimeField("曝光时间")

    class Meta:
        verbose_name = "曝光"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: measurement, who came to a contact and when.
            models.Index(fields=["journey", "step", "exposed_at"], name="exposure_by_journey"),
        )
        constraints = (
            models.UniqueConstraint("run", "step", name="one_exposure_a_run_and_step"),
            models.CheckConstraint(
                condition=models.Q(arm__in=["treated", "control"]), name="exposure_arm_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"#{self.run_id} {self.step} {self.arm}"
