"""Answers of the open API that a repeated request gets again (接口幂等记录)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from org.models.user import User


class ApiAnswer(models.Model):
    """What a change by the open API answered, under the caller's own key (接口幂等记录).

    Without a status the change is under way, or its process died. Kept for a day. `request_digest`
    says what was asked: a key is good for one request.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="+", db_index=False, verbose_name=_("账号")
    )
    key = models.CharField(_("幂等键"), max_length=128)
    request_digest = models.CharField(_("请求摘要"), max_length=64)
    begun_at = models.DateTimeField(_("开始时间"))
    status = models.PositiveSmallIntegerField(_("状态码"), null=True, blank=True)
    body = models.JSONField(_("回答"), null=True, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("接口幂等记录")
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the clean-up, whatever is older than a day.
            models.Index(fields=["begun_at"], name="api_answer_by_age"),
        )
        constraints = (
            # Also the reader's index: a repeated request.
            models.UniqueConstraint("user", "key", name="api_answer_is_one_a_key"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
