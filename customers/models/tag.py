"""Tags (标签)."""

from django.db import models

from customers.models.follow import Follow
from customers.models.identity import Identity
from wecom.models import Corp


class TagGroup(models.Model):
    """A group of tags (标签组): WeCom's own when `wecom_id` is set, local otherwise."""

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="tag_groups", verbose_name="企业")
    wecom_id = models.CharField("企业微信编号", max_length=64, null=True, blank=True)  # noqa: DJ001 - NULL is "local", unique among the rest
    name = models.CharField("名称", max_length=64)
    position = models.PositiveBigIntegerField("排序", default=0)
    is_deleted = models.BooleanField("已删除", default=False)

    class Meta:
        verbose_name = "标签组"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("corp", "wecom_id", name="tag_group_is_unique_in_corp"),
        )

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A tag (标签); source: get_corp_tag_list, wecom-api §7."""

    group = models.ForeignKey(TagGroup, models.CASCADE, related_name="tags", verbose_name="标签组")
    corp = models.ForeignKey(Corp, models.CASCADE, related_name="tags", verbose_name="企业")
    wecom_id = models.CharField("企业微信编号", max_length=64, null=True, blank=True)  # noqa: DJ001 - NULL is "local", unique among the rest
    name = models.CharField("名称", max_length=64)
    position = models.PositiveBigIntegerField("排序", default=0)
    is_deleted = models.BooleanField("已删除", default=False)

    class Meta:
        verbose_name = "标签"
        verbose_name_plural = verbose_name
        constraints = (models.UniqueConstraint("corp", "wecom_id", name="tag_is_unique_in_corp"),)

    def __str__(self) -> str:
        return self.name


class TagAssignment(models.Model):
    """That a customer carries a tag (打标), with where it came from and why.

    An enterprise tag hangs on a follow relation, as in WeCom; a local one on the identity alone.
    """

    identity = models.ForeignKey(
        Identity, models.CASCADE, related_name="tag_assignments", verbose_name="客户身份"
    )
    follow = models.ForeignKey(
        Follow,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="tag_assignments",
        verbose_name="好友关系",
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="assignments", verbose_name="标签")
    source = models.CharField("来源", max_length=32)
    reason = models.CharField("原因", max_length=200, blank=True)
    assigned_at = models.DateTimeField("打标时间")

    class Meta:
        verbose_name = "打标"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the tags of a customer, through their identities.
            models.Index(fields=["identity"], name="tag_assignment_by_identity"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["follow", "tag"],
                name="tag_is_assigned_once_a_follow",
                condition=models.Q(follow__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["identity", "tag"],
                name="local_tag_is_assigned_once",
                condition=models.Q(follow__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.identity_id} #{self.tag_id}"
