"""Tokens of the open API (接口令牌)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from org.models.user import User


def customers_only() -> list[str]:
    """Return what a token may do that nothing else is said of."""
    return [ApiToken.Scope.CUSTOMERS_READ]


class ApiToken(models.Model):
    """A token of the open API (接口令牌): shown once, kept as SHA-256 with a readable prefix.

    It may do what its scopes name and its user's rights allow, both.
    """

    class Scope(models.TextChoices):
        CUSTOMERS_READ = "customers:read", "读客户与行为"
        CUSTOMERS_WRITE = "customers:write", "登记客户身份标识"
        EVENTS_WRITE = "events:write", "写入行为"
        TAGS_READ = "tags:read", "读标签"
        TAGS_WRITE = "tags:write", "打标签"
        JOURNEYS_READ = "journeys:read", "读旅程"
        JOURNEYS_WRITE = "journeys:write", "改旅程"
        TOUCHES_READ = "touches:read", "读触达"
        TOUCHES_WRITE = "touches:write", "处理触达"
        CODES_READ = "codes:read", "读渠道活码"
        CODES_WRITE = "codes:write", "改渠道活码"
        CONTENT_READ = "content:read", "读素材"

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name="账号")
    name = models.CharField("名称", max_length=64)
    prefix = models.CharField("前缀", max_length=12)
    digest = models.CharField("摘要", max_length=64, unique=True)
    scopes = ArrayField(
        models.CharField(max_length=32, choices=Scope.choices),
        default=customers_only,
        verbose_name="范围",
    )
    created_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    scopes__contained_by=[
                        "customers:read",
                        "customers:write",
                        "events:write",
                        "tags:read",
                        "tags:write",
                        "journeys:read",
                        "journeys:write",
                        "touches:read",
                        "touches:write",
                        "codes:read",
                        "codes:write",
                        "content:read",
                    ]
                ),
                name="token_scopes_are_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
