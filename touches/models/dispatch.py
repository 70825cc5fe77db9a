"""Dispatches (发送): one API call each."""

from django.db import models
from django.db.models.functions import Now

from common.ids import uuid7
from wecom.models import App, Corp


class Dispatch(models.Model):
    """One call to WeCom and what became of it (发送): the outbox row of the send protocol.

    pending → sending (a lease and a fencing token) → done | refused | unknown | dead | cancelled |
    expired. `payload` is the request body frozen when it was planned: a repetition sends the same
    bytes. `available_at` and `deadline_at` are business time; `lease_until`, `settle_until` and
    `first_sent_at` are the database's clock, which no host's wrong clock can shorten.
    `ambiguous_rounds` counts the tries that may have been executed: while it is 0, none was.
    """

    class Kind(models.TextChoices):
        WELCOME = "welcome", "欢迎语"
        STAFF_MESSAGE = "staff_message", "员工消息"
        CARD_UPDATE = "card_update", "更新卡片"
        MARK_TAG = "mark_tag", "打标签"
        REMARK = "remark", "改备注"
        MASS_MESSAGE = "mass_message", "企业群发"
        MASS_CANCEL = "mass_cancel", "停止企业群发"
        MASS_REMIND = "mass_remind", "提醒员工群发"

    class State(models.TextChoices):
        PENDING = "pending", "待发送"
        SENDING = "sending", "发送中"
        DONE = "done", "已完成"
        REFUSED = "refused", "被拒绝"
        UNKNOWN = "unknown", "结果未知"
        DEAD = "dead", "已停止"
        CANCELLED = "cancelled", "已取消"
        EXPIRED = "expired", "已过期"

    id = models.UUIDField("编号", primary_key=True, default=uuid7, editable=False)
    key = models.CharField("去重键", max_length=200, unique=True)
    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    corp = models.ForeignKey(
        Corp, models.PROTECT, related_name="+", db_index=False, verbose_name="企业"
    )
    app = models.ForeignKey(
        App, models.PROTECT, related_name="+", db_index=False, verbose_name="应用"
    )
    payload = models.TextField("请求内容")
    context = models.JSONField("结算所需", default=dict)
    serial_key = models.CharField("串行键", max_length=160, blank=True)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.PENDING)
    available_at = models.DateTimeField("可发送时间")
    deadline_at = models.DateTimeField("最晚发送时间", null=True, blank=True)
    settle_until = models.DateTimeField("静置至", null=True, blank=True)
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    token = models.BigIntegerField("围栏令牌", default=0)
    worker = models.CharField("执行者", max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    ambiguous_rounds = models.PositiveSmallIntegerField("结果不明次数", default=0)
    first_sent_at = models.DateTimeField("首次发送", null=True, blank=True)
    is_cancel_wanted = models.BooleanField("要求取消", default=False)
    wecom_ref = models.CharField("企业微信编号", max_length=128, blank=True)
    response_code = models.CharField("卡片更新码", max_length=128, blank=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)
    created_at = models.DateTimeField("计划于", db_default=Now())
    done_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "发送"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the claim, next due call of a kind. Never joined with the one below in one
            # statement: "pending or lease expired" in one query reads every future row.
            models.Index(
                fields=["kind", "available_at"],
                name="dispatch_pending",
                condition=models.Q(state="pending"),
            ),
            # Reader: the reaper, calls whose worker is gone.
            models.Index(
                fields=["lease_until"],
                name="dispatch_sending",
                condition=models.Q(state="sending"),
            ),
            # Reader: the claim of serialised kinds, "is an older one of this pair still open?".
            models.Index(
                fields=["serial_key", "id"],
                name="dispatch_open_in_series",
                condition=models.Q(state__in=["pending", "sending"]) & ~models.Q(serial_key=""),
            ),
            # Reader: the list of calls that need a person (unknown, dead), newest first.
            models.Index(
                fields=["-created_at"],
                name="dispatch_needs_people",
                condition=models.Q(state__in=["unknown", "dead"]),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "welcome",
                        "staff_message",
                        "card_update",
                        "mark_tag",
                        "remark",
                        "mass_message",
                        "mass_cancel",
                        "mass_remind",
                    ]
                ),
                name="dispatch_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "pending",
                        "sending",
                        "done",
                        "refused",
                        "unknown",
                        "dead",
                        "cancelled",
                        "expired",
                    ]
                ),
                name="dispatch_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sending", lease_until__isnull=False)
                | (~models.Q(state="sending") & models.Q(lease_until=None)),
                name="dispatch_is_leased_while_sending",
            ),
            # The second of two racing claims of one pair loses here, whatever the claim thought.
            models.UniqueConstraint(
                fields=["serial_key"],
                name="one_dispatch_in_flight_a_series",
                condition=models.Q(state="sending") & ~models.Q(serial_key=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
