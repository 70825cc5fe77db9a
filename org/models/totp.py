"""The second step of signing in (两步验证)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from common.fields import EncryptedTextField
from org.models.user import User


class TotpDevice(models.Model):
    """The authenticator of one account (两步验证器): its secret is encrypted, and shown only once.

    It is asked for from `confirmed_at` on. `last_step` is the newest half minute whose code was
    used: a code works once. After too many wrong codes none is looked at until `locked_until`.
    `recovery_digests` are SHA-256 of the recovery codes that are left.
    """

    user = models.OneToOneField(
        User, models.CASCADE, related_name="totp_device", verbose_name="账号"
    )
    secret = EncryptedTextField("密钥")
    created_at = models.DateTimeField("创建时间")
    confirmed_at = models.DateTimeField("启用时间", null=True, blank=True)
    last_step = models.BigIntegerField("最近使用的时间步", default=0)
    failed_count = models.PositiveSmallIntegerField("连续错误", default=0)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)
    recovery_digests = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, verbose_name="恢复码摘要"
    )

    class Meta:
        verbose_name = verbose_name_plural = "两步验证器"

    def __str__(self) -> str:
        return f"totp:{self.user_id}"
