"""Long work with progress (任务), and the files it leaves."""

from django.db import models

from org.models.user import User


class Job(models.Model):
    """Long work whose progress people watch (任务): a synchronisation, an import, a rebuild.

    `plan` is what the whole work consists of, written once a stage; `cursor` is where the next
    slice goes on, so a killed worker loses nothing. `lease_token` grows with every lease: whoever
    writes progress names the one it holds, so an overtaken worker writes nothing. `started_by` is
    who asked for it; work that the product begins itself has nobody.
    """

    class State(models.TextChoices):
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("类型", max_length=40)
    subject = models.CharField("对象", max_length=64, default="", blank=True)
    title = models.CharField("标题", max_length=128)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.RUNNING)
    done_count = models.PositiveIntegerField("已处理", default=0)
    total_count = models.PositiveIntegerField("总数", null=True, blank=True)
    plan = models.JSONField("计划", default=dict, blank=True)
    cursor = models.JSONField("断点", default=dict)
    result = models.JSONField("结果", default=dict)
    error = models.CharField("错误", max_length=500, blank=True)
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    lease_token = models.PositiveIntegerField("占用序号", default=0)
    started_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="jobs",
        verbose_name="发起人",
    )
    created_at = models.DateTimeField("创建时间")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "任务"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the worker that takes the next running job.
            models.Index(fields=["id"], name="job_running", condition=models.Q(state="running")),
            # Reader: what somebody has started, newest first.
            models.Index(
                fields=["started_by", "-id"],
                name="job_by_starter",
                condition=models.Q(started_by__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["running", "done", "failed", "cancelled"]),
                name="job_state_is_known",
            ),
            # One job of a kind runs at a time for one subject (a corp).
            models.UniqueConstraint(
                fields=["kind", "subject"],
                name="one_running_job_a_kind",
                condition=models.Q(state="running"),
            ),
        )

    def __str__(self) -> str:
        return self.title


class JobFile(models.Model):
    """A file that a job made (任务文件), kept a while to be fetched; a large result has several."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="files", verbose_name="任务")
    number = models.PositiveIntegerField("序号")
    name = models.CharField("文件名", max_length=120)
    content = models.BinaryField("内容")
    created_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = "任务文件"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: jobs.prune_files, those that have lain long enough.
            models.Index(fields=["created_at"], name="job_file_by_age"),
        )
        constraints = (models.UniqueConstraint("job", "number", name="job_file_number_is_unique"),)

    def __str__(self) -> str:
        return self.name
