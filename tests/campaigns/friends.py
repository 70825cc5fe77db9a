"""Friends that came by a channel code, some of whom left again."""

from datetime import datetime, timedelta

from campaigns.models import ChannelCode
from customers.models import Customer, Follow
from org.models import Staff
from tests.makers import NOW, make_person


def days_ago(days: float) -> datetime:
    """So many days before now."""
    return NOW - timedelta(days=days)


def bring(
    code: ChannelCode,
    *,
    added_at: datetime = NOW,
    staff: Staff | None = None,
    stayed: timedelta | None = None,
    name: str = "",
) -> Follow:
    """Let the code bring one friend, who deletes the staff member after a while, or stays."""
    person = make_person(corp=code.corp)
    Customer.objects.filter(pk=person.customer_id).update(name=name)
    return Follow.objects.create(
        staff=staff or code.staff.order_by("id")[0],
        identity_id=person.identity_id,
        status="friend" if stayed is None else "customer_deleted",
        is_listed=True,
        state=code.state,
        added_at=added_at,
        customer_deleted_at=None if stayed is None else added_at + stayed,
    )
