"""Customers (客户) and the journal of their merges (合并记录)."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

# In SQL, beside the table: the column and every search use the same one.
NAME_GRAMS: Final = "customers_name_grams"


class Customer(models.Model):
    """The person behind one or more identities: the unified customer ID (统一客户 ID).

    A customer is a connected component of active identity edges. `uid` is minted once and resolves
    for ever: a customer that was merged away keeps its row and names its successor.
    """

    class Kind(models.IntegerChoices):
        UNKNOWN = 0, "未知"
        WECHAT = 1, "微信用户"
        WECOM = 2, "企业微信用户"

    uid = models.UUIDField("统一客户 ID", unique=True)
    kind = models.PositiveSmallIntegerField("类型", choices=Kind.choices, default=Kind.UNKNOWN)
    name = models.CharField("昵称", max_length=128, blank=True)
    avatar = models.CharField("头像", max_length=512, blank=True)
    gender = models.PositiveSmallIntegerField("性别", default=0)
    company_name = models.CharField("公司", max_length=128, blank=True)
    created_at = models.DateTimeField("建档时间")
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name="并入",
    )
    # Every single character and every pair of neighbours in the name: a Chinese name has two or
    # three characters, too few for trigrams. PostgreSQL keeps it right.
    name_bigrams = models.GeneratedField(
        expression=models.Func("name", function=NAME_GRAMS),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
        verbose_name="昵称二元组",
    )

    class Meta:
        verbose_name = "客户"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the customers list and API, newest first, merged ones left out.
            models.Index(
                fields=["-id"], name="customer_living", condition=models.Q(merged_into=None)
            ),
            # Reader: the customers list and API, part of a name.
            GinIndex(fields=["name_bigrams"], name="customer_by_part_of_name"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=[0, 1, 2]), name="customer_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")),
                name="customer_is_not_merged_into_itself",
            ),
        )

    def __str__(self) -> str:
        return self.name or str(self.uid)


class MergeRecord(models.Model):
    """One merge of two customers (合并记录): which edge caused it and which identities moved."""

    kept = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="保留客户")
    absorbed = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name="被合并客户"
    )
    edge = models.ForeignKey(
        "IdentityEdge", models.PROTECT, related_name="merges", verbose_name="依据"
    )
    moved_identity_ids = models.JSONField("移动的身份", default=list)
    merged_at = models.DateTimeField("合并时间")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = "合并记录"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.kept_id}"
