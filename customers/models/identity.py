"""Identities (身份标识) and the edges between them."""

from django.db import models
from django.db.models.functions import Now

from common.fields import EncryptedTextField
from customers.models.customer import Customer


class Identity(models.Model):
    """One identifier of a customer (身份标识), unique in its namespace.

    Namespaces: `wecom:<corp_id>` external_userid, `unionid:<platform>`, `openid:<appid>`, `phone`
    (a keyed hash; the number itself stands encrypted in `sealed_value`), `buyer:<shop>` ….
    Every other row about a person (event, follow, tag, touch) keeps the identity it was made on,
    its anchor; the customer is read through it, so a merge or its undo moves nothing else.
    """

    namespace = models.CharField("命名空间", max_length=64)
    value = models.CharField("标识", max_length=128)
    sealed_value = EncryptedTextField("原值(加密)", null=True, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="identities", verbose_name="客户"
    )
    source = models.CharField("来源", max_length=32)
    created_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "身份标识"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("namespace", "value", name="identity_is_unique_in_namespace"),
        )

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"


class IdentityEdge(models.Model):
    """That two identities belong to one person (身份关联), with the rule that says so.

    An undone merge leaves its edge `forbidden`, or the next synchronisation would merge again.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "有效"
        UNDONE = "undone", "已撤销"
        FORBIDDEN = "forbidden", "禁止"

    low = models.ForeignKey(Identity, models.CASCADE, related_name="+", verbose_name="身份甲")
    high = models.ForeignKey(Identity, models.CASCADE, related_name="+", verbose_name="身份乙")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.ACTIVE)
    rule = models.CharField("规则", max_length=40)
    source = models.CharField("来源", max_length=32)
    created_at = models.DateTimeField("建立时间")
    applied_at = models.DateTimeField("并入时间", null=True, blank=True)

    class Meta:
        verbose_name = "身份关联"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the merges that an edge still asks for.
            models.Index(
                fields=["id"],
                name="edge_to_apply",
                condition=models.Q(state="active", applied_at=None),
            ),
            # Reader: walking a component from its higher identities.
            models.Index(fields=["high"], name="edge_by_high"),
        )
        constraints = (
            models.UniqueConstraint("low", "high", name="identity_edge_is_unique"),
            models.CheckConstraint(
                condition=models.Q(low__lt=models.F("high")), name="identity_edge_is_ordered"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "undone", "forbidden"]),
                name="identity_edge_state_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.low_id}–{self.high_id} {self.rule}"
