"""Corp and app: who we are at WeCom."""

from django.db import models

from common.fields import EncryptedTextField


class MassQuota(models.TextChoices):
    """How many mass messages one customer may receive, as the corp set it at WeCom (群发规则)."""

    MONTH_DAYS = "month_days", "每自然月(当月天数)条"
    WEEK_7 = "week_7", "每自然周 7 条"
    DAY_1 = "day_1", "每天 1 条"
    MONTH_4 = "month_4", "每自然月 4 条"


class Corp(models.Model):
    """A company at WeCom (企业); a deployment serves one, the schema allows more.

    Source: wecom-api §2, §11.2 for the quota.
    """

    corp_id = models.TextField("企业 ID", unique=True)
    name = models.TextField("企业名称")
    mass_quota = models.TextField(
        "客户接收额度", choices=MassQuota, default=MassQuota.MONTH_DAYS, db_default="month_days"
    )

    class Meta:
        verbose_name = verbose_name_plural = "企业"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(mass_quota__in=MassQuota.values), name="corp_quota_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.name


class AppPurpose(models.TextChoices):
    """What an app of the corp is used for (应用用途)."""

    APP = "app", "自建应用"
    CONTACTS = "contacts", "通讯录同步"


class App(models.Model):
    """An app of the corp with its own secret, callback keys and tokens (应用).

    `slug` names it in our callback URL. Empty callback keys mean that it receives no callbacks.

    Source: wecom-api §2.1, §25.1.
    """

    corp = models.ForeignKey(Corp, models.PROTECT, related_name="apps", verbose_name="企业")
    slug = models.SlugField("网址名称", max_length=40)
    agent_id = models.PositiveBigIntegerField("应用 ID", null=True, blank=True)
    secret = EncryptedTextField("应用密钥")
    callback_token = EncryptedTextField("回调 Token")
    aes_key = EncryptedTextField("回调 EncodingAESKey")
    purpose = models.TextField("用途", choices=AppPurpose, default=AppPurpose.APP)
    is_enabled = models.BooleanField("启用", default=True)
    # When WeCom last verified our callback URL: somebody pressed 保存 in its console.
    callback_verified_at = models.DateTimeField("回调验证时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "应用"
        constraints = (
            models.UniqueConstraint(fields=["corp", "slug"], name="wecom_app_slug_unique"),
            models.CheckConstraint(
                condition=models.Q(purpose__in=AppPurpose.values), name="wecom_app_purpose_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.corp_id}:{self.slug}"
