"""Materials (素材) and their drafts (草稿)."""

from django.db import models

from customers.models import Tag
from org.models import User


class MaterialText(models.Model):
    """What an author writes of a material: the published text and its draft have the same fields.

    The body is text in the small markup of `content.blocks`; it is never HTML. `purpose` drives
    caps and trust weights, `is_high_intent` marks product and price content, whose reading says
    that somebody may want to buy. Who reads it gets `tag`.
    Pictures are named by their codes, as in the body: no list of materials drags them along.
    """

    class Purpose(models.TextChoices):
        KNOWLEDGE = "knowledge", "干货"
        ACTIVITY = "activity", "活动"
        PROMOTION = "promotion", "促销"
        CARE = "care", "关怀"
        SERVICE = "service", "服务"

    title = models.CharField("标题", max_length=128)
    summary = models.CharField("摘要", max_length=512, blank=True)
    body = models.TextField("正文", blank=True)
    picture_code = models.CharField("封面图片", max_length=22, blank=True)
    purpose = models.CharField(
        "用途", max_length=16, choices=Purpose.choices, default=Purpose.KNOWLEDGE
    )
    is_high_intent = models.BooleanField("产品/价格内容", default=False)
    tag = models.ForeignKey(
        Tag,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="阅读后打标",
    )

    class Meta:
        abstract = True


class Material(MaterialText):
    """Something worth reading that staff send to customers (素材): for now an article."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "文章"

    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.ARTICLE)
    cover = models.CharField("封面(静态文件)", max_length=200, blank=True)
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
            models.CheckConstraint(
                condition=models.Q(is_published=False) | ~models.Q(body=""),
                name="material_published_says_something",
            ),
        )

    def __str__(self) -> str:
        return self.title


class MaterialDraft(MaterialText):
    """What is being written and not published yet (草稿); gone when it is published.

    `revision` counts up with every save: whoever saves names the one they began with, so two
    authors cannot overwrite each other.
    """

    material = models.OneToOneField(
        Material, models.CASCADE, primary_key=True, related_name="draft", verbose_name="素材"
    )
    revision = models.PositiveIntegerField("修订号", default=1)
    saved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="保存人"
    )
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "素材草稿"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    purpose__in=["knowledge", "activity", "promotion", "care", "service"]
                ),
                name="material_draft_purpose_is_known",
            ),
        )

    def __str__(self) -> str:
        return self.title
