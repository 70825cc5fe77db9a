"""Welcomes (欢迎语): the company's default, and the variants of a channel code."""

from django.db import models

from campaigns.models.channel_code import ChannelCode
from campaigns.models.content import WelcomeContent
from org.models import Staff
from wecom.models import Corp


class DefaultWelcome(WelcomeContent):
    """What is said to a new friend whom no channel code speaks for (默认欢迎语)."""

    corp = models.OneToOneField(
        Corp, models.CASCADE, related_name="default_welcome", verbose_name="企业"
    )
    is_enabled = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "默认欢迎语"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return self.text[:30]


class WelcomeVariant(WelcomeContent):
    """A channel code's welcome for one staff member or one time of the week (分时欢迎语).

    `weekdays` lists ISO weekdays, 1 = Monday, empty = every day; times are of Asia/Shanghai, and a
    span that ends before it begins runs over midnight. The one with the lowest `position` that fits
    wins; one for this staff member goes before one for all.
    """

    channel_code = models.ForeignKey(
        ChannelCode, models.CASCADE, related_name="variants", verbose_name="渠道活码"
    )
    staff = models.ForeignKey(
        Staff,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="员工",
    )
    weekdays = models.JSONField("星期", default=list, blank=True)
    starts_at = models.TimeField("开始", null=True, blank=True)
    ends_at = models.TimeField("结束", null=True, blank=True)
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "分时欢迎语"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(starts_at=None, ends_at=None)
                | models.Q(starts_at__isnull=False, ends_at__isnull=False),
                name="welcome_variant_has_both_times_or_none",
            ),
        )

    def __str__(self) -> str:
        return self.text[:30]
