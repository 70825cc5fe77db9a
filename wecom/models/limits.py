"""How fast one API of one corp may be called."""

from django.db import models

from wecom.models.corp import Corp


class ApiBucket(models.Model):
    """The token bucket of one API of one corp (限流桶), shared by all processes.

    Source: wecom-api §26; sizes in `wecom.limits`.
    """

    corp = models.ForeignKey(Corp, models.CASCADE, verbose_name="企业", db_index=False)
    api = models.TextField("接口")
    tokens = models.FloatField("余量")
    refilled_at = models.DateTimeField("补充时间")

    class Meta:
        verbose_name = verbose_name_plural = "限流桶"
        constraints = (
            models.UniqueConstraint(fields=["corp", "api"], name="wecom_apibucket_unique"),
        )

    def __str__(self) -> str:
        return f"{self.corp_id}:{self.api} {self.tokens:.0f}"


class ApiPause(models.Model):
    """One API of one corp must not be called until a moment (接口暂停): WeCom said 45009.

    Source: wecom-api §26, reliability §4 R5.
    """

    corp = models.ForeignKey(Corp, models.CASCADE, verbose_name="企业", db_index=False)
    api = models.TextField("接口")
    until = models.DateTimeField("暂停至")
    reason = models.TextField("原因")

    class Meta:
        verbose_name = verbose_name_plural = "接口暂停"
        constraints = (
            models.UniqueConstraint(fields=["corp", "api"], name="wecom_apipause_unique"),
        )

    def __str__(self) -> str:
        return f"{self.corp_id}:{self.api} until {self.until}"
