"""Where people are signed in (登录会话)."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from org.models.user import User


class SignInSession(AbstractBaseSession):
    """One signed-in browser (登录会话): Django's session with whose it is and where it came from.

    `user` is empty while nobody has signed in. Deleting a row signs that browser out at its next
    request. All its times are real time, as Django's expiry is, whatever the demo's clock says.
    """

    class Means(models.TextChoices):
        PASSWORD = "password", "密码"
        WECOM = "wecom", "企业微信"

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="sessions", verbose_name="账号"
    )
    means = models.CharField("登录方式", max_length=16, choices=Means.choices, blank=True)
    signed_in_at = models.DateTimeField("登录时间", null=True, blank=True)
    seen_at = models.DateTimeField("最近活动", null=True, blank=True)
    address = models.GenericIPAddressField("IP 地址", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=300, blank=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "登录会话"
        indexes = (
            # Reader: the page of one's own sign-ins, newest first, and ending them.
            models.Index(
                fields=["user", "-seen_at"],
                name="session_by_user",
                condition=models.Q(user__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(means__in=["", "password", "wecom"]),
                name="session_means_are_known",
            ),
        )

    def __str__(self) -> str:
        return f"session:{self.user_id}"

    @classmethod
    def get_session_store_class(cls) -> type:
        """Django asks for it; the store belongs to the doors."""
        raise NotImplementedError
