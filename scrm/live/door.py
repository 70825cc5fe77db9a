"""Who may follow what (准入): asked when a stream opens, and again of every open one.

Runs in threads with a database connection that is closed when the question is answered; a semaphore
keeps a thousand pages that come back at once from asking all together.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest
from django.utils import translation

from customers.errors import UnknownCustomer
from customers.selectors.customers import access_customer, customers_visible_to
from org.models import User
from org.permissions import Permission
from org.selectors.rights import permissions_of

logger = logging.getLogger(__name__)

ASKING_AT_ONCE: Final = 4
_FOLLOWS_CUSTOMERS: Final = frozenset({Permission.CUSTOMERS_VIEW, Permission.WORKBENCH_USE})
_sessions: Final = import_module(settings.SESSION_ENGINE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request brings: its session, its languages, and the customer it wants to follow."""

    session_key: str
    accept_language: str = ""
    language_cookie: str = ""
    customer_uid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was granted: a customer, the alerts of a staff member, or both."""

    wish: Wish
    user_id: int
    customer_id: int | None
    staff_id: int | None
    language: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was granted, as an HTTP status; a customer out of sight looks like none."""

    status: int


class Door:
    """Threads that ask the database, a few at a time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(ASKING_AT_ONCE, thread_name_prefix="live-door")
        self._semaphore = asyncio.Semaphore(ASKING_AT_ONCE)

    async def ask(self, work: Callable[[], T]) -> T:
        """Do some work with the database in a thread; no connection is left behind."""
        async with self._semaphore:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _and_close, work)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)


@dataclass(frozen=True, slots=True)
class _Person:
    """Who asks: the account, whether they may follow customers, whose alerts they get."""

    user: User
    may_follow: bool
    staff_id: int | None


def admit(wish: Wish) -> Ticket | Refusal:
    """Say who asks and what they may follow.

    Everything is read anew: the session, the account, its rights, its data scope.
    """
    request = _request(wish)
    person = _person(request)
    if person is None:
        return Refusal(401)
    customer_id = None
    if wish.customer_uid is not None:
        if not person.may_follow:
            return Refusal(403)
        try:
            customer_id = access_customer(viewer=person.user, uid=wish.customer_uid).pk
        except UnknownCustomer:
            return Refusal(404)
    elif person.staff_id is None:
        return Refusal(403)
    return Ticket(
        wish=wish,
        user_id=person.user.pk,
        customer_id=customer_id,
        staff_id=person.staff_id,
        language=translation.get_language_from_request(request),
    )


def no_longer_admitted(tickets: Sequence[Ticket]) -> list[bool]:
    """Say of each ticket whether it would be refused now, or granted for something else.

    Whoever has many pages open is looked up once; their customers, in one statement.
    """
    wishes = {ticket.wish.session_key: ticket.wish for ticket in tickets}
    people = {key: _person(_request(wish)) for key, wish in wishes.items()}
    followed: dict[str, set[int]] = defaultdict(set)
    for ticket in tickets:
        if ticket.customer_id is not None:
            followed[ticket.wish.session_key].add(ticket.customer_id)
    seen = {
        key: set(
            customers_visible_to(person.user)
            .filter(id__in=followed[key])
            .values_list("id", flat=True)
        )
        for key, person in people.items()
        if person is not None and person.may_follow and followed[key]
    }
    keys = [ticket.wish.session_key for ticket in tickets]
    return [
        _has_changed(ticket, people[key], seen.get(key, set()))
        for ticket, key in zip(tickets, keys, strict=True)
    ]


def _has_changed(ticket: Ticket, person: _Person | None, seen: Collection[int]) -> bool:
    return (
        person is None
        or person.user.pk != ticket.user_id
        or person.staff_id != ticket.staff_id
        or (ticket.customer_id is not None and ticket.customer_id not in seen)
    )


def _person(request: HttpRequest) -> _Person | None:
    user = get_user(request)
    if not isinstance(user, User):
        return None
    rights = permissions_of(user)
    return _Person(
        user=user,
        may_follow=bool(rights & _FOLLOWS_CUSTOMERS),
        staff_id=user.staff_id if Permission.WORKBENCH_USE in rights else None,
    )


def _request(wish: Wish) -> HttpRequest:
    """Return what Django's functions want to read of a request."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = wish.accept_language
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = wish.language_cookie
    request.session = _sessions.SessionStore(wish.session_key or None)
    return request


def _and_close(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close()
