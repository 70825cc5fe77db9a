"""The effect log (发送日志): every state change of dispatches and touches."""

from django.db import models
from django.db.models.functions import Now

from touches.models.dispatch import Dispatch
from touches.models.touch import Touch


class EffectLog(models.Model):
    """One state change, with who did it and under which fencing token (发送日志).

    Rows are never changed, which a trigger enforces: this is the history that the crash tests'
    oracle and anyone who asks "what happened to this message?" read.
    """

    dispatch = models.ForeignKey(
        Dispatch,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="effects",
        verbose_name="发送",
    )
    touch = models.ForeignKey(
        Touch,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="effects",
        verbose_name="触达",
    )
    from_state = models.CharField("从", max_length=16, blank=True)
    to_state = models.CharField("到", max_length=16)
    actor = models.CharField("执行者", max_length=80)
    token = models.BigIntegerField("围栏令牌", default=0)
    detail = models.CharField("说明", max_length=300, blank=True)
    logged_at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "发送日志"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the history of one call.
            models.Index(
                fields=["dispatch"], name="effect_by_dispatch", condition=~models.Q(dispatch=None)
            ),
            # Reader: the history of one touch.
            models.Index(fields=["touch"], name="effect_by_touch", condition=~models.Q(touch=None)),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(dispatch__isnull=False) | models.Q(touch__isnull=False),
                name="effect_is_about_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
