"""Alerts (提醒)."""

from typing import Final

from django.db import models

from org.models.staff import Staff

# Advisory locks on numbers of alerts, in a range of their own; a trigger of the table takes them.
NUMBER_LOCKS: Final = 7_303 << 48


class Alert(models.Model):
    """Something a staff member should act on now (提醒).

    `key` makes it one, however often the same fact arrives: the kind, a colon, the key of the event
    behind it. `customer_id` is the customer's number without a foreign key, for this room lies
    below `customers`.
    """

    class Kind(models.TextChoices):
        HIGH_INTENT = "high_intent", "高意向"
        NEW_FRIEND = "new_friend", "新好友"
        READ = "read", "阅读"

    key = models.CharField("去重键", max_length=200, unique=True)
    kind = models.CharField("类型", max_length=32, choices=Kind.choices)
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="alerts", verbose_name="接收员工")
    customer_id = models.BigIntegerField("客户编号")
    title = models.CharField("标题", max_length=128)
    body = models.CharField("内容", max_length=512, blank=True)
    detail = models.JSONField("详情", default=dict)
    occurred_at = models.DateTimeField("发生时间")
    created_at = models.DateTimeField("提醒时间")
    seen_at = models.DateTimeField("查看时间", null=True, blank=True)

    class Meta:
        verbose_name = "提醒"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: a staff member's newest alerts.
            models.Index(fields=["staff", "-created_at"], name="alert_by_staff"),
            # Reader: the cool-down test, "was this staff member told of this customer lately?".
            models.Index(fields=["customer_id", "kind", "-created_at"], name="alert_by_customer"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["high_intent", "new_friend", "read"]),
                name="alert_kind_is_known",
            ),
        )

    def __str__(self) -> str:
        return self.title
