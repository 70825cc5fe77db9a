"""Taking over the present state that WeCom tells of customers (现状核对), in sets.

One page of answers is one transaction: identities, names, follow relations, enterprise tags, and
the events that the ledger missed. An answer that was asked for earlier than the one we hold is left
out. What a sweep finds different is returned as findings: that is the drift.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from common import secrets, sql
from customers.mobiles import marks_of
from customers.services.findings import Finding
from customers.services.follow_events import FollowChange, events_of_changes
from customers.services.follows import settle_status
from customers.services.identities import Resolved, resolve_identities, wecom_namespace
from customers.services.ledger import lock_customers_of, record_events
from customers.services.merges import attach_unionids
from customers.services.numbers import small
from customers.services.tags import replace_enterprise_tags
from org.services.staff import ensure_staff
from wecom.models import Corp

MOBILES_PLACE = "customers.Follow.sealed_mobiles"


@dataclass(frozen=True, slots=True)
class ContactFact:
    """A customer as WeCom tells it; `unionid` is '' where the corp has no binding."""

    external_userid: str
    name: str
    kind: int
    avatar: str = ""
    gender: int = 0
    unionid: str = ""
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class RelationFact:
    """A follow relation as WeCom tells it; `tag_ids` are enterprise tags by WeCom's id."""

    userid: str
    external_userid: str
    added_at: datetime
    remark: str = ""
    description: str = ""
    remark_company: str = ""
    mobiles: tuple[str, ...] = ()
    add_way: int = 0
    state: str = ""
    oper_userid: str = ""
    tag_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of WeCom: people, their relations, and for whom the list of relations is whole."""

    contacts: Sequence[ContactFact]
    relations: Sequence[RelationFact]
    complete_for: frozenset[str] = frozenset()


_UPDATE_PEOPLE = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS row(
        customer_id bigint, external_userid text, name text, kind smallint, avatar text,
        gender smallint, company_name text)
)
UPDATE customers_customer customer
   SET name = told.name, kind = told.kind, avatar = told.avatar, gender = told.gender,
       company_name = told.company_name
  FROM told
 WHERE customer.id = told.customer_id
   AND (customer.name, customer.kind, customer.avatar, customer.gender, customer.company_name)
       IS DISTINCT FROM (told.name, told.kind, told.avatar, told.gender, told.company_name)
RETURNING told.external_userid, old.name, new.name
"""

_UPSERT_FOLLOWS = """
INSERT INTO customers_follow AS known
       (staff_id, identity_id, status, is_listed, added_at, remark, description, remark_company,
        sealed_mobiles, mobiles_digest, mobile_marks, state, add_way, oper_userid, synced_at)
SELECT staff_id, identity_id, 'friend', true, added_at, remark, description, remark_company,
       decode(sealed_mobiles, 'base64'), mobiles_digest, mobile_marks, state, add_way, oper_userid,
       %(asked_at)s
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       staff_id bigint, identity_id bigint, added_at timestamptz, remark text, description text,
       remark_company text, sealed_mobiles text, mobiles_digest text, mobile_marks text[],
       state text, add_way smallint, oper_userid text)
 ORDER BY staff_id, identity_id
ON CONFLICT (staff_id, identity_id) DO UPDATE SET
    is_listed = true, added_at = excluded.added_at, remark = excluded.remark,
    description = excluded.description, remark_company = excluded.remark_company,
    sealed_mobiles = CASE WHEN known.mobiles_digest = excluded.mobiles_digest
                          THEN known.sealed_mobiles ELSE excluded.sealed_mobiles END,
    mobiles_digest = excluded.mobiles_digest, mobile_marks = excluded.mobile_marks,
    state = excluded.state, add_way = excluded.add_way,
    oper_userid = excluded.oper_userid, synced_at = excluded.synced_at
 WHERE known.synced_at IS NULL OR known.synced_at <= excluded.synced_at
RETURNING new.id, new.identity_id, new.staff_id, new.added_at, new.state, new.add_way,
          old.id IS NULL OR NOT old.is_listed AS is_new,
          old.id IS NOT NULL AND (old.added_at, old.remark, old.description, old.remark_company,
              old.mobiles_digest, old.state, old.add_way, old.oper_userid)
            IS DISTINCT FROM (new.added_at, new.remark, new.description, new.remark_company,
              new.mobiles_digest, new.state, new.add_way, new.oper_userid) AS is_changed
"""

# Who is not listed any more was deleted at some time after the friendship began: a half-add since
# then came later than the deletion, even if its callback comes after this answer.
_UNLIST = """
UPDATE customers_follow follow
   SET is_listed = false, synced_at = %(asked_at)s,
       staff_deleted_at = greatest(follow.staff_deleted_at,
                                   CASE WHEN follow.is_listed THEN follow.added_at END)
 WHERE {which}
   AND (follow.synced_at IS NULL OR follow.synced_at < %(asked_at)s)
   AND (follow.added_at IS NULL OR follow.added_at < %(asked_at)s)
RETURNING new.id, new.identity_id, new.staff_id, old.is_listed
"""
_UNLIST_OF_PEOPLE = _UNLIST.format(which="follow.identity_id = ANY(%(identities)s)")
_UNLIST_OF_STAFF = _UNLIST.format(which="follow.staff_id = %(staff)s AND follow.is_listed")


def apply_answer(
    answer: Answer, *, corp: Corp, asked_at: datetime, now: datetime, source: str
) -> list[Finding]:
    """Take over one answer of WeCom in one transaction; returns what was different.

    Args:
        asked_at: Business time just before the call was made; older answers never overwrite newer.
        source: `refresh` or `sync`, kept with new identities and tags.

    Source: externalcontact/get and batch/get_by_user, wecom-api §6.
    """
    values = {contact.external_userid for contact in answer.contacts} | answer.complete_for
    values |= {relation.external_userid for relation in answer.relations}
    with transaction.atomic():
        people = resolve_identities(
            namespace=wecom_namespace(corp.corp_id), values=values, source=source, now=now
        )
        lock_customers_of(person.identity_id for person in people.values())
        findings = _update_people(answer.contacts, people)
        changes = _upsert_follows(answer.relations, people, corp=corp, asked_at=asked_at)
        identities = [people[value].identity_id for value in answer.complete_for]
        gone = _gone(_UNLIST_OF_PEOPLE, {"identities": identities, "asked_at": asked_at})
        settle_status([change.follow_id for change in changes + gone])
        findings += replace_enterprise_tags(
            corp_pk=corp.pk,
            wanted=_tags_by_follow(changes),
            source=source,
            now=now,
        )
        findings += _record(changes + gone, people, corp=corp, now=now)
        attach_unionids(
            {
                people[contact.external_userid].identity_id: contact.unionid
                for contact in answer.contacts
                if contact.unionid
            },
            now=now,
        )
    return findings


def unlist_staff_remainder(
    *, corp: Corp, staff_id: int, walked_from: datetime, now: datetime
) -> list[Finding]:
    """After a whole walk over one member's customers: whoever was not met is no longer listed."""
    with transaction.atomic():
        gone = _gone(_UNLIST_OF_STAFF, {"staff": staff_id, "asked_at": walked_from})
        settle_status([change.follow_id for change in gone])
        return _record(gone, {}, corp=corp, now=now)


def _record(
    changes: Sequence[FollowChange],
    people: Mapping[str, Resolved],
    *,
    corp: Corp,
    now: datetime,
) -> list[Finding]:
    """Record the events that the ledger missed; every change is a finding."""
    record_events(events_of_changes(changes, corp_id=corp.corp_id, now=now), now=now)
    names = {person.identity_id: value for value, person in people.items()}
    return [
        Finding(
            change.kind,
            f"{change.staff_id}:{names.get(change.identity_id, change.identity_id)}",
            {},
        )
        for change in changes
        if change.kind
    ]


def _update_people(
    contacts: Sequence[ContactFact], people: Mapping[str, Resolved]
) -> list[Finding]:
    rows = [
        {
            "customer_id": people[contact.external_userid].customer_id,
            "external_userid": contact.external_userid,
            "name": contact.name[:128],
            "kind": contact.kind if contact.kind in {1, 2} else 0,
            "avatar": contact.avatar[:512],
            "gender": small(contact.gender),
            "company_name": contact.company_name[:128],
        }
        for contact in contacts
    ]
    changed = sql.fetch_all(_UPDATE_PEOPLE, [sql.json_rows(rows)])
    return [
        Finding("customer_changed", external_userid, {"name": [old_name, new_name]})
        for external_userid, old_name, new_name in changed
        if old_name
    ]


def _upsert_follows(
    relations: Sequence[RelationFact],
    people: Mapping[str, Resolved],
    *,
    corp: Corp,
    asked_at: datetime,
) -> list[FollowChange]:
    staff = ensure_staff(corp_pk=corp.pk, userids=[relation.userid for relation in relations])
    rows = [
        _follow_row(relation, staff[relation.userid.lower()], people[relation.external_userid])
        for relation in relations
    ]
    tags = {
        (row["identity_id"], row["staff_id"]): relation.tag_ids
        for row, relation in zip(rows, relations, strict=True)
    }
    stored = sql.fetch_all(_UPSERT_FOLLOWS, {"rows": sql.json_rows(rows), "asked_at": asked_at})
    return [
        FollowChange(
            follow_id=follow_id,
            identity_id=identity_id,
            staff_id=staff_id,
            kind="follow_missing" if is_new else "follow_changed" if is_changed else "",
            added_at=added_at,
            state=state,
            add_way=add_way,
            tag_ids=tags[identity_id, staff_id],
        )
        for follow_id, identity_id, staff_id, added_at, state, add_way, is_new, is_changed in stored
    ]


def _gone(query: str, params: Mapping[str, Any]) -> list[FollowChange]:
    return [
        FollowChange(follow_id, identity_id, staff_id, "follow_extra" if was_listed else "")
        for follow_id, identity_id, staff_id, was_listed in sql.fetch_all(query, params)
    ]


def _follow_row(relation: RelationFact, staff_id: int, person: Resolved) -> dict[str, Any]:
    mobiles = ",".join(sorted(mobile for mobile in relation.mobiles if mobile))
    sealed = secrets.encrypt(mobiles.encode(), place=MOBILES_PLACE) if mobiles else None
    return {
        "staff_id": staff_id,
        "identity_id": person.identity_id,
        "added_at": relation.added_at.isoformat(),
        "remark": relation.remark[:128],
        "description": relation.description[:600],
        "remark_company": relation.remark_company[:128],
        "sealed_mobiles": None if sealed is None else _base64(sealed),
        "mobiles_digest": secrets.keyed_hash(mobiles, purpose="mobiles") if mobiles else "",
        "mobile_marks": marks_of(relation.mobiles),
        "state": relation.state[:128],
        "add_way": small(relation.add_way),
        "oper_userid": relation.oper_userid[:64],
    }


def _tags_by_follow(
    changes: Sequence[FollowChange],
) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Return {follow: (identity, tag ids)} of the relations whose answer was taken over."""
    return {change.follow_id: (change.identity_id, change.tag_ids) for change in changes}


def _base64(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()
