"""What must be read again from WeCom, and what a sweep found different."""

from django.db import models

from wecom.models import Corp


class RefreshRequest(models.Model):
    """That the present state of one thing must be read from WeCom (待核对).

    Requests for the same thing fold into one row; a request that comes while the answer is on its
    way raises `version`, and the row stays until an answer asked for after it has been applied.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "客户"
        GROUP_CHAT = "group_chat", "客户群"
        TAGS = "tags", "标签库"
        CONTACTS = "contacts", "通讯录"

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="+", verbose_name="企业")
    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    key = models.CharField("编号", max_length=64, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    requested_at = models.DateTimeField("请求时间")
    due_at = models.DateTimeField("最早执行")
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    last_error = models.CharField("错误", max_length=500, blank=True)

    class Meta:
        verbose_name = "待核对"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the refresher, next due requests.
            models.Index(fields=["due_at"], name="refresh_due"),
        )
        constraints = (
            models.UniqueConstraint("corp", "kind", "key", name="one_refresh_request_a_thing"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["customer", "group_chat", "tags", "contacts"]),
                name="refresh_kind_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class Drift(models.Model):
    """A difference between our copy and WeCom that a sweep found and healed (漂移)."""

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="drifts", verbose_name="企业")
    job_id = models.BigIntegerField("核对任务")
    kind = models.CharField("类型", max_length=40)
    key = models.CharField("对象", max_length=160)
    detail = models.JSONField("差异", default=dict)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        verbose_name = "漂移"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the drift count and list of one sweep.
            models.Index(fields=["job_id"], name="drift_by_job"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
