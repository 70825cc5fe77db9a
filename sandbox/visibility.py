"""Who may see whom: visible ranges (可见范围) and rights of apps."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.entities import App, AppKind, Customer, Member, Relation, RelationKind
from sandbox.errors import ApiError
from sandbox.state import Corp

OPEN_KINDS = (RelationKind.FRIEND, RelationKind.CUSTOMER_DELETED)
"""Relations that customer APIs know: a friendship, or a customer who left one-sidedly."""


def visible_departments(corp: Corp, app: App) -> set[int]:
    """Return all departments inside the range of an app."""
    found: set[int] = set()
    for root in app.visible_departments:
        found |= corp.department_tree(root)
    return found


def in_range(corp: Corp, app: App, member: Member) -> bool:
    """Whether an app sees a member."""
    if app.kind is AppKind.CONTACTS or member.userid in app.visible_users:
        return True
    if 1 in app.visible_departments:
        return True
    return not visible_departments(corp, app).isdisjoint(member.department)


def visible_members(corp: Corp, app: App) -> Iterator[Member]:
    """Yield the members on the job that an app sees."""
    for member in corp.members.values():
        if not member.left_at and in_range(corp, app, member):
            yield member


def find_member(corp: Corp, app: App, userid: str) -> Member:
    """Return a member on the job that the app sees; the id is compared case-folded.

    Raises:
        ApiError: 60111 unknown or left, 60011 outside the range.
    """
    member = corp.members.get(userid)
    if member is None:
        folded = userid.casefold()
        member = next((m for m in corp.members.values() if m.userid.casefold() == folded), None)
    if member is None or member.left_at:
        raise ApiError(60111)
    if not in_range(corp, app, member):
        raise ApiError(60011)
    return member


def find_seller(corp: Corp, app: App, userid: str) -> Member:
    """Return a visible member with the customer contact function (客户联系).

    Raises:
        ApiError: as `find_member`, or 84074 without the function.
    """
    member = find_member(corp, app, userid)
    if not member.customer_contact:
        raise ApiError(84074)
    return member


def is_seller(corp: Corp, app: App, userid: str) -> bool:
    """Whether `userid` is a visible member on the job with the customer contact function."""
    member = corp.members.get(userid)
    return (
        member is not None
        and not member.left_at
        and member.customer_contact
        and in_range(corp, app, member)
    )


def open_relation(corp: Corp, userid: str, external_userid: str) -> Relation:
    """Return the relation of a pair that the APIs know.

    Raises:
        ApiError: 41035 empty id, 40096 unknown customer, 84061 no relation.
    """
    if not external_userid:
        raise ApiError(41035)
    if external_userid not in corp.customers:
        raise ApiError(40096)
    relation = corp.relation(userid, external_userid)
    if relation is None or relation.kind not in OPEN_KINDS:
        raise ApiError(84061)
    return relation


def visible_followers(corp: Corp, app: App, customer: Customer) -> list[Relation]:
    """Return the open relations of a customer with members the app sees.

    Raises:
        ApiError: 84061 no relation at all, 40096 only with members outside the range.
    """
    known = [
        r for r in corp.relations_of_customer(customer.external_userid) if r.kind in OPEN_KINDS
    ]
    if not known:
        raise ApiError(84061)
    seen = [r for r in known if is_seller(corp, app, r.userid)]
    if not seen:
        raise ApiError(40096)
    return seen


def way_members(corp: Corp, users: list[str], parties: list[int]) -> list[str]:
    """Return the members of a contact way with its departments unfolded."""
    departments: set[int] = set()
    for party in parties:
        departments |= corp.department_tree(party)
    found = dict.fromkeys(users)
    for member in corp.members.values():
        is_ready = member.customer_contact and member.status == 1 and not member.left_at
        if is_ready and departments & set(member.department):
            found[member.userid] = None
    return list(found)
