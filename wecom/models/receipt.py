"""A callback as it was received: the inbox of the house."""

from typing import Final

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from common.fields import EncryptedBytesField
from wecom.models.corp import App, Corp

# Where `body` is kept, for SQL that seals and opens it without the ORM.
BODY_PLACE: Final = "wecom.CallbackReceipt.body"


class ReceiptState(models.TextChoices):
    """Where a receipt stands (处理状态)."""

    NEW = "new", "待处理"
    DONE = "done", "已处理"
    IGNORED = "ignored", "已忽略"
    DEAD = "dead", "已搁置"


class WelcomeState(models.TextChoices):
    """Where a receipt's welcome code stands (欢迎语状态)."""

    NONE = "none", "无"
    NEW = "new", "待发送"
    DONE = "done", "已安排"
    EXPIRED = "expired", "已过期"


class CallbackReceipt(models.Model):
    """One genuine callback (回调凭据): kept before anything is done about it.

    WeCom delivers up to three times with the same plain text, so the SHA-256 of the decrypted XML
    makes them one row. `subject_id` is the customer, group or member whose callbacks are taken in
    order ('' = no order); `attempts` counts claims and is also their fence. `lease_until` is the
    end of a claim by the database's clock; `next_attempt_at` the end of a back-off, business time.

    Source: wecom-api §25, reliability §3.1.
    """

    corp = models.ForeignKey(Corp, models.PROTECT, verbose_name="企业", db_index=False)
    app = models.ForeignKey(App, models.PROTECT, verbose_name="应用", db_index=False)
    digest = models.BinaryField("摘要", max_length=32)
    body = EncryptedBytesField("明文 XML")
    event_kind = models.TextField("事件")
    subject_id = models.TextField("对象 ID", blank=True, default="")
    event_at = models.DateTimeField("发生时间")
    received_at = models.DateTimeField("收到时间")
    is_late = models.BooleanField("迟到", default=False)
    welcome_state = models.TextField("欢迎语状态", choices=WelcomeState, default=WelcomeState.NONE)
    welcome_deadline_at = models.DateTimeField("欢迎语截止", null=True)
    state = models.TextField("状态", choices=ReceiptState, default=ReceiptState.NEW)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次处理时间")
    lease_until = models.DateTimeField("占用至", null=True)
    last_error = models.TextField("最近错误", blank=True, default="")
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "回调凭据"
        constraints = (
            # Writer: receive_callback, ON CONFLICT DO NOTHING.
            models.UniqueConstraint(
                fields=["corp", "app", "digest"], name="wecom_receipt_digest_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ReceiptState.values), name="wecom_receipt_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(welcome_state__in=WelcomeState.values),
                name="wecom_receipt_welcome_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(welcome_state=WelcomeState.NONE)
                | models.Q(welcome_deadline_at__isnull=False),
                name="wecom_receipt_welcome_has_deadline",
            ),
        )
        indexes = (
            # Reader: claims.pending_receipts, oldest first; the gauge of the oldest waiting one.
            models.Index(
                fields=["id"], condition=models.Q(state="new"), name="wecom_receipt_new_by_id"
            ),
            # Reader: claims.pending_receipts, "is another one of this subject in work?".
            models.Index(
                fields=["corp", "subject_id", "next_attempt_at"],
                condition=models.Q(state="new"),
                name="wecom_receipt_new_by_subject",
            ),
            # Readers: claims.claim_welcomes, claims.expire_welcomes.
            models.Index(
                fields=["welcome_deadline_at"],
                condition=models.Q(welcome_state="new"),
                name="wecom_receipt_welcome_new",
            ),
            # Reader: the operators' list of dead receipts, newest first.
            models.Index(
                fields=["-received_at"],
                condition=models.Q(state="dead"),
                name="wecom_receipt_dead",
            ),
            # Reader: receipts.prune_receipts, by age.
            BrinIndex(fields=["received_at"], name="wecom_receipt_received_brin"),
        )

    def __str__(self) -> str:
        return f"{self.pk}:{self.event_kind}"
