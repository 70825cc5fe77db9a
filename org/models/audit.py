"""The audit log (审计日志)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from org.models.user import User


class AuditRow(models.Model):
    """One act that somebody may have to answer for (审计记录): rows are never changed or deleted.

    A trigger refuses every update and delete. `actor` is empty where nobody was signed in (a failed
    sign-in) or the product itself acted; `actor_name` is how they were called then. `subject` says
    what it was done to, as `kind:id` (`customer:UID`, `user:3`, `token:wy_abc`). `detail` never
    holds a secret, a whole phone number or a password.
    """

    class Action(models.TextChoices):
        SIGN_IN = "sign_in", _("登录")
        SIGN_IN_FAILED = "sign_in_failed", _("登录失败")
        SIGN_IN_LOCKED = "sign_in_locked", _("登录锁定")
        SIGN_OUT = "sign_out", _("退出")
        SESSION_ENDED = "session_ended", _("结束会话")
        PASSWORD_CHANGED = "password_changed", _("修改密码")
        TOTP_CHANGED = "totp_changed", _("两步验证变更")
        ACCOUNT_CREATED = "account_created", _("新建账号")
        ACCOUNT_CHANGED = "account_changed", _("修改账号")
        RIGHTS_CHANGED = "rights_changed", _("修改权限")
        REVEAL = "reveal", _("查看手机号")
        EXPORT = "export", _("导出")
        IMPORT = "import", _("导入")
        CUSTOMERS_CHANGED = "customers_changed", _("修改客户")
        JOURNEY_CHANGED = "journey_changed", _("发布或暂停旅程")
        TOUCH_DECIDED = "touch_decided", _("处理触达")
        CODE_CHANGED = "code_changed", _("修改渠道活码")
        CONTENT_CHANGED = "content_changed", _("修改素材")
        TAGS_CHANGED = "tags_changed", _("修改标签组")
        TOKEN_ISSUED = "token_issued", _("发放接口令牌")
        TOKEN_REVOKED = "token_revoked", _("吊销接口令牌")
        CONNECTION_CHANGED = "connection_changed", _("修改企业微信连接")
        BACK_OFFICE = "back_office", _("后台改动")

    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_rows",
        verbose_name=_("操作人"),
    )
    actor_name = models.CharField(_("操作人名称"), max_length=128, blank=True)
    action = models.CharField(_("操作"), max_length=32, choices=Action.choices)
    subject = models.CharField(_("对象"), max_length=200, blank=True)
    detail = models.JSONField(_("详情"), default=dict)
    address = models.GenericIPAddressField(_("IP 地址"), null=True, blank=True)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the audit page, newest first, and its limits of time.
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            # Reader: the audit page of one person.
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            # Reader: the audit page of one kind of act.
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            # Reader: what was done to one customer, account or token.
            models.Index(fields=["subject", "-at"], name="audit_by_subject"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    action__in=[
                        "sign_in",
                        "sign_in_failed",
                        "sign_in_locked",
                        "sign_out",
                        "session_ended",
                        "password_changed",
                        "totp_changed",
                        "account_created",
                        "account_changed",
                        "rights_changed",
                        "reveal",
                        "export",
                        "import",
                        "customers_changed",
                        "journey_changed",
                        "touch_decided",
                        "code_changed",
                        "content_changed",
                        "tags_changed",
                        "token_issued",
                        "token_revoked",
                        "connection_changed",
                        "back_office",
                    ]
                ),
                name="audit_action_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"
