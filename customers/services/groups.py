"""Customer groups (客户群): a group's present state, and the joins and leaves that follow."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from common import sql
from customers.events import GroupJoined, GroupLeft
from customers.services.findings import Finding
from customers.services.identities import find_identities, wecom_namespace
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from customers.services.numbers import small
from org.services.staff import ensure_staff
from wecom.models import Corp


class GroupGone(Exception):
    """WeCom knows no customer group of this id (any more)."""


@dataclass(frozen=True, slots=True)
class MemberFact:
    """A member of a group as WeCom tells it."""

    member_userid: str
    is_staff: bool
    joined_at: datetime
    join_scene: int = 0
    state: str = ""
    inviter_userid: str = ""


@dataclass(frozen=True, slots=True)
class GroupFact:
    """A group as WeCom tells it."""

    chat_id: str
    name: str
    notice: str
    owner_userid: str
    created_at: datetime | None
    member_version: str
    members: Sequence[MemberFact]


@dataclass(frozen=True, slots=True)
class Sitting:
    """A member's sitting after an answer was taken over, and what we held of it before."""

    identity_id: int | None
    userid: str
    joined_at: datetime
    join_scene: int
    state: str
    is_new: bool
    left_at: datetime | None
    known_as: int | None
    joined_before: datetime | None

    @property
    def is_joining(self) -> bool:
        """A customer of ours whose joining has not been told."""
        return self.identity_id is not None and self.is_new

    @property
    def is_again(self) -> bool:
        """A customer of ours who sat here before without our having seen them leave."""
        return self.known_as is not None


# Only a group whose answer was asked for later than the one we hold is taken over.
_SAVE_GROUP = """
INSERT INTO customers_groupchat AS known
       (corp_id, chat_id, name, notice, owner_id, created_on_wecom_at, member_version, is_dismissed,
        synced_at)
VALUES (%(corp)s, %(chat_id)s, %(name)s, %(notice)s, %(owner)s, %(created_at)s, %(version)s, false,
        %(asked_at)s)
ON CONFLICT (corp_id, chat_id) DO UPDATE SET
    name = excluded.name, notice = excluded.notice, owner_id = excluded.owner_id,
    created_on_wecom_at = excluded.created_on_wecom_at, member_version = excluded.member_version,
    is_dismissed = false, synced_at = excluded.synced_at
 WHERE known.synced_at IS NULL OR known.synced_at <= excluded.synced_at
RETURNING new.id, old.id IS NOT NULL AND (old.name, old.notice, old.owner_id, old.is_dismissed)
                  IS DISTINCT FROM (new.name, new.notice, new.owner_id, new.is_dismissed)
"""
_SAVE_MEMBERS = """
INSERT INTO customers_membership AS known
       (group_id, member_userid, staff_id, identity_id, joined_at, join_scene, state,
        inviter_userid, left_at)
SELECT %(group)s, member_userid, staff_id, identity_id, joined_at, join_scene, state,
       inviter_userid, NULL
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       member_userid text, staff_id bigint, identity_id bigint, joined_at timestamptz,
       join_scene smallint, state text, inviter_userid text)
ON CONFLICT (group_id, member_userid) DO UPDATE SET
    staff_id = excluded.staff_id, identity_id = excluded.identity_id,
    joined_at = excluded.joined_at, join_scene = excluded.join_scene, state = excluded.state,
    inviter_userid = excluded.inviter_userid, left_at = NULL
RETURNING new.identity_id, new.member_userid, new.joined_at, new.join_scene, new.state,
          old.id IS NULL OR old.left_at IS NOT NULL OR old.joined_at < new.joined_at
              OR old.identity_id IS NULL AS is_new,
          old.left_at,
          CASE WHEN old.left_at IS NULL AND old.joined_at < new.joined_at THEN old.identity_id END,
          old.joined_at
"""
_LEAVE = """
UPDATE customers_membership SET left_at = %(now)s
 WHERE group_id = %(group)s AND left_at IS NULL AND member_userid <> ALL(%(members)s)
RETURNING identity_id, member_userid, joined_at
"""


def apply_group(fact: GroupFact, *, corp: Corp, asked_at: datetime, now: datetime) -> list[Finding]:
    """Take over the present state of one group in one transaction; returns what was different.

    Joins and leaves of customers become events. People who are no customers of the corp are kept by
    their id alone.

    Source: groupchat/get, wecom-api §9.2.
    """
    with transaction.atomic():
        owner = ensure_staff(corp_pk=corp.pk, userids=[fact.owner_userid])
        saved = sql.fetch_all(
            _SAVE_GROUP,
            {
                "corp": corp.pk,
                "chat_id": fact.chat_id,
                "name": _text(fact.name, 128),
                "notice": _text(fact.notice, 4000),
                "owner": owner.get(fact.owner_userid.lower()),
                "created_at": fact.created_at,
                "version": fact.member_version,
                "asked_at": asked_at,
            },
        )
        if not saved:
            return []
        group_id, is_changed = saved[0]
        events = _save_members(fact, group_id, corp=corp, now=now)
        record_events(events, now=now)
    findings = [Finding("group_changed", fact.chat_id, {})] if is_changed else []
    return findings + [
        Finding(f"membership_{event.payload.type}", fact.chat_id, {}) for event in events
    ]


def mark_dismissed(*, corp_pk: int, chat_ids: Iterable[str], now: datetime) -> None:
    """These groups were dismissed: everybody has left them."""
    wanted = sorted(set(chat_ids))
    if not wanted:
        return
    rows = sql.fetch_all(
        """UPDATE customers_groupchat SET is_dismissed = true, synced_at = %s
            WHERE corp_id = %s AND chat_id = ANY(%s) RETURNING id, chat_id, name""",
        [now, corp_pk, wanted],
    )
    for group_id, chat_id, name in rows:
        record_events(_leaves(group_id, chat_id, name, staying=[], now=now), now=now)


def rename_group_member(*, corp_pk: int, userid: str, new_userid: str) -> None:
    """Follow a rename of a member's userid in the groups they sit in."""
    sql.execute(
        """UPDATE customers_membership membership SET member_userid = %s
             FROM customers_groupchat chat
            WHERE chat.id = membership.group_id AND chat.corp_id = %s
              AND membership.identity_id IS NULL AND membership.member_userid = %s
              AND NOT EXISTS (SELECT 1 FROM customers_membership other
                               WHERE other.group_id = chat.id AND other.member_userid = %s)""",
        [new_userid, corp_pk, userid, new_userid],
    )


def _save_members(fact: GroupFact, group_id: int, *, corp: Corp, now: datetime) -> list[NewEvent]:
    customers = [member.member_userid for member in fact.members if not member.is_staff]
    people = find_identities(namespace=wecom_namespace(corp.corp_id), values=customers)
    lock_customers_of(person.identity_id for person in people.values())
    staff = ensure_staff(
        corp_pk=corp.pk,
        userids=[member.member_userid for member in fact.members if member.is_staff],
    )
    rows = []
    for member in fact.members:
        person = None if member.is_staff else people.get(member.member_userid)
        row = asdict(member) | {
            "joined_at": member.joined_at.isoformat(),
            "join_scene": small(member.join_scene),
            "staff_id": staff.get(member.member_userid.lower()) if member.is_staff else None,
            "identity_id": person.identity_id if person else None,
        }
        rows.append(row)
    stored = sql.fetch_all(_SAVE_MEMBERS, {"group": group_id, "rows": sql.json_rows(rows)})
    sittings = [Sitting(*row) for row in stored]
    staying = [member.member_userid for member in fact.members]
    return [
        *(_left_before(fact, group_id, sitting) for sitting in sittings if sitting.is_again),
        *(_joined(fact, corp, sitting) for sitting in sittings if sitting.is_joining),
        *_leaves(group_id, fact.chat_id, fact.name, staying=staying, now=now),
    ]


def _joined(fact: GroupFact, corp: Corp, sitting: Sitting) -> NewEvent:
    """They joined; an old answer that let them leave is followed by a join of that moment."""
    at = max(sitting.joined_at, sitting.left_at or sitting.joined_at)
    return NewEvent(
        payload=GroupJoined(
            chat_id=fact.chat_id,
            name=_text(fact.name, 128),
            join_scene=sitting.join_scene,
            state=sitting.state,
        ),
        key=f"group:joined:{corp.corp_id}:{fact.chat_id}:{sitting.userid}:{int(at.timestamp())}",
        identity_id=sitting.identity_id or 0,
        occurred_at=at,
        staff_id=None,
        source="sync",
    )


def _left_before(fact: GroupFact, group_id: int, sitting: Sitting) -> NewEvent:
    """They left and came back between two looks: the old sitting ended at the latest then."""
    return _left(
        group_id,
        fact.chat_id,
        fact.name,
        userid=sitting.userid,
        identity_id=sitting.known_as or 0,
        joined_at=sitting.joined_before or sitting.joined_at,
        at=sitting.joined_at,
    )


def _leaves(
    group_id: int, chat_id: str, name: str, *, staying: Sequence[str], now: datetime
) -> list[NewEvent]:
    gone = sql.fetch_all(_LEAVE, {"group": group_id, "now": now, "members": list(staying)})
    return [
        _left(
            group_id,
            chat_id,
            name,
            userid=userid,
            identity_id=identity_id,
            joined_at=joined_at,
            at=now,
        )
        for identity_id, userid, joined_at in gone
        if identity_id is not None
    ]


def _left(
    group_id: int,
    chat_id: str,
    name: str,
    *,
    userid: str,
    identity_id: int,
    joined_at: datetime,
    at: datetime,
) -> NewEvent:
    return NewEvent(
        payload=GroupLeft(chat_id=chat_id, name=_text(name, 128)),
        key=f"group:left:{group_id}:{userid}:{int(joined_at.timestamp())}:{int(at.timestamp())}",
        identity_id=identity_id,
        occurred_at=at,
        staff_id=None,
        source="sync",
    )


def _text(value: str, limit: int) -> str:
    return value.replace("\x00", "")[:limit]
