"""When and how often customers may be contacted: data, edited by operators (触达规则)."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SendingRules(models.Model):
    """Quiet hours, slots, staff loads and validities of this company (发送规则); one row.

    Times of day are Asia/Shanghai. Priors of the field, meant to be changed.
    """

    id = models.PositiveSmallIntegerField("编号", primary_key=True, default=1)
    quiet_from = models.TimeField("静默开始", default=datetime.time(22, 0))
    quiet_until = models.TimeField("静默结束", default=datetime.time(9, 0))
    slot_times = ArrayField(models.TimeField(), verbose_name="发送时段")
    slot_lead_minutes = models.PositiveSmallIntegerField("提前建任务(分)", default=10)
    mass_a_staff_a_day = models.PositiveSmallIntegerField("每员工每日群发确认", default=3)
    tasks_a_staff_a_day = models.PositiveSmallIntegerField("每员工每日1v1任务", default=15)
    promotion_valid_minutes = models.PositiveIntegerField("促销有效期(分)", default=240)
    content_valid_minutes = models.PositiveIntegerField("内容有效期(分)", default=1_440)
    remind_after_minutes = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name="提醒员工(分)"
    )
    tell_lead_after_minutes = models.PositiveSmallIntegerField("提醒组长(分)", default=180)

    class Meta:
        verbose_name = "发送规则"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="sending_rules_are_one_row"),
        )

    def __str__(self) -> str:
        return f"{self.quiet_from:%H:%M}–{self.quiet_until:%H:%M}"


class CapRule(models.Model):
    """One limit on how often a customer is contacted (频次上限).

    `count`: at most `limit` touches in the `days` local days that end with the day of sending.
    `gap`: at least `hours` since the last one. `after_add`, `after_order`: none within `hours` of
    becoming a friend, of a paid order. Empty `lanes` or `purposes` mean all of them. Counted over a
    person's identities together.
    """

    class Kind(models.TextChoices):
        COUNT = "count", "次数"
        GAP = "gap", "间隔"
        AFTER_ADD = "after_add", "新好友保护"
        AFTER_ORDER = "after_order", "下单后保护"

    name = models.CharField("名称", max_length=64, unique=True)
    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    lanes = ArrayField(
        models.CharField(max_length=1), default=list, blank=True, verbose_name="通道"
    )
    purposes = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, verbose_name="目的"
    )
    limit = models.PositiveSmallIntegerField("上限", default=0)
    days = models.PositiveSmallIntegerField("天数", default=0)
    hours = models.PositiveSmallIntegerField("小时", default=0)
    is_enabled = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "频次上限"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="count", limit__gt=0, days__gt=0, hours=0)
                | models.Q(kind__in=["gap", "after_add", "after_order"], hours__gt=0, days=0),
                name="cap_rule_is_whole",
            ),
        )

    def __str__(self) -> str:
        return self.name
