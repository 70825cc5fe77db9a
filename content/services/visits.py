"""Opening, dwelling, finishing (打开, 停留, 读完): from page beacons to the ledger.

A page counts its own visible seconds and tells us the running total; we believe it no further than
the wall clock allows. Totals only grow, so a beacon that is repeated, late or replayed raises
nothing. Only readers whom WeCom named make events; all others leave a `Visit` row and no more.

Locks: the visit's row first, then the customer's (in `record_events`), in every function here.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.db.models import F

from common import sql
from common.ids import uuid7
from content.errors import BeaconRefused
from content.models import Material, TrackedLink, Visit
from content.services.agents import read_agent
from content.services.readers import UNKNOWN, Reader
from customers.events import LinkCompleted, LinkDwelled, LinkOpened, Payload
from customers.services.ledger import NewEvent, record_events

DWELL_STEPS_SECONDS: Final = (10, 30, 60, 180, 600)
MAX_SECONDS: Final = 3_600
WALL_CLOCK_GRACE_SECONDS: Final = 2
COMPLETE_DEPTH_PERCENT: Final = 90
COMPLETE_SECONDS: Final = 5
SILENT_AFTER: Final = timedelta(seconds=60)
CLOSE_BATCH_ROWS: Final = 500
# What customers did stands in the ledger for ever; their visits answer "who read this" for so long.
KEPT_OF_CUSTOMERS: Final = timedelta(days=730)
KEPT_OF_NOBODY: Final = timedelta(days=90)
PRUNE_ROWS: Final = 10_000
SOURCE: Final = "link"
# Read and written by hand: each page that is read says something every few seconds.
_VISITS_OF: Final = sql.Prepared("""
SELECT visit.id, visit.uuid, visit.link_id, visit.identity_id, visit.opened_at, visit.seen_at,
       visit.last_beacon_seq, visit.total_seconds, visit.max_depth_percent,
       visit.recorded_seconds, visit.completed_at,
       link.code, link.staff_id,
       material.id, material.title, material.purpose, material.is_high_intent
  FROM content_visit visit
  JOIN content_trackedlink link ON link.id = visit.link_id
  JOIN content_material material ON material.id = link.material_id
 WHERE visit.uuid = ANY(%s::uuid[])
 ORDER BY visit.id
   FOR UPDATE OF visit
""")
_SET_VISITS: Final = sql.Prepared("""
UPDATE content_visit visit
   SET last_beacon_seq = said.last_beacon_seq, seen_at = said.seen_at,
       total_seconds = said.total_seconds, max_depth_percent = said.max_depth_percent,
       recorded_seconds = said.recorded_seconds, completed_at = said.completed_at
  FROM jsonb_to_recordset(%s::jsonb) AS said(
       id bigint, last_beacon_seq int, seen_at timestamptz, total_seconds int,
       max_depth_percent smallint, recorded_seconds int, completed_at timestamptz)
 WHERE visit.id = said.id
""")
_signer: Final = signing.Signer(salt="content.visit")


@dataclass(frozen=True, slots=True)
class Beacon:
    """What a page says of itself (信标).

    Attributes:
        seq: Counts up by one a beacon; zero and what was seen before say nothing.
        active_seconds: Visible seconds since it was opened, all in all.
        depth_percent: The deepest point scrolled to, 0 to 100.
        is_final: The page is being hidden or left: its last seconds are recorded now.
    """

    seq: int
    active_seconds: int
    depth_percent: int
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class SentBeacon:
    """A beacon as it came in (来信).

    Attributes:
        code: Code of the link in the URL; the token must be of a visit of this link.
        token: As `beacon_token` made it.
    """

    code: str
    token: str
    beacon: Beacon


def open_visit(*, link: TrackedLink, reader: Reader, user_agent: str, now: datetime) -> Visit:
    """Note that a page was opened (打开); a customer's opening goes to the ledger.

    One transaction. A machine (crawler, link preview) is noted as suspect and makes no event,
    unless WeCom has named the customer behind it.

    Args:
        link: With its material loaded.
    """
    agent = read_agent(user_agent)
    is_suspect = agent.is_suspect and reader.identity_id is None
    known = UNKNOWN if is_suspect else reader
    with transaction.atomic():
        visit = Visit.objects.create(
            uuid=uuid7(),
            link=link,
            reader=known.kind,
            identity_id=known.identity_id,
            openid_digest=known.openid_digest,
            agent_family=agent.family,
            is_suspect=is_suspect,
            opened_at=now,
            seen_at=now,
        )
        opened = LinkOpened(**_subject(visit))
        record_events(_event(visit, opened, key=f"link_opened:{visit.uuid}", at=now), now=now)
    return visit


def beacon_token(visit: Visit) -> str:
    """Return what the page signs its beacons with: bound to this visit, useless for another."""
    return _signer.sign(visit.uuid.hex)


def apply_beacon(*, code: str, token: str, beacon: Beacon, now: datetime) -> None:
    """Take one beacon in (信标). See `apply_beacons`.

    Raises:
        BeaconRefused: the signature does not fit a visit of this link.
    """
    (refused,) = apply_beacons([SentBeacon(code, token, beacon)], now=now)
    if refused is not None:
        raise refused


def apply_beacons(sent: Sequence[SentBeacon], *, now: datetime) -> list[BeaconRefused | None]:
    """Take beacons in, in their order: raise times and depths, record what was crossed.

    One transaction, holding the rows of the visits.

    Returns:
        For each beacon why it was refused, or None: the signature does not fit a visit of its link.
    """
    uuids = [_signed_uuid(one.token) for one in sent]
    refused: list[BeaconRefused | None] = []
    events: list[NewEvent] = []
    raised: dict[int, Visit] = {}
    with transaction.atomic():
        visits = _visits_for_update({uuid for uuid in uuids if uuid is not None})
        for one, visit_uuid in zip(sent, uuids, strict=True):
            visit = visits.get(visit_uuid)
            if visit is None or visit.link.code != one.code:
                refused.append(BeaconRefused("no such visit" if visit_uuid else "signature"))
                continue
            refused.append(None)
            if one.beacon.seq > visit.last_beacon_seq:
                _raise(visit, one.beacon, now=now)
                events += _dwelled(visit, one.beacon, at=now) + _completed(visit, at=now)
                raised[visit.pk] = visit
        _keep(raised.values())
        record_events(events, now=now)
    return refused


def close_silent_visits(*, now: datetime) -> int:
    """Record the last seconds of customers' visits that fell silent (收尾); returns how many.

    One transaction a batch. Safe beside beacons and other closers: taken rows are skipped.
    """
    closed = 0
    while True:
        with transaction.atomic():
            visits = _silent_visits(before=now - SILENT_AFTER)
            events = [event for visit in visits for event in _remaining(visit, at=visit.seen_at)]
            Visit.objects.bulk_update(visits, ["recorded_seconds"])
            record_events(events, now=now)
        closed += len(visits)
        if len(visits) < CLOSE_BATCH_ROWS:
            return closed


def prune_visits(*, now: datetime) -> int:
    """Delete visits that have become old (阅读清理): of strangers and machines far sooner.

    Returns how many; at most `PRUNE_ROWS` of each, the rest at the next call.
    """
    pruned = 0
    for is_nobody, kept in ((True, KEPT_OF_NOBODY), (False, KEPT_OF_CUSTOMERS)):
        whose = "identity_id IS NULL" if is_nobody else "identity_id IS NOT NULL"
        pruned += sql.execute(
            f"""DELETE FROM content_visit WHERE id IN (
                    SELECT id FROM content_visit WHERE opened_at < %s AND {whose} LIMIT %s)""",  # noqa: S608 - fixed texts
            [now - kept, PRUNE_ROWS],
        )
    return pruned


def _signed_uuid(token: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def _visits_for_update(uuids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, Visit]:
    """Lock visits and return them with what their events say of link and material, and no more."""
    wanted = f"{{{','.join(map(str, uuids))}}}"
    rows = sql.fetch_all(_VISITS_OF, [wanted]) if uuids else []
    return {row[1]: _visit(row) for row in rows}


def _visit(row: Sequence[Any]) -> Visit:
    visit = Visit(
        id=row[0],
        uuid=row[1],
        link_id=row[2],
        identity_id=row[3],
        opened_at=row[4],
        seen_at=row[5],
        last_beacon_seq=row[6],
        total_seconds=row[7],
        max_depth_percent=row[8],
        recorded_seconds=row[9],
        completed_at=row[10],
    )
    link = TrackedLink(id=row[2], code=row[11], staff_id=row[12])
    link.material = Material(id=row[13], title=row[14], purpose=row[15], is_high_intent=row[16])
    visit.link = link
    return visit


def _keep(visits: Iterable[Visit]) -> None:
    """Write what beacons may have raised."""
    rows = [
        {
            "id": visit.pk,
            "last_beacon_seq": visit.last_beacon_seq,
            "seen_at": visit.seen_at,
            "total_seconds": visit.total_seconds,
            "max_depth_percent": visit.max_depth_percent,
            "recorded_seconds": visit.recorded_seconds,
            "completed_at": visit.completed_at,
        }
        for visit in visits
    ]
    if rows:
        sql.execute(_SET_VISITS, [sql.json_rows(rows)])


def _silent_visits(*, before: datetime) -> list[Visit]:
    return list(
        Visit.objects.filter(
            seen_at__lt=before, identity__isnull=False, total_seconds__gt=F("recorded_seconds")
        )
        .select_related("link__material")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("seen_at")[:CLOSE_BATCH_ROWS]
    )


def _raise(visit: Visit, beacon: Beacon, *, now: datetime) -> None:
    """Raise time and depth, within what the wall clock allows."""
    wall = int((now - visit.opened_at).total_seconds()) + WALL_CLOCK_GRACE_SECONDS
    believed = max(0, min(beacon.active_seconds, wall, MAX_SECONDS))
    visit.last_beacon_seq = beacon.seq
    visit.seen_at = max(visit.seen_at, now)
    visit.total_seconds = max(visit.total_seconds, believed)
    depth = max(0, min(beacon.depth_percent, 100))
    visit.max_depth_percent = max(visit.max_depth_percent, depth)


def _dwelled(visit: Visit, beacon: Beacon, *, at: datetime) -> list[NewEvent]:
    """Record the time when a step was crossed or the page is being left."""
    step_is_crossed = any(
        visit.recorded_seconds < step <= visit.total_seconds for step in DWELL_STEPS_SECONDS
    )
    return _remaining(visit, at=at) if step_is_crossed or beacon.is_final else []


def _remaining(visit: Visit, *, at: datetime) -> list[NewEvent]:
    """Return the seconds that are not yet in the ledger, and count them as recorded."""
    seconds = visit.total_seconds - visit.recorded_seconds
    if not seconds:
        return []
    visit.recorded_seconds = visit.total_seconds
    payload = LinkDwelled(
        **_subject(visit),
        seconds=seconds,
        total_seconds=visit.total_seconds,
        depth_percent=visit.max_depth_percent,
    )
    return _event(visit, payload, key=f"link_dwelled:{visit.uuid}:{visit.total_seconds}", at=at)


def _completed(visit: Visit, *, at: datetime) -> list[NewEvent]:
    """Note once that the page was read to its end."""
    if (
        visit.completed_at is not None
        or visit.max_depth_percent < COMPLETE_DEPTH_PERCENT
        or visit.total_seconds < COMPLETE_SECONDS
    ):
        return []
    visit.completed_at = at
    payload = LinkCompleted(**_subject(visit), total_seconds=visit.total_seconds)
    return _event(visit, payload, key=f"link_completed:{visit.uuid}", at=at)


def _subject(visit: Visit) -> dict[str, Any]:
    """Return the fields that all events of a visit share."""
    material = visit.link.material
    return {
        "link_code": visit.link.code,
        "material_id": material.pk,
        "title": material.title,
        "purpose": material.purpose,
        "visit": str(visit.uuid),
        "is_high_intent": material.is_high_intent,
    }


def _event(visit: Visit, payload: Payload, *, key: str, at: datetime) -> list[NewEvent]:
    """Return the event; none for a reader whom WeCom did not name."""
    if visit.identity_id is None:
        return []
    return [
        NewEvent(
            payload=payload,
            key=key,
            identity_id=visit.identity_id,
            occurred_at=at,
            staff_id=visit.link.staff_id,
            source=SOURCE,
        )
    ]
