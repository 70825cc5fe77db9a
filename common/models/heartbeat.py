"""Heartbeats of the processes (心跳)."""

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one process (心跳).

    Readiness and the operations page read these rows, never the broker: a worker whose Redis is
    gone may still be pumping, and one that answers pings may not.
    """

    process = models.CharField("进程", max_length=64, primary_key=True)
    host = models.CharField("主机", max_length=128)
    pid = models.PositiveIntegerField("进程号")
    beaten_at = models.DateTimeField("最近心跳")
    detail = models.JSONField("详情", default=dict)

    class Meta:
        verbose_name = "心跳"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return f"{self.process}@{self.host}"
