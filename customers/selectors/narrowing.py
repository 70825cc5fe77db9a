"""What a list of customers may be narrowed by (筛选条件): each a function from a query to a query.

The conditions stay plain enough for the planner to choose, by how many customers they leave,
between walking the list from its first row and looking the few up by an index.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from common import secrets
from common.clock import SHANGHAI
from customers.identifiers import PHONE
from customers.mobiles import SHORTEST_TAIL, mark_of
from customers.models import Customer, Follow, Identity, TagAssignment
from customers.models.profile import NEVER, hour_of
from customers.selectors.customers import named_like
from customers.selectors.grams import grams_of, holds

Customers: TypeAlias = QuerySet[Customer]
_UID_CHARACTERS: Final = 32
_EXTERNAL_PREFIXES: Final = ("wm", "wo")


def in_stages(customers: Customers, stages: Collection[str]) -> Customers:
    """Keep those at one of these stages of the life cycle."""
    return customers.filter(profile__stage__in=stages)


def of_relation(customers: Customers, relation: str) -> Customers:
    """Keep friends, lost ones, or those who never were friends."""
    return customers.filter(profile__relation=relation)


def friends_of(customers: Customers, staff_id: int) -> Customers:
    """Keep those who are friends of a staff member now."""
    friends = Follow.objects.filter(
        identity__customer=OuterRef("pk"), staff_id=staff_id, status=Follow.Status.FRIEND
    )
    return customers.filter(Exists(friends))


def tagged(customers: Customers, tag_id: int) -> Customers:
    """Keep those who carry a tag, whoever of the staff gave it."""
    carried = TagAssignment.objects.filter(identity__customer=OuterRef("pk"), tag_id=tag_id)
    return customers.filter(Exists(carried))


def by_channel(customers: Customers, state: str) -> Customers:
    """Keep those whom a channel code brought, by its state."""
    brought = Follow.objects.exclude(state="").filter(
        identity__customer=OuterRef("pk"), state=state
    )
    return customers.filter(Exists(brought))


def active_since(customers: Customers, moment: datetime) -> Customers:
    """Keep those who did something themselves since a moment, or earlier in its hour."""
    return customers.filter(profile__active_hour__gte=hour_of(Value(moment)))


def idle_since(customers: Customers, moment: datetime) -> Customers:
    """Keep all others of those who were there before a moment."""
    silent = customers.filter(profile__active_hour__lt=hour_of(Value(moment)))
    return added(silent, until=moment)


def added(
    customers: Customers, *, since: datetime | None = None, until: datetime | None = None
) -> Customers:
    """Keep those who first became friends in a stretch of time, `until` left out.

    Speaks of the index's own expression, so the list is entered where the stretch begins.
    """
    if since is None and until is None:
        return customers
    dated = customers.alias(first_added=Coalesce("profile__first_added_at", NEVER))
    dated = dated.filter(first_added__gte=since) if since else dated.exclude(first_added=NEVER)
    return dated.filter(first_added__lt=until) if until else dated


def spent(
    customers: Customers, *, least_fen: int | None = None, most_fen: int | None = None
) -> Customers:
    """Keep those whose net spending lies between two amounts, both included."""
    if least_fen is not None:
        customers = customers.filter(profile__order_amount_fen__gte=least_fen)
    if most_fen is not None:
        customers = customers.filter(profile__order_amount_fen__lte=most_fen)
    return customers


def day_begins(day: date) -> datetime:
    """Return the first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def day_ends(day: date) -> datetime:
    """Return the first moment after a day in Asia/Shanghai."""
    return day_begins(day + timedelta(days=1))


def ways_to_find(customers: Customers, words: str) -> list[Customers]:
    """Return the ways in which typed words may mean a customer, each a query of its own.

    Part of the name, part of a remark, the last digits of a phone (four or more) or all of it, a
    uid, an external_userid. One condition of several tables would leave the planner nothing but a
    walk over everybody; each of these it plans well, and a page is made of their first rows.
    """
    words = words.strip()
    if not words:
        return [customers]
    uid = _uid(words)
    if uid is not None:
        return [customers.filter(uid=uid)]
    ways = [named_like(customers, words), _remarked(customers, words)]
    if words.isascii() and words.isdigit() and len(words) >= SHORTEST_TAIL:
        ways += [_with_mobile(customers, words), _with_phone(customers, words)]
    if words.startswith(_EXTERNAL_PREFIXES) and words.isascii():
        named = Identity.objects.filter(value=words, namespace__startswith="wecom:")
        ways.append(customers.filter(id__in=named.values("customer_id")))
    return ways


def found_by(customers: Customers, words: str) -> Customers:
    """Return all whom words may mean, as one query: for counting and for long work."""
    ways = ways_to_find(customers, words)
    if len(ways) == 1:
        return ways[0]
    either = Q()
    for way in ways:
        either |= Q(id__in=way.order_by().values("id"))
    return customers.filter(either)


def _remarked(customers: Customers, words: str) -> Customers:
    remarks = Follow.objects.alias(grams=grams_of(F("remark"))).exclude(remark="")
    held = remarks.filter(
        holds(words, grams="grams", text="remark"), identity__customer=OuterRef("pk")
    )
    return customers.filter(Exists(held))


def _with_mobile(customers: Customers, digits: str) -> Customers:
    held = Follow.objects.exclude(mobile_marks=[]).filter(
        identity__customer=OuterRef("pk"), mobile_marks__contains=[mark_of(digits)]
    )
    return customers.filter(Exists(held))


def _with_phone(customers: Customers, digits: str) -> Customers:
    """Keep whom others have told us by this phone, all of it."""
    value = secrets.keyed_hash(digits, purpose=PHONE)
    known = Identity.objects.filter(namespace=PHONE, value=value)
    return customers.filter(id__in=known.values("customer_id"))


def _uid(words: str) -> UUID | None:
    if len(words.replace("-", "")) != _UID_CHARACTERS:
        return None
    try:
        return UUID(words)
    except ValueError:
        return None
