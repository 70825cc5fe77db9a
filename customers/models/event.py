"""The event ledger (行为账本) and the queue in front of the dispatcher."""

from typing import Final

from django.db import models
from django.db.models.functions import Now

from customers.models.customer import Customer
from customers.models.identity import Identity
from org.models import Staff

# Advisory locks on numbers of events, in a range of their own.
RECORDING_LOCKS: Final = 7_302 << 48


class Event(models.Model):
    """One thing that happened to a customer (行为/动态): append-only, partitioned by month.

    `identity` is the anchor: a customer's timeline is the events of their identities. `customer` is
    who that identity belonged to when the event was recorded and is not rewritten by merges.
    The table is made by hand-written SQL; nothing has a foreign key to it.
    """

    pk = models.CompositePrimaryKey("id", "occurred_at")
    id = models.BigIntegerField("编号")
    occurred_at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")
    type = models.CharField("类型", max_length=40)
    key = models.CharField("去重键", max_length=200)
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="客户",
    )
    identity = models.ForeignKey(
        Identity,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="events",
        verbose_name="身份",
    )
    staff = models.ForeignKey(
        Staff,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="员工",
    )
    source = models.CharField("来源", max_length=32)
    depth = models.PositiveSmallIntegerField("派生层数", default=0)
    payload = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = "行为"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the timeline of a customer, through their identities; counting by type.
            models.Index(fields=["identity", "-occurred_at"], name="event_by_identity"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.occurred_at:%Y-%m-%d %H:%M:%S}"


class EventKey(models.Model):
    """The unique keys of events (行为去重): a partitioned table cannot hold its own.

    128 bits of SHA-256 over the text key keep the index narrow.
    """

    digest = models.UUIDField("摘要", primary_key=True)

    class Meta:
        verbose_name = "行为去重键"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return str(self.digest)


class QueuedEvent(models.Model):
    """An event that the dispatcher has not yet worked in (待处理行为): narrow, deleted when done.

    `shard` is fixed when the row is written, `customer_id` modulo 16; one advisory lock a shard
    keeps one customer's events in order.
    """

    event_id = models.BigIntegerField("行为编号")
    occurred_at = models.DateTimeField("发生时间")
    customer_id = models.BigIntegerField("客户编号")
    shard = models.PositiveSmallIntegerField("分片")
    queued_at = models.DateTimeField("入队时间", db_default=Now())
    attempts = models.PositiveSmallIntegerField("尝试次数", db_default=0)
    parked_at = models.DateTimeField("搁置时间", null=True, blank=True)
    retry_at = models.DateTimeField("重试时间", null=True, blank=True)
    error = models.CharField("错误", max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = "待处理行为"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: the dispatcher, next batch of a shard in order.
            models.Index(
                fields=["shard", "id"], name="queue_waiting", condition=models.Q(parked_at=None)
            ),
            # Reader: the dispatcher, whose customers wait for another try.
            models.Index(
                fields=["shard", "retry_at"],
                name="queue_retrying",
                condition=models.Q(retry_at__isnull=False, parked_at=None),
            ),
            # Reader: a merge, which moves the waiting events of a customer.
            models.Index(fields=["customer_id"], name="queue_by_customer"),
            # Reader: a rebuild, which leaves out what still waits.
            models.Index(fields=["event_id"], name="queue_by_event"),
        )

    def __str__(self) -> str:
        return f"#{self.event_id}"
