"""Customer groups (客户群) and who sits in them (群成员)."""

from django.db import models

from customers.models.identity import Identity
from org.models import Staff
from wecom.models import Corp


class GroupChat(models.Model):
    """A customer group (客户群); source: groupchat/get, wecom-api §9."""

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="group_chats", verbose_name="企业")
    chat_id = models.CharField("群编号", max_length=64)
    name = models.CharField("群名", max_length=128, blank=True)
    notice = models.TextField("群公告", blank=True)
    owner = models.ForeignKey(
        Staff,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_groups",
        verbose_name="群主",
    )
    created_on_wecom_at = models.DateTimeField("建群时间", null=True, blank=True)
    member_version = models.CharField("成员版本", max_length=64, blank=True)
    is_dismissed = models.BooleanField("已解散", default=False)
    synced_at = models.DateTimeField("核对时间", null=True, blank=True)

    class Meta:
        verbose_name = "客户群"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("corp", "chat_id", name="group_chat_is_unique_in_corp"),
        )

    def __str__(self) -> str:
        return self.name or self.chat_id


class Membership(models.Model):
    """That somebody sits, or sat, in a customer group (群成员): staff, customer or stranger."""

    group = models.ForeignKey(
        GroupChat, models.CASCADE, related_name="memberships", verbose_name="客户群"
    )
    member_userid = models.CharField("成员编号", max_length=64)
    staff = models.ForeignKey(
        Staff,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="员工",
    )
    identity = models.ForeignKey(
        Identity,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="客户身份",
    )
    joined_at = models.DateTimeField("入群时间")
    join_scene = models.PositiveSmallIntegerField("入群方式", default=0)
    state = models.CharField("渠道参数", max_length=128, blank=True)
    inviter_userid = models.CharField("邀请人", max_length=64, blank=True)
    left_at = models.DateTimeField("退群时间", null=True, blank=True)

    class Meta:
        verbose_name = "群成员"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the groups of a customer, through their identities.
            models.Index(fields=["identity"], name="membership_by_identity"),
        )
        constraints = (
            models.UniqueConstraint("group", "member_userid", name="member_sits_once_in_group"),
            models.CheckConstraint(
                condition=models.Q(staff__isnull=True) | models.Q(identity__isnull=True),
                name="member_is_staff_or_customer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_userid}@{self.group_id}"
