"""Readers on their way through WeCom's OAuth (读者登录)."""

from django.db import models

from content.models.link import TrackedLink


class ReaderLogin(models.Model):
    """One OAuth round of a reader (读者登录): the `state` that may come back exactly once.

    Kept as digests. The browser that comes back must hold the cookie that was set when it left, so
    nobody can be logged in with somebody else's code; link and corp are read from here, never from
    the query. Rows live ten minutes.
    """

    state_digest = models.CharField("state 摘要", max_length=64, primary_key=True)
    browser_digest = models.CharField("浏览器摘要", max_length=64)
    link = models.ForeignKey(TrackedLink, models.CASCADE, related_name="+", verbose_name="链接")
    created_at = models.DateTimeField("创建时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = "读者登录"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the maintenance that deletes old rounds.
            models.Index(fields=["created_at"], name="reader_login_by_age"),
        )

    def __str__(self) -> str:
        return self.state_digest[:8]
