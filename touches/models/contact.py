"""The contact ledger (触达账): the places that touches take in a customer's budget."""

from django.db import models

from customers.models import Identity
from org.models import Staff
from touches.models.touch import Touch
from wecom.models import Corp


class ContactLedger(models.Model):
    """One place in a customer's budget (触达账), partitioned by month of `counted_on`.

    Taken (`reserved`) when a touch gets its call, moved to the day of sending and `spent` by the
    result, `released` by refusal, expiry or withdrawal. `counted_on` is a date of Asia/Shanghai.
    Whoever takes a place holds the customer's row lock and counts in a statement of its own.
    The table is made by hand-written SQL; nothing has a foreign key to it.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", "已预留"
        SPENT = "spent", "已使用"
        RELEASED = "released", "已释放"

    pk = models.CompositePrimaryKey("id", "counted_on")
    id = models.BigIntegerField("编号")
    counted_on = models.DateField("计入日期")
    counted_at = models.DateTimeField("计入时间")
    identity = models.ForeignKey(
        Identity,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="客户身份",
    )
    corp = models.ForeignKey(
        Corp,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="企业",
    )
    staff = models.ForeignKey(
        Staff,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="员工",
    )
    touch = models.ForeignKey(
        Touch,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="触达",
    )
    lane = models.CharField("通道", max_length=1, choices=Touch.Lane.choices)
    purpose = models.CharField("目的", max_length=16, choices=Touch.Purpose.choices)
    state = models.CharField("状态", max_length=16, choices=State.choices)

    class Meta:
        verbose_name = "触达账"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the caps, what a customer has taken since a day.
            models.Index(
                fields=["identity", "counted_on"],
                name="contact_by_identity",
                condition=~models.Q(state="released"),
            ),
            # Reader: settling, the place of a touch.
            models.Index(fields=["touch"], name="contact_by_touch"),
            # Reader: the daily load of a staff member.
            models.Index(
                fields=["staff", "counted_on"],
                name="contact_by_staff",
                condition=~models.Q(state="released"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.lane} {self.counted_on} {self.state}"
