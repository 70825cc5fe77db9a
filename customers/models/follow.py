"""Follow relations (好友关系)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from common.fields import EncryptedTextField
from customers.models.customer import NAME_GRAMS
from customers.models.identity import Identity
from org.models import Staff


class Follow(models.Model):
    """The relation between a staff member and a customer in WeCom (好友关系/跟进).

    `is_listed`, `added_at` and the texts are WeCom's word (`externalcontact/get`);
    `customer_deleted_at` and `half_added_at` come only from callbacks, for WeCom never tells them
    again. `status` follows from them, so facts may arrive in any order. `synced_at` is when the
    answer that we hold was asked for: an older answer never overwrites a newer one.
    `mobile_marks` are keyed hashes of the remarked phones and of their last digits, by which they
    are found without being read.
    """

    class Status(models.TextChoices):
        FRIEND = "friend", "好友"
        HALF = "half", "待员工通过"
        CUSTOMER_DELETED = "customer_deleted", "客户删除员工"
        STAFF_DELETED = "staff_deleted", "员工删除客户"

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="follows", verbose_name="员工")
    identity = models.ForeignKey(
        Identity, models.CASCADE, related_name="follows", verbose_name="客户身份"
    )
    status = models.CharField("状态", max_length=20, choices=Status.choices)
    is_listed = models.BooleanField("在员工客户列表中", default=False)
    added_at = models.DateTimeField("添加时间", null=True, blank=True)
    half_added_at = models.DateTimeField("单向添加时间", null=True, blank=True)
    customer_deleted_at = models.DateTimeField("客户删除时间", null=True, blank=True)
    staff_deleted_at = models.DateTimeField("员工删除时间", null=True, blank=True)
    remark = models.CharField("备注", max_length=128, blank=True)
    description = models.CharField("描述", max_length=600, blank=True)
    remark_company = models.CharField("备注公司", max_length=128, blank=True)
    sealed_mobiles = EncryptedTextField("备注手机(加密)", null=True, blank=True, editable=False)
    mobiles_digest = models.CharField("备注手机摘要", max_length=64, blank=True)
    mobile_marks = ArrayField(
        models.CharField(max_length=16),
        default=list,
        db_default=[],
        blank=True,
        verbose_name="备注手机查找键",
    )
    state = models.CharField("渠道参数", max_length=128, blank=True)
    add_way = models.PositiveSmallIntegerField("添加方式", default=0)
    oper_userid = models.CharField("发起方", max_length=64, blank=True)
    synced_at = models.DateTimeField("核对时间", null=True, blank=True)

    class Meta:
        verbose_name = "好友关系"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the relations of a customer, through their identities.
            models.Index(fields=["identity"], name="follow_by_identity"),
            # Reader: the customers list, part of a remark.
            GinIndex(
                models.Func("remark", function=NAME_GRAMS),
                name="follow_by_part_of_remark",
                condition=~models.Q(remark=""),
            ),
            # Reader: the customers list, the last digits of a phone or all of it.
            GinIndex(
                fields=["mobile_marks"],
                name="follow_by_mobile",
                condition=~models.Q(mobile_marks=[]),
            ),
            # Readers: what a channel code brought, the customers list by code; their queries say
            # `state <> ''`.
            models.Index(
                fields=["state", "added_at"],
                name="follow_by_channel",
                condition=~models.Q(state=""),
            ),
        )
        constraints = (
            models.UniqueConstraint("staff", "identity", name="follow_is_unique"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["friend", "half", "customer_deleted", "staff_deleted"]
                ),
                name="follow_status_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.staff_id}–{self.identity_id} {self.status}"
