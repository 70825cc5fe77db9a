"""When customers did something (活跃时段)."""

from django.db import models

from customers.models import Customer, Identity
from org.models import Staff


class ActivityHour(models.Model):
    """That a customer did something of a kind in an hour, with a staff member's help (活跃时段).

    Folded from the ledger; the same fact told twice is one row. Day and hour are of Asia/Shanghai.
    `staff` is whose link was read, or who was written to. `customer` is who the identity belongs to
    now.
    """

    class Kind(models.IntegerChoices):
        READ = 1, "打开素材"
        MESSAGE = 2, "客户来信"

    kind = models.PositiveSmallIntegerField("类型", choices=Kind.choices)
    active_on = models.DateField("日期")
    hour = models.PositiveSmallIntegerField("小时")
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
    identity = models.ForeignKey(
        Identity,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="客户身份",
    )
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="客户",
    )

    class Meta:
        verbose_name = "活跃时段"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: a merge, which gives an identity to another customer.
            models.Index(fields=["identity"], name="activity_by_identity"),
        )
        constraints = (
            # Also the readers' index: who read or wrote in a period, by day and by hour.
            models.UniqueConstraint(
                fields=["kind", "active_on", "hour", "staff", "identity"],
                include=["customer"],
                name="one_activity_an_hour",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[1, 2]), name="activity_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(hour__lte=23), name="activity_hour_is_of_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.active_on} {self.hour}"
