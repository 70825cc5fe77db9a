"""Finding customers by what others call them, in sets (按标识查找)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from common import sql
from customers.identifiers import Identifier, Kind
from customers.models import Identity
from customers.selectors.customers import customers_visible_to
from org.models import User

# Whom a uid stands for now, and the identity that says most of them: WeCom's, the oldest.
_BY_UID = """
WITH RECURSIVE trail AS (
    SELECT uid AS asked, id, merged_into_id FROM customers_customer WHERE uid = ANY(%s::uuid[])
    UNION ALL
    SELECT trail.asked, next.id, next.merged_into_id
      FROM customers_customer next JOIN trail ON next.id = trail.merged_into_id
)
SELECT DISTINCT ON (trail.asked) trail.asked::text, identity.id, identity.customer_id
  FROM trail JOIN customers_identity identity ON identity.customer_id = trail.id
 WHERE trail.merged_into_id IS NULL
 ORDER BY trail.asked, identity.namespace LIKE 'wecom:%%' DESC, identity.id
"""
_BY_PLACE = """
SELECT told.namespace, told.value, identity.id, identity.customer_id
  FROM unnest(%s::text[], %s::text[]) AS told (namespace, value)
  JOIN customers_identity identity USING (namespace, value)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The identity that an identifier names, and whose it is now."""

    identity_id: int
    customer_id: int


def find_identified(
    identifiers: Iterable[Identifier], *, viewer: User
) -> Mapping[Identifier, Found]:
    """Return whom these identifiers name, in the viewer's data scope; the others are left out.

    Three queries at most, however many there are.

    Raises:
        BadIdentifier: one of them cannot be of its kind.
    """
    wanted = set(identifiers)
    found = _by_uid([one for one in wanted if one.kind == Kind.CUSTOMER])
    found |= _by_place([one for one in wanted if one.kind != Kind.CUSTOMER])
    customer_ids = {one.customer_id for one in found.values()}
    visible = set(
        customers_visible_to(viewer).filter(id__in=customer_ids).values_list("id", flat=True)
        if customer_ids
        else ()
    )
    return {told: one for told, one in found.items() if one.customer_id in visible}


def uids_of(identity_ids: Iterable[int]) -> dict[int, UUID]:
    """Return the unified customer ID behind each identity."""
    rows = Identity.objects.filter(id__in=set(identity_ids))
    return dict(rows.values_list("id", "customer__uid"))


def _by_uid(identifiers: list[Identifier]) -> dict[Identifier, Found]:
    asked: dict[str, list[Identifier]] = {}
    for one in identifiers:
        uid = _uid(one.value)
        if uid is not None:
            asked.setdefault(str(uid), []).append(one)
    rows = sql.fetch_all(_BY_UID, [list(asked)]) if asked else []
    return {
        told: Found(identity_id, customer_id)
        for uid, identity_id, customer_id in rows
        for told in asked[uid]
    }


def _by_place(identifiers: list[Identifier]) -> dict[Identifier, Found]:
    places: dict[tuple[str, str], list[Identifier]] = {}
    for one in identifiers:
        places.setdefault(one.place(), []).append(one)
    if not places:
        return {}
    namespaces, values = zip(*places, strict=True)
    rows = sql.fetch_all(_BY_PLACE, [list(namespaces), list(values)])
    return {
        told: Found(identity_id, customer_id)
        for namespace, value, identity_id, customer_id in rows
        for told in places[namespace, value]
    }


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
