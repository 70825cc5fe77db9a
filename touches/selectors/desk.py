"""What a staff member has to do (我的一天): mass messages to confirm, tasks, what is overdue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from common.clock import local_date
from customers.models import Identity
from org.models import Staff
from touches.errors import UnknownTouch
from touches.models import ContactLedger, MassTask, Touch
from touches.quota import quota_window

# A task that expired within these days can still be done, and says so.
OVERDUE_DAYS: Final = 3
JOURNEY: Final = "journey"


@dataclass(frozen=True, slots=True)
class Task:
    """A one-to-one task (1v1 任务) as its staff member sees it.

    `ready_text` is what to send, empty where the task only says what to do, as `hint` does.
    """

    touch: Touch
    hint: str
    ready_text: str
    facts: tuple[tuple[str, str], ...]
    material_id: int | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class MassLeft:
    """How many mass messages WeCom still lets reach a customer (群发剩余), and until when."""

    count: int
    limit: int
    last_on: date


def open_tasks(*, staff_ids: Collection[int], now: datetime) -> QuerySet[Touch]:
    """Return the one-to-one tasks that are due and wait for their staff, without an order."""
    return Touch.objects.filter(
        staff_id__in=staff_ids,
        lane=Touch.Lane.TASK,
        state__in=[Touch.State.QUEUED, Touch.State.DISPATCHED],
        due_at__lte=now,
        valid_until__gt=now,
        created_at__gt=now - timedelta(days=60),
    )


def overdue_tasks(*, staff_ids: Collection[int], now: datetime) -> QuerySet[Touch]:
    """Return the tasks that expired lately and were never answered, without an order."""
    return Touch.objects.filter(
        staff_id__in=staff_ids,
        lane=Touch.Lane.TASK,
        state__in=[Touch.State.QUEUED, Touch.State.DISPATCHED, Touch.State.EXPIRED],
        valid_until__range=(now - timedelta(days=OVERDUE_DAYS), now),
        created_at__gt=now - timedelta(days=60),
    )


def open_mass_tasks(*, staff_ids: Collection[int], now: datetime) -> QuerySet[MassTask]:
    """Return the mass messages that wait for a tap of their staff, without an order."""
    return MassTask.objects.filter(
        staff_id__in=staff_ids,
        state=MassTask.State.OPEN,
        valid_until__gt=now,
        created_at__gt=now - timedelta(days=60),
    )


def tasks_of(
    *, staff: Staff, now: datetime, customer_id: int | None = None, limit: int = 60
) -> list[Task]:
    """Return a staff member's tasks, the most urgent first, those that are overdue last.

    Args:
        customer_id: Only about this customer.
    """
    narrowed = {} if customer_id is None else {"identity__customer_id": customer_id}
    rows: list[Touch] = []
    for found in (open_tasks, overdue_tasks):
        touches = found(staff_ids=[staff.pk], now=now).filter(**narrowed)
        ordered = touches.select_related("identity__customer", "staff").order_by(
            "priority", "valid_until", "id"
        )
        rows += ordered[: limit - len(rows)]
    return [read_task(touch, now=now) for touch in rows]


def access_task(*, staff: Staff, customer_id: int, uid: UUID) -> Touch:
    """Return one task of a staff member about one customer.

    Raises:
        UnknownTouch: there is none; or it is another member's, or about somebody else.
    """
    touch = (
        Touch.objects.filter(
            uid=uid, staff=staff, lane=Touch.Lane.TASK, identity__customer_id=customer_id
        )
        .select_related("staff")
        .first()
    )
    if touch is None:
        raise UnknownTouch(str(uid))
    return touch


def read_task(touch: Touch, *, now: datetime) -> Task:
    """Return a task with its content read: of a journey it is the text to send, else a hint."""
    content = touch.content if isinstance(touch.content, dict) else {}
    body = str(content.get("body") or "")
    material = content.get("material_id")
    is_text = touch.origin_kind == JOURNEY
    return Task(
        touch=touch,
        hint="" if is_text else body,
        ready_text=body if is_text else "",
        facts=tuple(
            (str(fact[0]), str(fact[1])) for fact in content.get("facts") or () if len(fact) > 1
        ),
        material_id=material if isinstance(material, int) else None,
        is_overdue=touch.valid_until <= now,
    )


def mass_left(*, identity: Identity, staff: Staff, now: datetime) -> MassLeft:
    """Return how many mass messages WeCom lets this customer still receive (接收额度剩余).

    Counted as the planner counts: places reserved and spent in the window of the corp's rule.
    """
    window = quota_window(staff.corp.mass_quota, local_date(now))
    taken = (
        ContactLedger.objects.filter(
            identity=identity, lane=Touch.Lane.MASS, counted_on__range=(window.first, window.last)
        )
        .exclude(state=ContactLedger.State.RELEASED)
        .count()
    )
    return MassLeft(max(window.limit - taken, 0), window.limit, window.last)


def mass_tasks_of(*, staff: Staff, now: datetime) -> Sequence[MassTask]:
    """Return the mass messages that wait for a staff member's tap, the soonest to end first."""
    return list(open_mass_tasks(staff_ids=[staff.pk], now=now).order_by("valid_until", "id")[:20])
