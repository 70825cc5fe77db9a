"""Touches (触达): one recipient each."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from common.ids import uuid7
from customers.models import Customer, Identity
from org.models import Staff
from touches.models.dispatch import Dispatch


class Touch(models.Model):
    """One message to one recipient, or one task to one staff member about one customer (触达).

    `key` makes planning idempotent: (welcome code), (run, logical step, occurrence), (alert) …,
    never the staff member, or a handover would send again. `identity` is the anchor that a merge
    does not move; `customer` is who it belonged to when the touch was planned.

    In lane M touches of one (staff, moment, `content_key`) become one dispatch; `due_at` is their
    slot. `winner` is who took the place of a suppressed one. `withdrawn_at` says that the customer
    was to be spared, but sits in a task that WeCom holds already: if it is sent nevertheless, that
    is told.
    """

    class Lane(models.TextChoices):
        WELCOME = "W", "欢迎语"
        MASS = "M", "企业群发"
        TASK = "T", "员工任务"
        GROUP = "G", "群任务"
        MOMENT = "P", "朋友圈"
        OUTSIDE = "S", "外部渠道"
        INTERNAL = "F", "内部"

    class Purpose(models.TextChoices):
        KNOWLEDGE = "knowledge", "干货"
        SERVICE = "service", "服务"
        CARE = "care", "关怀"
        ACTIVITY = "activity", "活动"
        PROMOTION = "promotion", "促销"

    class Priority(models.IntegerChoices):
        REPLY = 10, "回复"
        TRIGGERED = 20, "触发"
        SCHEDULED = 30, "定时"
        BACKFILL = 40, "补入"

    class State(models.TextChoices):
        PLANNED = "planned", "已计划"
        QUEUED = "queued", "待发送"
        DISPATCHED = "dispatched", "已发出"
        CONFIRMED = "confirmed", "员工已处理"
        DELIVERED = "delivered", "已送达"
        REFUSED = "refused", "被拒绝"
        SUPPRESSED = "suppressed", "被抑制"
        EXPIRED = "expired", "已过期"
        CANCELLED = "cancelled", "已取消"
        UNKNOWN = "unknown", "结果未知"

    uid = models.UUIDField("编号", default=uuid7, unique=True, editable=False)
    key = models.CharField("去重键", max_length=200)
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="touches", verbose_name="客户身份"
    )
    # The identity is checked, and its customer is read through it: no second check a row.
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="客户",
    )
    staff = models.ForeignKey(
        Staff, models.PROTECT, related_name="touches", db_index=False, verbose_name="员工"
    )
    lane = models.CharField("通道", max_length=1, choices=Lane.choices)
    purpose = models.CharField("目的", max_length=16, choices=Purpose.choices)
    title = models.CharField("标题", max_length=128)
    content = models.JSONField("内容", default=dict)
    due_at = models.DateTimeField("计划时间")
    valid_until = models.DateTimeField("有效期至")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.PLANNED)
    reason = models.CharField("原因", max_length=300, blank=True)
    priority = models.PositiveSmallIntegerField(
        "优先级", choices=Priority.choices, default=Priority.TRIGGERED
    )
    content_key = models.CharField("内容键", max_length=64, blank=True)
    rolled_count = models.PositiveSmallIntegerField("顺延次数", default=0)
    winner = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="胜出的触达",
    )
    withdrawn_at = models.DateTimeField("要求撤回", null=True, blank=True)
    dispatch = models.ForeignKey(
        Dispatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="touches",
        verbose_name="发送",
    )
    origin_kind = models.CharField("来源类型", max_length=32)
    origin_id = models.CharField("来源编号", max_length=64, blank=True)
    origin_step = models.CharField("来源步骤", max_length=64, blank=True)
    occurrence = models.PositiveIntegerField("第几次", default=1)
    created_at = models.DateTimeField("计划于")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "触达"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: expire_overdue, whatever is still open past its validity.
            models.Index(
                fields=["valid_until"],
                name="touch_open_by_validity",
                condition=models.Q(state__in=["planned", "queued"])
                | models.Q(state="dispatched", lane="T"),
            ),
            # Reader: the slot planner, what is due and has no call yet, the most urgent first and a
            # staff member's together.
            models.Index(
                fields=["priority", "due_at", "staff"],
                name="touch_to_be_slotted",
                condition=models.Q(state="planned"),
            ),
            # Reader: the journey engine, "is the fate of one of this run's touches unknown?".
            models.Index(
                fields=["origin_kind", "origin_id"],
                name="touch_unknown_by_origin",
                condition=models.Q(state="unknown"),
            ),
            # Reader: a staff member's open tasks in the workbench, and their daily load.
            models.Index(fields=["staff", "-created_at"], name="touch_by_staff"),
            # Reader: the open API's list by due time; what is planned together lies together.
            BrinIndex(fields=["due_at"], name="touch_by_due_at", autosummarize=True),
            # Reader: what one code, journey or alert sent, and how it ended.
            models.Index(fields=["origin_kind", "origin_id"], name="touch_by_origin"),
        )
        constraints = (
            # Not `unique=True`, which would bring an index for prefixes that nobody reads.
            models.UniqueConstraint(fields=["key"], name="touch_key_is_unique"),
            models.CheckConstraint(
                condition=models.Q(lane__in=["W", "M", "T", "G", "P", "S", "F"]),
                name="touch_lane_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    purpose__in=["knowledge", "service", "care", "activity", "promotion"]
                ),
                name="touch_purpose_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "planned",
                        "queued",
                        "dispatched",
                        "confirmed",
                        "delivered",
                        "refused",
                        "suppressed",
                        "expired",
                        "cancelled",
                        "unknown",
                    ]
                ),
                name="touch_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=[10, 20, 30, 40]),
                name="touch_priority_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("due_at")),
                name="touch_is_valid_for_some_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["queued", "dispatched"], dispatch=None),
                name="touch_on_its_way_has_a_dispatch",
            ),
        )

    def __str__(self) -> str:
        return f"{self.lane} {self.title}"
