"""Materials (素材)."""

from django.db import models


class Material(models.Model):
    """Something worth reading that staff send to customers (素材): for now an article.

    The body is text in the small markup of `content.blocks`; it is never HTML. `purpose` drives
    caps and trust weights, `is_high_intent` marks product and price content, whose reading says
    that somebody may want to buy.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "文章"

    class Purpose(models.TextChoices):
        KNOWLEDGE = "knowledge", "干货"
        ACTIVITY = "activity", "活动"
        PROMOTION = "promotion", "促销"
        CARE = "care", "关怀"
        SERVICE = "service", "服务"

    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.ARTICLE)
    title = models.CharField("标题", max_length=128)
    summary = models.CharField("摘要", max_length=512, blank=True)
    body = models.TextField("正文")
    cover = models.CharField("封面(静态文件)", max_length=200, blank=True)
    purpose = models.CharField(
        "用途", max_length=16, choices=Purpose.choices, default=Purpose.KNOWLEDGE
    )
    is_high_intent = models.BooleanField("产品/价格内容", default=False)
    is_published = models.BooleanField("已发布", default=False)
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("创建时间")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "素材"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["article"]), name="material_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    purpose__in=["knowledge", "activity", "promotion", "care", "service"]
                ),
                name="material_purpose_is_known",
            ),
        )

    def __str__(self) -> str:
        return self.title
