"""How fast one member may be written to."""

from django.db import models

from wecom.models import App


class RecipientPace(models.Model):
    """The bucket of messages from one app to one member (收件人节奏), shared by all processes.

    Above 30 a minute WeCom drops a member's app messages without a word (wecom-api §20.3), so the
    rest has to wait on our side. Time is the database's.
    """

    app = models.ForeignKey(App, models.CASCADE, db_index=False, verbose_name="应用")
    userid = models.CharField("成员账号", max_length=64)
    tokens = models.FloatField("余量")
    refilled_at = models.DateTimeField("补充时间")

    class Meta:
        verbose_name = "收件人节奏"
        verbose_name_plural = verbose_name
        constraints = (models.UniqueConstraint("app", "userid", name="one_pace_a_recipient"),)

    def __str__(self) -> str:
        return f"{self.userid} {self.tokens:.0f}"
