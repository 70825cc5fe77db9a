"""Customers as a viewer may see them (数据权限)."""

from collections.abc import Collection, Iterable
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from common import sql
from common.lookups import any_of
from customers.errors import UnknownCustomer
from customers.models import Customer, Follow, Identity
from customers.selectors.grams import holds
from org.models import User
from org.selectors.scope import visible_staff_ids

M = TypeVar("M", bound=Model)


def customers_visible_to(viewer: User) -> QuerySet[Customer]:
    """Return the living customers in the viewer's data scope, without an order.

    Admins and operators see the whole company; managers the customers of the staff in the
    departments they lead; staff their own, whatever became of the relation.
    """
    living = Customer.objects.filter(merged_into=None)
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is None:
        return living
    followed = Follow.objects.filter(staff_id__in=staff_ids).values("identity__customer_id")
    return living.filter(id__in=followed)


def of_visible_customers(rows: QuerySet[M], viewer: User) -> QuerySet[M]:
    """Keep the rows whose `identity` belongs to a customer in the viewer's data scope.

    For lists of what hangs on identities: runs, touches.
    """
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is None:
        return rows
    followed = Follow.objects.filter(staff_id__in=staff_ids).values("identity__customer_id")
    identities = Identity.objects.filter(customer_id__in=followed)
    return rows.filter(any_of("identity_id", identities.values("id")))


def named_like(customers: QuerySet[Customer], part: str) -> QuerySet[Customer]:
    """Keep the customers whose name holds this text, in small or capital letters."""
    return customers.filter(holds(part, grams="name_bigrams", text="name"))


def access_customer(*, viewer: User, uid: UUID) -> Customer:
    """Return one customer for a request: the only way from a request to a customer.

    An old uid of a customer that was merged away resolves to the survivor.

    Raises:
        UnknownCustomer: there is none, or it is outside the viewer's scope; the two look alike.
    """
    customer_id = living_customer_id(uid)
    customer = customers_visible_to(viewer).filter(id=customer_id).select_related("profile").first()
    if customer is None:
        raise UnknownCustomer(str(uid))
    return customer


def living_customer_id(uid: UUID) -> int:
    """Return whom a uid stands for now: the survivor, where it was merged away.

    Raises:
        UnknownCustomer: there was never such a uid.
    """
    found: int | None = sql.fetch_value(
        """WITH RECURSIVE trail AS (
               SELECT id, merged_into_id FROM customers_customer WHERE uid = %s
               UNION ALL
               SELECT next.id, next.merged_into_id FROM customers_customer next
                 JOIN trail ON next.id = trail.merged_into_id)
           SELECT id FROM trail WHERE merged_into_id IS NULL""",
        [uid],
    )
    if found is None:
        raise UnknownCustomer(str(uid))
    return found


def uids_of_customers(customer_ids: Iterable[int]) -> dict[int, UUID]:
    """Return the uids of customers by their numbers; says nothing of scope."""
    wanted = set(customer_ids)
    rows = Customer.objects.filter(id__in=wanted) if wanted else Customer.objects.none()
    return dict(rows.values_list("id", "uid"))


def identities_known_by(uid: UUID) -> list[int]:
    """Return the identities of whom a uid stands for now; nobody's are none.

    Says nothing of scope: it narrows lists that are scoped already.
    """
    try:
        customer_id = living_customer_id(uid)
    except UnknownCustomer:
        return []
    return list(Identity.objects.filter(customer_id=customer_id).values_list("id", flat=True))


def names_of(viewer: User, uids: Collection[str]) -> dict[str, str]:
    """Return the names of customers by their unified ID, of those the viewer may see."""
    if not uids:
        return {}
    found = customers_visible_to(viewer).filter(uid__in=uids).values_list("uid", "name")
    return {str(uid): name for uid, name in found if name}
