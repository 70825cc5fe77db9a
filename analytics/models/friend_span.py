"""Stretches of friendship (好友期): who was friends with whom, from when to when."""

from django.db import models

from customers.models import Customer, Identity
from org.models import Staff


class FriendSpan(models.Model):
    """One stretch of time in which a customer and a staff member were friends (好友期).

    Folded from the ledger: whoever's relations change gets all their spans anew, so late events,
    repeated ones and merges give what they would have given in order. `customer` is who the
    identity belongs to now. `is_first` and `is_last` stand on exactly one span of a customer each:
    the one that began first, and the one that ended last or still goes on. The `first_*` moments
    are what happened first at or after the beginning: the customer read, replied, or this staff
    member did something.
    """

    class EndedBy(models.TextChoices):
        NOBODY = "", "仍是好友"
        CUSTOMER = "customer", "客户删除员工"
        STAFF = "staff", "员工删除客户"

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
    staff = models.ForeignKey(
        Staff,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="员工",
    )
    state = models.CharField("渠道参数", max_length=128, blank=True)
    began_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.CharField("结束方", max_length=16, choices=EndedBy.choices, blank=True)
    is_first = models.BooleanField("该客户最早的一段")
    is_last = models.BooleanField("该客户最后的一段")
    first_read_at = models.DateTimeField("首次阅读", null=True, blank=True)
    first_reply_at = models.DateTimeField("首次回复", null=True, blank=True)
    first_action_at = models.DateTimeField("员工首次跟进", null=True, blank=True)

    class Meta:
        verbose_name = "好友期"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: added customers of a period, also by source.
            models.Index(fields=["began_at", "staff"], name="span_by_beginning"),
            # Reader: lost customers of a period.
            models.Index(
                fields=["ended_at", "staff"],
                name="span_by_end",
                condition=models.Q(ended_at__isnull=False),
            ),
            # Reader: friends of some staff members now.
            models.Index(
                fields=["staff", "customer"],
                name="span_open_by_staff",
                condition=models.Q(ended_at=None),
            ),
            # Reader: the number of friends of the whole company.
            models.Index(
                fields=["customer"],
                name="span_open_and_last",
                condition=models.Q(ended_at=None, is_last=True),
            ),
            # Reader: "were they a friend then?", the fold of first moments.
            models.Index(fields=["customer", "began_at"], name="span_by_customer"),
            # Reader: the fold, which makes a customer's spans anew.
            models.Index(fields=["identity"], name="span_by_identity"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ended_by__in=["", "customer", "staff"]),
                name="span_end_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_by="")),
                name="span_that_ended_says_by_whom",
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_id}–{self.staff_id} {self.began_at:%Y-%m-%d}"
