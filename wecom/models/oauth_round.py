"""People on their way through WeCom's OAuth (网页授权)."""

from django.db import models

from wecom.models.corp import Corp


class OAuthPurpose(models.TextChoices):
    """Who is asked for (授权用途): the answer to one question is no answer to the other."""

    READER = "reader", "识别读者"
    MEMBER = "member", "成员登录"


class OAuthRound(models.Model):
    """One OAuth round (网页授权): the `state` that may come back exactly once.

    Kept as digests. The browser that comes back must hold the cookie that was set when it left, so
    nobody can be signed in with somebody else's code; the corp and where to go on are read from
    here, never from the query. Rows live ten minutes.
    """

    state_digest = models.CharField("state 摘要", max_length=64, primary_key=True)
    browser_digest = models.CharField("浏览器摘要", max_length=64)
    purpose = models.CharField("用途", max_length=16, choices=OAuthPurpose)
    corp = models.ForeignKey(Corp, models.CASCADE, related_name="+", verbose_name="企业")
    target = models.CharField("之后去哪里", max_length=1024, blank=True)
    created_at = models.DateTimeField("创建时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "网页授权"
        indexes = (
            # Reader: the maintenance that deletes old rounds.
            models.Index(fields=["created_at"], name="oauth_round_by_age"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(purpose__in=OAuthPurpose.values), name="oauth_purpose_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.state_digest[:8]
