"""Visits (阅读)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from content.models.link import TrackedLink
from customers.models import Identity


class Visit(models.Model):
    """One opening of a tracked link (一次阅读): who, how long, how far.

    `identity` is set for a customer that WeCom named; strangers keep a keyed hash of their openid.
    `total_seconds` is what the page counted, bounded by the wall clock; `recorded_seconds` is how
    much of it already stands in the ledger.
    """

    class Reader(models.TextChoices):
        CUSTOMER = "customer", "客户"
        STRANGER = "stranger", "陌生人"
        MEMBER = "member", "成员"
        UNKNOWN = "unknown", "未知"

    uuid = models.UUIDField("阅读编号", unique=True)
    link = models.ForeignKey(
        TrackedLink, models.CASCADE, related_name="visits", verbose_name="链接"
    )
    reader = models.CharField("读者", max_length=16, choices=Reader.choices, default=Reader.UNKNOWN)
    identity = models.ForeignKey(
        Identity,
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="visits",
        verbose_name="读者身份",
    )
    openid_digest = models.CharField("openid 摘要", max_length=64, blank=True)
    agent_family = models.CharField("客户端", max_length=16, blank=True)
    is_suspect = models.BooleanField("疑似机器", default=False)
    opened_at = models.DateTimeField("打开时间")
    seen_at = models.DateTimeField("最近心跳")
    total_seconds = models.PositiveIntegerField("停留秒数", default=0)
    recorded_seconds = models.PositiveIntegerField("已记录秒数", default=0)
    max_depth_percent = models.PositiveSmallIntegerField("最深百分比", default=0)
    last_beacon_seq = models.PositiveIntegerField("最近信标序号", default=0)
    completed_at = models.DateTimeField("读完时间", null=True, blank=True)

    class Meta:
        verbose_name = "阅读"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: what a customer read, through their identities; opens within 24 hours.
            models.Index(
                fields=["identity", "-opened_at"],
                name="visit_by_identity",
                condition=models.Q(identity__isnull=False),
            ),
            # Reader: the closer, silent visits whose last seconds are not yet in the ledger.
            models.Index(
                fields=["seen_at"],
                name="visit_unrecorded",
                condition=models.Q(
                    identity__isnull=False, total_seconds__gt=models.F("recorded_seconds")
                ),
            ),
            # Reader: visits.prune_visits, those of nobody by age.
            models.Index(
                fields=["opened_at"],
                name="visit_of_nobody_by_age",
                condition=models.Q(identity__isnull=True),
            ),
            # Reader: visits.prune_visits, the others, which are kept far longer.
            BrinIndex(fields=["opened_at"], name="visit_opened_brin"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(reader__in=["customer", "stranger", "member", "unknown"]),
                name="visit_reader_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reader="customer", identity__isnull=False, is_suspect=False)
                | (~models.Q(reader="customer") & models.Q(identity__isnull=True)),
                name="visit_of_a_customer_has_an_identity",
            ),
            models.CheckConstraint(
                condition=models.Q(recorded_seconds__lte=models.F("total_seconds")),
                name="visit_records_no_more_than_it_counted",
            ),
            models.CheckConstraint(
                condition=models.Q(max_depth_percent__lte=100), name="visit_depth_is_a_percentage"
            ),
        )

    def __str__(self) -> str:
        return str(self.uuid)
