"""How the connection to WeCom was checked (连接检查)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from org.models.user import User
from wecom.models import App, Corp


class ConnectionProbe(models.Model):
    """What one step of an app's self-test last found (连接自检结果); one row a step."""

    app = models.ForeignKey(
        App, models.CASCADE, related_name="probes", verbose_name=_("应用"), db_index=False
    )
    step = models.CharField(_("步骤"), max_length=64)
    is_ok = models.BooleanField(_("通过"))
    errcode = models.IntegerField(_("错误码"), null=True, blank=True)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    found_count = models.PositiveIntegerField(_("数量"), default=0)
    checked_at = models.DateTimeField(_("检查时间"))

    class Meta:
        verbose_name = _("连接自检结果")
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: what was found of an app.
            models.UniqueConstraint(fields=["app", "step"], name="one_probe_an_app_and_step"),
        )

    def __str__(self) -> str:
        return f"{self.app_id}:{self.step} {self.is_ok}"


class ConnectionTick(models.Model):
    """That somebody says a point of the checklist is done (清单勾选)."""

    corp = models.ForeignKey(
        Corp, models.CASCADE, related_name="ticks", verbose_name=_("企业"), db_index=False
    )
    item = models.CharField(_("事项"), max_length=32)
    ticked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("勾选人")
    )
    ticked_at = models.DateTimeField(_("勾选时间"))

    class Meta:
        verbose_name = _("连接清单勾选")
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the ticks of a corp.
            models.UniqueConstraint(fields=["corp", "item"], name="one_tick_a_corp_and_item"),
        )

    def __str__(self) -> str:
        return f"{self.corp_id}:{self.item}"
