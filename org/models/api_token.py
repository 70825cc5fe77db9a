"""Tokens of the open API (接口令牌)."""

from django.db import models

from org.models.user import User


class ApiToken(models.Model):
    """A token of the open API (接口令牌): shown once, kept as SHA-256 with a readable prefix."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name="账号")
    name = models.CharField("名称", max_length=64)
    prefix = models.CharField("前缀", max_length=12)
    digest = models.CharField("摘要", max_length=64, unique=True)
    created_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
