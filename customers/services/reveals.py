"""Showing whole phone numbers (查看手机号): each time is written down."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer
from customers.selectors.portrait import portrait_of, whole_mobiles
from org.models import AuditRow, User
from org.services.audit import record_audit


def reveal_mobiles(
    *, customer: Customer, user: User, now: datetime, address: str | None = None
) -> tuple[str, ...]:
    """Return the phones of a customer as they are (查看完整手机号); audited. One transaction.

    Args:
        customer: Already accessed through `access_customer`.
        user: Who has the right to see them.
    """
    with transaction.atomic():
        numbers = whole_mobiles(portrait_of(customer))
        record_audit(
            actor=user,
            action=AuditRow.Action.REVEAL,
            subject=f"customer:{customer.uid}",
            detail={"count": len(numbers)},
            now=now,
            address=address,
        )
    return numbers
