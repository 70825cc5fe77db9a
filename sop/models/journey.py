"""Journeys (旅程) and their immutable versions (版本)."""

from django.db import models
from django.db.models.functions import Now

from common.ids import uuid7
from org.models import User


class Journey(models.Model):
    """A journey (旅程 SOP): what operators draft, publish, pause and end.

    `salt` makes its lots (control group, experiments) its own; it never changes. `current` is the
    version that lets customers in; runs stay pinned to the version they entered by. `scan_after` is
    the customer after whom today's scan goes on; when it is through, `scanned_on` is today.
    `draft_position` is which of the draft's revisions the draft is; `draft_edits` counts every
    change of it, undone ones too: who changes it names the count they saw.
    """

    class Subject(models.TextChoices):
        CUSTOMER = "customer", "客户SOP"
        GROUP = "group", "群SOP"
        MOMENT = "moment", "朋友圈SOP"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        LIVE = "live", "运行中"
        PAUSED = "paused", "已暂停"
        ARCHIVED = "archived", "已归档"

    uid = models.UUIDField("编号", default=uuid7, unique=True, editable=False)
    code = models.CharField("代号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=64)
    subject_kind = models.CharField(
        "对象", max_length=16, choices=Subject.choices, default=Subject.CUSTOMER
    )
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.DRAFT)
    draft = models.JSONField("草稿", default=dict)
    draft_position = models.PositiveIntegerField("草稿位置", default=0)
    draft_edits = models.PositiveIntegerField("草稿编辑次数", default=0)
    drafted_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="最后编辑人",
    )
    owner = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="负责人",
    )
    salt = models.CharField("抽签盐", max_length=32, editable=False)
    current = models.ForeignKey(
        "JourneyVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="当前版本",
    )
    scanned_on = models.DateField("最近扫描日", null=True, blank=True)
    scan_after = models.BigIntegerField("扫描断点", default=0)
    created_at = models.DateTimeField("创建时间", db_default=Now())
    changed_at = models.DateTimeField("修改时间", db_default=Now())

    class Meta:
        verbose_name = "旅程"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(subject_kind__in=["customer", "group", "moment"]),
                name="journey_subject_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "live", "paused", "archived"]),
                name="journey_state_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["live", "paused"], current=None),
                name="journey_that_runs_has_a_version",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class JourneyVersion(models.Model):
    """A published program (旅程版本): never changed, which a trigger enforces."""

    journey = models.ForeignKey(
        Journey, models.PROTECT, related_name="versions", verbose_name="旅程"
    )
    number = models.PositiveIntegerField("版本号")
    program = models.JSONField("程序")
    checksum = models.CharField("校验和", max_length=64)
    published_at = models.DateTimeField("发布时间")
    published_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name="发布人",
    )

    class Meta:
        verbose_name = "旅程版本"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("journey", "number", name="version_number_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.journey_id} v{self.number}"
