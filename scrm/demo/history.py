"""Importing the demo company's past (导入历史): WeCom keeps no reads and no orders."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from common import sql
from content.models import Material
from customers import events as kinds
from customers.events import Payload
from customers.services.follows import FollowFact, FollowNotice, note_follows
from customers.services.identities import Resolved, resolve_identities, wecom_namespace
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from org.services.staff import ensure_staff
from wecom.models import Corp

KINDS_OF_ORDER: Final = {"trial": "trial"}
REMOVED: Final[Mapping[str, Payload]] = {
    "customer": kinds.FriendRemovedByCustomer(),
    "member": kinds.FriendRemovedByStaff(),
    "transfer": kinds.FriendRemovedByStaff(transferred=True),
    "refused": kinds.FriendRemovedByCustomer(),
}


def import_page(
    events: Sequence[dict[str, Any]], *, corp: Corp, articles: Mapping[str, Material], now: datetime
) -> int:
    """Import one page of the past in one transaction; the same page again changes nothing.

    Args:
        events: As the sandbox's `/_sim/demo/history` gives them, in time order.
        corp: Whose customers they are.
        articles: Materials by the article's slug.
        now: Business time.

    Returns:
        How many events were new.
    """
    with transaction.atomic():
        people = resolve_identities(
            namespace=wecom_namespace(corp.corp_id),
            values=[event["external_userid"] for event in events],
            source="import",
            now=now,
        )
        staff = ensure_staff(corp_pk=corp.pk, userids=[event["userid"] for event in events])
        lock_customers_of(person.identity_id for person in people.values())
        fresh: list[NewEvent] = []
        for event in events:
            person = people[event["external_userid"]]
            staff_id = staff.get(event["userid"].lower())
            fresh += [
                NewEvent(
                    payload=payload,
                    key=f"import:{event['id']}:{payload.type}",
                    identity_id=person.identity_id,
                    occurred_at=moment,
                    staff_id=staff_id,
                    source="import",
                )
                for payload, moment in _payloads(event, articles)
            ]
        _note_losses(events, people, staff)
        return record_events(fresh, now=now)


def _payloads(
    event: dict[str, Any], articles: Mapping[str, Material]
) -> list[tuple[Payload, datetime]]:
    at = datetime.fromisoformat(event["occurred_at"])
    return [(payload, at) for payload in _READERS[event["type"]](event, articles)]


def _order(event: dict[str, Any], _: Mapping[str, Material]) -> list[Payload]:
    line = event["lines"][0]
    return [
        kinds.OrderPaid(
            order_no=event["order_no"],
            amount_fen=event["amount_fen"],
            kind=KINDS_OF_ORDER.get(event["kind"], "regular"),
            shop=event["shop"],
            sku=line["sku"],
            title=line["title"],
            quantity=line["quantity"],
        )
    ]


def _refund(event: dict[str, Any], _: Mapping[str, Material]) -> list[Payload]:
    return [kinds.OrderRefunded(order_no=event["order_no"], amount_fen=event["amount_fen"])]


def _subject(event: dict[str, Any], articles: Mapping[str, Material]) -> dict[str, Any]:
    material = articles[event["article"]]
    return {
        "link_code": "",
        "material_id": material.pk,
        "title": material.title,
        "purpose": str(material.purpose),
        "visit": event["visit_id"],
        "is_high_intent": material.is_high_intent,
    }


def _opened(event: dict[str, Any], articles: Mapping[str, Material]) -> list[Payload]:
    return [kinds.LinkOpened(**_subject(event, articles))]


def _dwelled(event: dict[str, Any], articles: Mapping[str, Material]) -> list[Payload]:
    subject, seconds = _subject(event, articles), event["dwell_seconds"]
    read: list[Payload] = [
        kinds.LinkDwelled(
            **subject,
            seconds=seconds,
            total_seconds=seconds,
            depth_percent=event["progress_percent"],
        )
    ]
    if event["is_completed"]:
        read.append(kinds.LinkCompleted(**subject, total_seconds=seconds))
    return read


def _messaged(event: dict[str, Any], _: Mapping[str, Material]) -> list[Payload]:
    return [kinds.CustomerMessaged(text_length=len(event["text"]))]


def _referred(event: dict[str, Any], _: Mapping[str, Material]) -> list[Payload]:
    return [
        kinds.CustomerReferred(
            referrer_external_userid=event["referrer_external_userid"], campaign=event["campaign"]
        )
    ]


def _lost(event: dict[str, Any], _: Mapping[str, Material]) -> list[Payload]:
    return [REMOVED[event["by"]]]


_READERS: Final[Mapping[str, Callable[[dict[str, Any], Mapping[str, Material]], list[Payload]]]] = {
    "order_paid": _order,
    "order_refunded": _refund,
    "link_opened": _opened,
    "link_dwelled": _dwelled,
    "customer_messaged": _messaged,
    "customer_referred": _referred,
    "friend_lost": _lost,
}


def _note_losses(
    events: Sequence[dict[str, Any]], people: Mapping[str, Resolved], staff: Mapping[str, int]
) -> None:
    """Past losses were told by callbacks that this company never received: note them now."""
    losses = [event for event in events if event["type"] == "friend_lost"]
    notices: list[FollowNotice] = []
    for event in losses:
        person, staff_id = people[event["external_userid"]], staff[event["userid"].lower()]
        by_customer = isinstance(REMOVED[event["by"]], kinds.FriendRemovedByCustomer)
        fact = FollowFact.CUSTOMER_DELETED if by_customer else FollowFact.STAFF_DELETED
        for said, at in ((FollowFact.ADDED, event["added_at"]), (fact, event["occurred_at"])):
            notices.append(
                FollowNotice(
                    staff_id=staff_id,
                    identity_id=person.identity_id,
                    fact=said,
                    at=datetime.fromisoformat(at),
                    state=event["state"],
                )
            )
    note_follows(notices)
    sql.execute(
        """UPDATE customers_customer customer SET name = told.name
             FROM unnest(%s::bigint[], %s::text[]) AS told (id, name)
            WHERE customer.id = told.id AND customer.name = ''""",
        [
            [people[event["external_userid"]].customer_id for event in losses],
            [event["name"] for event in losses],
        ],
    )
