"""Events that other systems tell us of (外部行为接入): each is taken or refused by itself.

1. What cannot be an event at all is refused: its type, its fields, its time.
2. Whom each is about is looked up, all at once; strangers are refused, or made.
3. In one transaction: the customers are locked, what was told before is set apart, the rest goes
   through the ledger, and what stands there now decides what each caller is told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models, transaction

from common import sql
from common.ids import key_digest
from customers.errors import BadEventPayload, BadIdentifier, UnknownEventType
from customers.events import (
    BehaviorReported,
    CustomerReferred,
    OrderPaid,
    OrderRefunded,
    Payload,
    from_json,
    to_json,
)
from customers.identifiers import TOLD_BY_WECOM, Identifier, Kind, sole_realm
from customers.selectors.identified import Found, find_identified, uids_of
from customers.services.identifiers import make_identified
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from org.models import Staff, User
from org.selectors.scope import visible_staff_ids
from wecom.models import Corp

SOURCE: Final = "api"
# What others may tell; the rest is known from WeCom, from our own pages, or derived.
TOLD_TYPES: Final[tuple[type[Payload], ...]] = (
    OrderPaid,
    OrderRefunded,
    CustomerReferred,
    BehaviorReported,
)
MAX_EVENTS: Final = 1_000
MAX_KEY_CHARACTERS: Final = 180
MAX_TEXT_CHARACTERS: Final = 500
MAX_NUMBER: Final = 10**12
AHEAD: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=3_660)

_KNOWN_KEYS: Final = "SELECT digest FROM customers_eventkey WHERE digest = ANY(%s::uuid[])"
# By any identity of the customer: a retry may name them otherwise.
_STORED: Final = """
SELECT asked.n, event.id, event.type, event.occurred_at, event.payload
  FROM jsonb_to_recordset(%s::jsonb) AS asked(n int, identity_id bigint, key text)
  JOIN customers_identity told ON told.id = asked.identity_id
  JOIN customers_identity identity ON identity.customer_id = told.customer_id
  JOIN customers_event event ON event.identity_id = identity.id AND event.key = asked.key
"""


class Fate(models.TextChoices):
    """What became of one event that was told."""

    RECORDED = "recorded", "已记录"
    DUPLICATE = "duplicate", "此前已记录"
    CONFLICT = "conflict", "与此前的不一致"
    REFUSED = "refused", "被拒绝"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as another system tells it.

    Attributes:
        key: Theirs, unique for ever: told again it is the same event.
        who: Whom it happened to.
        staff: Userid of the member of staff concerned, '' for none.
        occurred_at: When; None is now, and on a repeated event whatever was recorded.
    """

    key: str
    type: str
    who: Identifier
    payload: Mapping[str, Any]
    occurred_at: datetime | None = None
    staff: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; `reason` is for the people who run the other system, in English."""

    key: str
    fate: Fate
    reason: str = ""
    event_id: int | None = None
    customer_uid: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    """One that may be recorded."""

    n: int
    told: Told
    event: NewEvent


def record_told_events(
    told: Sequence[Told], *, viewer: User, makes_customers: bool, now: datetime
) -> list[Outcome]:
    """Record events that another system tells (写入行为); returns what became of each, in order.

    One transaction. The whole is safe to repeat: keys decide.

    Args:
        told: At most `MAX_EVENTS`.
        viewer: Only customers and staff in their data scope are found.
        makes_customers: A stranger becomes a customer, by an identifier that is not WeCom's own;
            only for a viewer who sees the whole company.
        now: Business time.
    """
    outcomes: dict[int, Outcome] = {}
    readable: dict[int, tuple[Told, Payload]] = {}
    corp_ids = list(Corp.objects.values_list("corp_id", flat=True))
    for n, raw in enumerate(told):
        one = replace(raw, who=sole_realm(raw.who, corp_ids))
        try:
            readable[n] = one, _read(one, now=now)
        except (UnknownEventType, BadEventPayload, BadIdentifier) as error:
            outcomes[n] = Outcome(raw.key, Fate.REFUSED, str(error))
    with transaction.atomic():
        people = _people([one for one, _ in readable.values()], viewer, makes_customers, now=now)
        staff = _staff([one.staff for one, _ in readable.values()], viewer)
        ready: list[_Ready] = []
        for n, (one, payload) in readable.items():
            refusal = _missing(one, people, staff)
            if refusal:
                outcomes[n] = Outcome(one.key, Fate.REFUSED, refusal)
            else:
                ready.append(_Ready(n, one, _event(one, payload, people, staff, now=now)))
        outcomes |= _record(ready, now=now)
    return [outcomes[n] for n in range(len(told))]


def _read(told: Told, *, now: datetime) -> Payload:
    """Return the payload, when this can be an event at all.

    Raises:
        UnknownEventType: no such type, or none that others may tell.
        BadEventPayload: a field, the key or the time is not as it must be.
        BadIdentifier: the identifier cannot be of its kind.
    """
    if told.type not in {one.type for one in TOLD_TYPES}:
        raise UnknownEventType(f"No event of type {told.type!r} can be told.")
    payload = from_json(told.type, told.payload)
    for name, value in to_json(payload).items():
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
            raise BadEventPayload(f"{name} has more than {MAX_TEXT_CHARACTERS} characters.")
        if isinstance(value, int) and not 0 <= value <= MAX_NUMBER:
            raise BadEventPayload(f"{name} must be from 0 to {MAX_NUMBER}.")
    if not told.key or len(told.key) > MAX_KEY_CHARACTERS:
        raise BadEventPayload(f"A key has 1 to {MAX_KEY_CHARACTERS} characters.")
    if told.occurred_at is not None and not now - OLDEST <= told.occurred_at <= now + AHEAD:
        raise BadEventPayload("occurred_at is in the future, or more than ten years ago.")
    if told.who.kind != Kind.CUSTOMER:
        told.who.place()
    return payload


def _people(
    told: Iterable[Told], viewer: User, makes_customers: bool, *, now: datetime
) -> Mapping[Identifier, Found]:
    wanted = {one.who for one in told}
    found = dict(find_identified(wanted, viewer=viewer))
    if makes_customers and visible_staff_ids(viewer) is None:
        strangers = [
            who
            for who in wanted - set(found)
            if who.kind != Kind.CUSTOMER and who.kind not in TOLD_BY_WECOM
        ]
        found |= make_identified(strangers, source=SOURCE, now=now)
    return found


def _staff(userids: Iterable[str], viewer: User) -> dict[str, int]:
    """Return the staff in the viewer's scope by folded userid; what names two of them is nobody."""
    wanted = {userid.lower() for userid in userids if userid}
    if not wanted:
        return {}
    rows = Staff.objects.filter(userid_folded__in=wanted)
    visible = visible_staff_ids(viewer)
    if visible is not None:
        rows = rows.filter(id__in=visible)
    found: dict[str, list[int]] = {}
    for userid, pk in rows.values_list("userid_folded", "id"):
        found.setdefault(userid, []).append(pk)
    return {userid: pks[0] for userid, pks in found.items() if len(pks) == 1}


def _missing(told: Told, people: Mapping[Identifier, Found], staff: Mapping[str, int]) -> str:
    """Return who is not to be found, as a sentence; '' when both are."""
    if told.who not in people:
        return f"No customer in your data scope has this {told.who.kind}."
    if told.staff and told.staff.lower() not in staff:
        return "No member of staff in your data scope has this userid."
    return ""


def _event(
    told: Told,
    payload: Payload,
    people: Mapping[Identifier, Found],
    staff: Mapping[str, int],
    *,
    now: datetime,
) -> NewEvent:
    return NewEvent(
        payload=payload,
        key=f"{SOURCE}:{told.key}",
        identity_id=people[told.who].identity_id,
        occurred_at=told.occurred_at or now,
        staff_id=staff.get(told.staff.lower()) if told.staff else None,
        source=SOURCE,
    )


def _record(ready: Sequence[_Ready], *, now: datetime) -> dict[int, Outcome]:
    """Record what is new, and say what became of each; in the caller's transaction."""
    if not ready:
        return {}
    lock_customers_of(one.event.identity_id for one in ready)
    digests = {one.n: key_digest(one.event.key) for one in ready}
    known = {row[0] for row in sql.fetch_all(_KNOWN_KEYS, [[str(d) for d in digests.values()]])}
    fresh: dict[int, NewEvent] = {}
    for one in ready:
        if digests[one.n] not in known:
            fresh[one.n] = one.event
            known.add(digests[one.n])
    record_events(list(fresh.values()), now=now)
    rows = [
        {"n": one.n, "identity_id": one.event.identity_id, "key": one.event.key} for one in ready
    ]
    stored = {row[0]: row[1:] for row in sql.fetch_all(_STORED, [sql.json_rows(rows)])}
    uids = uids_of(one.event.identity_id for one in ready)
    return {
        one.n: _outcome(one, stored.get(one.n), one.n in fresh, str(uids[one.event.identity_id]))
        for one in ready
    }


def _outcome(one: _Ready, stored: tuple[Any, ...] | None, is_fresh: bool, uid: str) -> Outcome:
    """Compare what was told with what stands in the ledger under its key."""
    key, is_same = one.told.key, False
    if stored is not None:
        event_id, event_type, occurred_at, payload = stored
        is_same = (
            event_type == one.told.type
            and (one.told.occurred_at is None or occurred_at == one.told.occurred_at)
            and json.loads(payload) == to_json(one.event.payload)
        )
    if stored is None or not is_same:
        return Outcome(key, Fate.CONFLICT, "The key has been used for another event.")
    return Outcome(key, Fate.RECORDED if is_fresh else Fate.DUPLICATE, "", event_id, uid)
