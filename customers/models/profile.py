"""What follows from a customer's events: counters, stage, friendships. All of it can be rebuilt."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import models
from django.db.models.functions import Coalesce, Now

from customers.models.customer import Customer
from customers.models.identity import Identity
from org.models import Staff

# Before everything, so that who was never added, or never active, stands last and pages go on.
NEVER: Final = models.Value(datetime(1970, 1, 1, tzinfo=UTC), models.DateTimeField())


def hour_of(moment: Any) -> models.Func:
    """Return the hour that a moment lies in, as `Profile.active_hour` has it."""
    return models.Func(
        models.Value(timedelta(hours=1), models.DurationField()),
        moment,
        NEVER,
        function="date_bin",
        output_field=models.DateTimeField(),
    )


class Profile(models.Model):
    """The counters and the stage of one customer (画像): folded from the ledger, rebuilt from it.

    Kept with free space in each page and without an index on what most events change, so that
    folding one rewrites the row in place; an index is touched by a move to another stage or
    relation, by a first friendship, by money and once in an hour of activity.
    """

    class Relation(models.TextChoices):
        NONE = "none", "未建立"
        FRIEND = "friend", "好友"
        LOST = "lost", "已流失"

    class Purchase(models.TextChoices):
        POTENTIAL = "potential", "潜在"
        FIRST = "first", "首购"
        REPURCHASE = "repurchase", "复购"

    class Stage(models.TextChoices):
        POTENTIAL = "potential", "潜在"
        FIRST = "first", "首购"
        REPURCHASE = "repurchase", "复购"
        MEMBER = "member", "会员"
        ADVOCATE = "advocate", "裂变"
        LOST = "lost", "流失"

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="profile", verbose_name="客户"
    )
    relation = models.CharField(
        "关系", max_length=16, choices=Relation.choices, db_default=Relation.NONE
    )
    purchase = models.CharField(
        "购买阶段", max_length=16, choices=Purchase.choices, db_default=Purchase.POTENTIAL
    )
    membership_level = models.PositiveSmallIntegerField("会员等级", db_default=0)
    is_advocate = models.BooleanField("裂变客户", db_default=False)
    stage = models.CharField(
        "生命周期", max_length=16, choices=Stage.choices, db_default=Stage.POTENTIAL
    )
    event_count = models.PositiveIntegerField("行为数", db_default=0)
    open_count = models.PositiveIntegerField("打开素材次数", db_default=0)
    complete_count = models.PositiveIntegerField("读完次数", db_default=0)
    read_seconds = models.PositiveIntegerField("阅读秒数", db_default=0)
    message_count = models.PositiveIntegerField("来信数", db_default=0)
    order_count = models.PositiveIntegerField("正装订单数", db_default=0)
    order_amount_fen = models.BigIntegerField("净消费(分)", db_default=0)
    group_count = models.IntegerField("所在群数", db_default=0)
    first_added_at = models.DateTimeField("首次添加", null=True, blank=True)
    last_added_at = models.DateTimeField("最近添加", null=True, blank=True)
    last_open_at = models.DateTimeField("最近打开", null=True, blank=True)
    first_order_at = models.DateTimeField("首次下单", null=True, blank=True)
    last_order_at = models.DateTimeField("最近下单", null=True, blank=True)
    last_active_at = models.DateTimeField("最近活跃", null=True, blank=True)
    last_event_at = models.DateTimeField("最近行为", null=True, blank=True)
    # Changes with the first thing that a customer does in an hour: an index may hold it.
    active_hour = models.GeneratedField(
        expression=hour_of(Coalesce("last_active_at", NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
        verbose_name="最近活跃的小时",
    )

    class Meta:
        verbose_name = "画像"
        verbose_name_plural = verbose_name
        indexes = (
            # Readers: the customers list and API by stage or by relation, newest first.
            models.Index(fields=["stage", "-customer"], name="profile_by_stage"),
            models.Index(fields=["relation", "-customer"], name="profile_by_relation"),
            # Reader: the customers list, newest friends first; who never was one comes last.
            models.Index(
                Coalesce("first_added_at", NEVER).desc(),
                models.F("customer").desc(),
                name="profile_by_first_added",
            ),
            # Reader: the customers list, by spending. Money changes with an order only: folding the
            # other events stays in place.
            models.Index(fields=["-order_amount_fen", "-customer"], name="profile_by_spending"),
            # Readers: the customers list, last active first, sorted within the hours it walks
            # through; who was active, or was not, since a moment.
            models.Index(fields=["-active_hour"], name="profile_by_active_hour"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(relation__in=["none", "friend", "lost"]),
                name="profile_relation_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(purchase__in=["potential", "first", "repurchase"]),
                name="profile_purchase_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    stage__in=["potential", "first", "repurchase", "member", "advocate", "lost"]
                ),
                name="profile_stage_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_id} {self.stage}"


class Friendship(models.Model):
    """Whether a staff member and an identity are friends, as the ledger tells it (好友状态).

    The latest event by the time it happened wins, so repeated or shuffled callbacks give one
    result. `Follow` is WeCom's word; this is the fold of our own ledger, and what the stage is
    taken from.
    """

    identity = models.ForeignKey(
        Identity,
        models.CASCADE,
        db_index=False,
        related_name="friendships",
        verbose_name="客户身份",
    )
    staff = models.ForeignKey(
        Staff, models.CASCADE, db_index=False, related_name="+", verbose_name="员工"
    )
    is_friend = models.BooleanField("是好友")
    changed_at = models.DateTimeField("变化时间")

    class Meta:
        verbose_name = "好友状态"
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the friendships of an identity.
            models.UniqueConstraint("identity", "staff", name="friendship_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.identity_id}–{self.staff_id} {self.is_friend}"


class GroupPresence(models.Model):
    """Whether an identity sits in a customer group, as the ledger tells it (在群状态).

    The latest event by the time it happened wins, as with friendships. `Membership` is WeCom's
    word; this is the fold of our own ledger, and what a profile's `group_count` is taken from.
    """

    identity = models.ForeignKey(
        Identity,
        models.CASCADE,
        db_index=False,
        related_name="group_presences",
        verbose_name="客户身份",
    )
    chat_id = models.TextField("群编号")
    is_member = models.BooleanField("在群")
    changed_at = models.DateTimeField("变化时间")

    class Meta:
        verbose_name = "在群状态"
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the groups of an identity.
            models.UniqueConstraint("identity", "chat_id", name="group_presence_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.identity_id}@{self.chat_id} {self.is_member}"


class StageChange(models.Model):
    """One move on the life-cycle ladder (阶段变化), with the event that caused it."""

    identity = models.ForeignKey(
        Identity, models.CASCADE, related_name="stage_changes", verbose_name="客户身份"
    )
    from_stage = models.CharField("从", max_length=16, choices=Profile.Stage.choices)
    to_stage = models.CharField("到", max_length=16, choices=Profile.Stage.choices)
    event_id = models.BigIntegerField("行为编号")
    reason = models.CharField("原因", max_length=40)
    changed_at = models.DateTimeField("变化时间")
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = "阶段变化"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("event_id", name="one_stage_change_an_event"),
            models.CheckConstraint(
                condition=~models.Q(from_stage=models.F("to_stage")),
                name="stage_change_is_a_change",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"
