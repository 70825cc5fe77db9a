"""What each callback means (回调处理): the handlers that `loop.INTAKE` names, a batch at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common import sql
from customers import events as kinds
from customers.events import Payload
from customers.models import RefreshRequest
from customers.services.follows import FollowFact, FollowNotice, note_follows
from customers.services.groups import mark_dismissed
from customers.services.identities import Resolved, resolve_identities, wecom_namespace
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from customers.services.refresh_requests import request_refresh
from customers.services.renamed_staff import follow_rename
from org.services.staff import ensure_staff, mark_staff_left
from wecom import events as wecom
from wecom.services.claims import ClaimedReceipt

# A friend whom a look at WeCom found and the callback that tells of them later are one event.
SAME_ADD: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a callback on a relation says of it, and the event that the ledger keeps."""

    fact: FollowFact | None
    payload: Payload
    state: str = ""


def _added(event: wecom.CustomerAdded) -> Meaning:
    return Meaning(FollowFact.ADDED, kinds.FriendAdded(state=event.state), event.state)


def _half_added(event: wecom.CustomerHalfAdded) -> Meaning:
    return Meaning(FollowFact.HALF_ADDED, kinds.FriendHalfAdded(state=event.state), event.state)


def _deleted(event: wecom.CustomerDeleted) -> Meaning:
    transferred = event.source == "DELETE_BY_TRANSFER"
    return Meaning(FollowFact.STAFF_DELETED, kinds.FriendRemovedByStaff(transferred=transferred))


_MEANINGS: Final[Mapping[type[wecom.Event], Callable[..., Meaning]]] = {
    wecom.CustomerAdded: _added,
    wecom.CustomerHalfAdded: _half_added,
    wecom.CustomerEdited: lambda _: Meaning(FollowFact.EDITED, kinds.FriendEdited()),
    wecom.CustomerDeleted: _deleted,
    wecom.MemberDeletedByCustomer: lambda _: Meaning(
        FollowFact.CUSTOMER_DELETED, kinds.FriendRemovedByCustomer()
    ),
    wecom.TransferFailed: lambda event: Meaning(
        None, kinds.TransferFailed(reason=event.fail_reason)
    ),
    wecom.ArchiveAgreed: lambda _: Meaning(None, kinds.ArchiveAgreed()),
    wecom.AcquisitionChatStarted: lambda event: Meaning(
        None, kinds.AcquisitionChatStarted(link_id=event.link_id, state=event.state)
    ),
}


def on_relation(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> None:
    """Relations between staff and customers: the follow rows, the ledger, and a look at WeCom."""
    named = [receipt for receipt in receipts if all(_pair(receipt.event))]
    for corp_pk, share in _by_corp(named).items():
        _on_relation_of_corp(corp_pk, share, now=now)


def _on_relation_of_corp(
    corp_pk: int, receipts: Sequence[ClaimedReceipt], *, now: datetime
) -> None:
    pairs = [_pair(receipt.event) for receipt in receipts]
    external = [external_userid for _, external_userid in pairs]
    staff = ensure_staff(corp_pk=corp_pk, userids=[userid for userid, _ in pairs])
    people = resolve_identities(
        namespace=wecom_namespace(receipts[0].corp_id),
        values=external,
        source="callback",
        now=now,
    )
    lock_customers_of(person.identity_id for person in people.values())
    notices: list[FollowNotice] = []
    fresh: list[NewEvent] = []
    for receipt, (userid, external_userid) in zip(receipts, pairs, strict=True):
        meaning = _MEANINGS[type(receipt.event)](receipt.event)
        person = people[external_userid]
        staff_id = staff[userid.lower()]
        if meaning.fact is not None:
            notices.append(_notice(meaning, staff_id, person, receipt))
        fresh.append(_event(meaning.payload, staff_id, person, receipt))
    note_follows(notices)
    record_events(_without_known_adds(fresh), now=now)
    request_refresh(corp_pk=corp_pk, kind=RefreshRequest.Kind.CUSTOMER, keys=external, now=now)


def on_group(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> None:
    """Customer groups: a dismissal is final, everything else is read again."""
    for corp_pk, share in _by_corp(receipts).items():
        mark_dismissed(corp_pk=corp_pk, chat_ids=_chat_ids(share, dismissed=True), now=now)
        request_refresh(
            corp_pk=corp_pk,
            kind=RefreshRequest.Kind.GROUP_CHAT,
            keys=_chat_ids(share, dismissed=False),
            now=now,
        )


def on_tags(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> None:
    """The tag library changed: read it again."""
    for corp_pk in _by_corp(receipts):
        request_refresh(corp_pk=corp_pk, kind=RefreshRequest.Kind.TAGS, keys=[""], now=now)


def on_contacts(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> None:
    """Contacts changed: renames and leavings at once, the rest is read again."""
    for receipt in receipts:
        event = receipt.event
        if isinstance(event, wecom.MemberUpdated) and event.new_userid:
            follow_rename(
                corp_pk=receipt.corp_pk, userid=event.userid, new_userid=event.new_userid, now=now
            )
        elif isinstance(event, wecom.MemberDeleted):
            mark_staff_left(corp_pk=receipt.corp_pk, userid=event.userid, now=now)
    for corp_pk in _by_corp(receipts):
        request_refresh(corp_pk=corp_pk, kind=RefreshRequest.Kind.CONTACTS, keys=[""], now=now)


def _pair(event: wecom.Event) -> tuple[str, str]:
    """Return the member and the customer whom a relation event names."""
    if isinstance(event, wecom.CustomerEvent | wecom.AcquisitionChatStarted):
        return event.userid, event.external_userid
    raise TypeError(f"{event.kind} names no relation")


def _chat_ids(receipts: Sequence[ClaimedReceipt], *, dismissed: bool) -> set[str]:
    return {
        receipt.event.chat_id
        for receipt in receipts
        if isinstance(receipt.event, wecom.GroupEvent)
        and isinstance(receipt.event, wecom.GroupDismissed) is dismissed
    }


def _by_corp(receipts: Sequence[ClaimedReceipt]) -> dict[int, list[ClaimedReceipt]]:
    shares: dict[int, list[ClaimedReceipt]] = {}
    for receipt in receipts:
        shares.setdefault(receipt.corp_pk, []).append(receipt)
    return shares


def _notice(
    meaning: Meaning, staff_id: int, person: Resolved, receipt: ClaimedReceipt
) -> FollowNotice:
    return FollowNotice(
        staff_id=staff_id,
        identity_id=person.identity_id,
        fact=meaning.fact or FollowFact.EDITED,
        at=receipt.event_at,
        state=meaning.state,
    )


def _event(payload: Payload, staff_id: int, person: Resolved, receipt: ClaimedReceipt) -> NewEvent:
    return NewEvent(
        payload=payload,
        key=f"wecom:{receipt.corp_id}:{receipt.digest.hex()}",
        identity_id=person.identity_id,
        occurred_at=receipt.event_at,
        staff_id=staff_id,
        source="callback",
    )


def _without_known_adds(events: Sequence[NewEvent]) -> list[NewEvent]:
    """Leave out the adds that a look at WeCom has recorded already.

    Such an add stands for every callback between the creation time that WeCom told (less a minute)
    and the moment of the look: a friendship begun anew would have had a later creation time.
    """
    adds = [event for event in events if isinstance(event.payload, kinds.FriendAdded)]
    if not adds:
        return list(events)
    rows = sql.fetch_all(
        """SELECT identity_id, staff_id, occurred_at, recorded_at FROM customers_event
            WHERE identity_id = ANY(%s) AND type = 'friend_added' AND source = 'sync'
              AND occurred_at <= %s AND recorded_at >= %s""",
        [
            [event.identity_id for event in adds],
            max(event.occurred_at for event in adds) + SAME_ADD,
            min(event.occurred_at for event in adds),
        ],
    )

    def is_known(event: NewEvent) -> bool:
        return isinstance(event.payload, kinds.FriendAdded) and any(
            identity_id == event.identity_id
            and staff_id == event.staff_id
            and occurred_at - SAME_ADD <= event.occurred_at <= recorded_at
            for identity_id, staff_id, occurred_at, recorded_at in rows
        )

    return [event for event in events if not is_known(event)]
