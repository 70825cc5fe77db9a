"""One token or ticket of one app, shared by all processes."""

from django.db import models

from common.fields import EncryptedTextField
from wecom.models.corp import App


class TokenKind(models.TextChoices):
    """What a lease row holds (凭证种类)."""

    ACCESS = "access", "access_token"
    JSAPI_CORP = "jsapi_corp", "企业 jsapi_ticket"
    JSAPI_AGENT = "jsapi_agent", "应用 jsapi_ticket"


class TokenLease(models.Model):
    """A token (凭证) and the right to renew it.

    One process at a time renews: it takes the row by setting `refreshing_until` and counting
    `fence` up, asks WeCom outside any transaction, and writes back only if the fence is still its
    own. The others wait for `version` to move. A refusal is remembered until `failed_until`, so
    that a wrong secret is not tried in a loop (WeCom blocks the IP for an hour).

    `refreshing_until` and `failed_until` are the database's time; `expires_at` is business time.

    Source: wecom-api §2.2, reliability §4 R14.
    """

    app = models.ForeignKey(App, models.CASCADE, related_name="token_leases", verbose_name="应用")
    kind = models.TextField("种类", choices=TokenKind)
    value = EncryptedTextField("凭证", null=True)
    expires_at = models.DateTimeField("过期时间", null=True)
    refreshed_at = models.DateTimeField("刷新时间", null=True)
    version = models.BigIntegerField("版本", default=0)
    refreshing_until = models.DateTimeField("刷新占用至", null=True)
    fence = models.BigIntegerField("占用序号", default=0)
    failed_until = models.DateTimeField("失败冷却至", null=True)
    failed_errcode = models.IntegerField("失败错误码", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "凭证"
        constraints = (
            models.UniqueConstraint(fields=["app", "kind"], name="wecom_tokenlease_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=TokenKind.values), name="wecom_tokenlease_kind_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.app_id}:{self.kind} v{self.version}"
