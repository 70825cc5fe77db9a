"""The welcome lane (欢迎语通道): a code lives 20 s, so it is served before anything else.

1. Look at the receipts with a living code and find or make their people, in a transaction of its
   own: intake makes the same people at this very moment, and who waits for it must hold no receipt.
2. Lock the receipts, choose what is said, plan one touch a code with its call, mark the receipts:
   all in one transaction, in sets.
3. The pump sends; nothing waits for the customer's details to be read from WeCom.

The touch's key is the corp and the code, so however often and through however many apps the
callback comes, there is one welcome. Codes that were found too late become expired touches, after
the living ones. What cannot be planned (a channel code broken by hand, say) is set apart: its
friend gets the company's default, or else a refused touch with the reason, the others their own.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from campaigns.services.welcome_content import Welcome, body_of, open_book
from common import sql
from content.services.links import LinkSpec, create_links, public_url
from customers.services.identities import Resolved, resolve_identities, wecom_namespace
from org.services.staff import ensure_staff
from touches.failpoints import failpoint
from touches.models import Dispatch, Touch
from touches.services.plan import DispatchDraft, TouchPlan, plan_touches
from touches.services.pump import PumpReport
from touches.services.sending import WELCOME_KINDS, send_due
from wecom.events import ArchiveAgreed, CustomerAdded, CustomerEvent, CustomerHalfAdded
from wecom.models import CallbackReceipt
from wecom.models.receipt import WelcomeState
from wecom.services.claims import ClaimedReceipt, claim_welcomes, mark_welcomes

logger = logging.getLogger(__name__)

CODE_LIFE: Final = timedelta(seconds=20)
BATCH_RECEIPTS: Final = 200

# Written by hand, for a burst pays for building each query.
_STAFF_NAMES: Final = "SELECT id, name FROM org_staff WHERE id = ANY(%s)"
_CUSTOMER_NAMES: Final = "SELECT id, name FROM customers_customer WHERE id = ANY(%s)"
_APPS: Final = "SELECT corp_id, slug, id FROM wecom_app WHERE corp_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class NewFriend:
    """A receipt with a welcome code, and the people it names."""

    receipt: ClaimedReceipt
    welcome_code: str
    state: str
    staff_id: int
    person: Resolved

    @property
    def key(self) -> str:
        """One welcome a corp and code, whichever app was told."""
        digest = hashlib.sha256(self.welcome_code.encode()).hexdigest()[:40]
        return f"welcome:{self.receipt.corp_id}:{digest}"


def run_welcome_lane(*, now: datetime, budget_seconds: float) -> PumpReport:
    """Serve new friends until nobody waits any more: plan and send in turn, calls side by side.

    Args:
        now: Business time at the start.
        budget_seconds: After so long nothing more is planned or claimed.
    """
    return send_due(
        WELCOME_KINDS,
        now=now,
        budget_seconds=budget_seconds,
        feed=lambda moment: plan_welcomes(now=moment),
    )


def plan_welcomes(*, now: datetime) -> int:
    """Plan the welcomes (欢迎语) of the receipts that wait for one; returns how many were new.

    Call it outside any transaction. A constant number of queries a batch. A code older than 20 s
    becomes a touch that has expired, with the reason; a corp that has nothing to say plans none.

    Source: wecom-api §10, design §3.
    """
    if not CallbackReceipt.objects.filter(welcome_state=WelcomeState.NEW).exists():
        return 0
    with transaction.atomic():
        waiting = claim_welcomes(limit=BATCH_RECEIPTS, now=now)
    if not waiting:
        return 0
    people = _people(waiting, now=now)
    with transaction.atomic():
        receipts = claim_welcomes(limit=BATCH_RECEIPTS, now=now, among=waiting)
        friends = [
            friend for friend in (_friend(receipt, people) for receipt in receipts) if friend
        ]
        friends = sorted(
            _without_second_welcomes(friends),
            key=lambda friend: (friend.receipt.corp_pk, friend.state),
        )
        planned = _plan(friends, now=now)
        mark_welcomes(receipts)
    failpoint("after_plan")
    return planned


_Pair: TypeAlias = tuple[str, str]
_People: TypeAlias = Mapping[_Pair, tuple[int, Resolved]]


def _people(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> _People:
    """Find or make everybody these receipts name, by member and customer."""
    found: dict[_Pair, tuple[int, Resolved]] = {}
    by_corp: dict[int, list[ClaimedReceipt]] = {}
    for receipt in receipts:
        by_corp.setdefault(receipt.corp_pk, []).append(receipt)
    for corp_pk, share in by_corp.items():
        pairs = [_pair(receipt) for receipt in share]
        staff = ensure_staff(corp_pk=corp_pk, userids=[userid for userid, _external in pairs])
        persons = resolve_identities(
            namespace=wecom_namespace(share[0].corp_id),
            values=[external for _userid, external in pairs],
            source="callback",
            now=now,
        )
        for userid, external in pairs:
            if external in persons and userid.lower() in staff:
                found[userid, external] = (staff[userid.lower()], persons[external])
    return found


def _pair(receipt: ClaimedReceipt) -> _Pair:
    """Return the member and the customer whom a receipt names, '' where it names none."""
    event = receipt.event
    if isinstance(event, CustomerEvent):
        return event.userid, event.external_userid
    return "", ""


def _friend(receipt: ClaimedReceipt, people: _People) -> NewFriend | None:
    """Return the new friend of a receipt, None if it is no matter of welcoming."""
    event = receipt.event
    known = people.get(_pair(receipt))
    if known is None or not isinstance(event, CustomerAdded | CustomerHalfAdded | ArchiveAgreed):
        return None
    staff_id, person = known
    state = "" if isinstance(event, ArchiveAgreed) else event.state
    return NewFriend(receipt, event.welcome_code, state, staff_id, person)


def _plan(friends: Sequence[NewFriend], *, now: datetime) -> int:
    """Plan all at once; what fails is halved, until the broken ones stand alone.

    They come ordered by channel, so that the halves soon hold whole channels again.
    """
    if not friends:
        return 0
    try:
        with transaction.atomic():
            return plan_touches(_spoken(friends, now=now), now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("welcome_not_planned", extra=_whose(friends))
    if len(friends) == 1:
        return _plan_default(friends[0], now=now)
    middle = len(friends) // 2
    return _plan(friends[:middle], now=now) + _plan(friends[middle:], now=now)


def _plan_default(friend: NewFriend, *, now: datetime) -> int:
    """Plan the company's default for whom the channel's own welcome is broken, or say that it is.

    What is planned already stays as it is, for the key is the same.
    """
    touches: list[TouchPlan] = []
    try:
        with transaction.atomic():
            touches = _spoken([replace(friend, state="")], now=now)
            if touches:
                return plan_touches(touches, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("welcome_not_planned", extra=_whose([friend]))
    return plan_touches([_unspoken(friend, now=now)], now=now)


def _whose(friends: Sequence[NewFriend]) -> dict[str, Any]:
    """Name for the log whose welcome failed: how many, the first one, its channel."""
    first = friends[0]
    return {"receipts": len(friends), "receipt": first.receipt.id, "channel": first.state}


def _spoken(friends: Sequence[NewFriend], *, now: datetime) -> list[TouchPlan]:
    """Choose and fill in what each is told; who is told nothing gets no touch."""
    book = open_book(
        corp_ids=[friend.receipt.corp_pk for friend in friends],
        states=[friend.state for friend in friends],
    )
    chosen: list[tuple[NewFriend, Welcome]] = []
    for friend in friends:
        welcome = book.choose(
            corp_id=friend.receipt.corp_pk,
            state=friend.state,
            staff_id=friend.staff_id,
            at=friend.receipt.event_at,
        )
        if welcome is not None:
            chosen.append((friend, welcome))
    return _touches(chosen, now=now)


def _unspoken(friend: NewFriend, *, now: datetime) -> TouchPlan:
    """Record that nobody could be greeted, because the welcome itself is broken."""
    deadline = friend.receipt.event_at + CODE_LIFE
    is_late = now >= deadline
    return TouchPlan(
        key=friend.key,
        identity_id=friend.person.identity_id,
        customer_id=friend.person.customer_id,
        staff_id=friend.staff_id,
        lane=Touch.Lane.WELCOME,
        purpose=Touch.Purpose.SERVICE,
        title=_("欢迎语"),
        due_at=friend.receipt.event_at,
        valid_until=deadline,
        origin_kind="welcome",
        ended_as=Touch.State.EXPIRED if is_late else Touch.State.REFUSED,
        reason=_too_late() if is_late else _("欢迎语的内容有误, 未能发出, 请检查渠道活码"),
    )


def _touches(chosen: Sequence[tuple[NewFriend, Welcome]], *, now: datetime) -> list[TouchPlan]:
    staff_names = dict(sql.fetch_all(_STAFF_NAMES, [[friend.staff_id for friend, _ in chosen]]))
    customer_names = dict(
        sql.fetch_all(_CUSTOMER_NAMES, [[friend.person.customer_id for friend, _ in chosen]])
    )
    apps = _apps(chosen)
    links = _links(chosen, now=now)
    return [
        _touch(
            friend,
            welcome,
            app_id=apps[friend.receipt.corp_pk, friend.receipt.app_slug],
            body=body_of(
                welcome.content,
                welcome_code=friend.welcome_code,
                customer_name=customer_names.get(friend.person.customer_id, ""),
                staff_name=staff_names.get(friend.staff_id, ""),
                link_url=links.get(friend.key),
            ),
            now=now,
        )
        for friend, welcome in chosen
    ]


def _touch(
    friend: NewFriend, welcome: Welcome, *, app_id: int, body: dict[str, Any], now: datetime
) -> TouchPlan:
    event_at = friend.receipt.event_at
    deadline = event_at + CODE_LIFE
    is_late = now >= deadline
    return TouchPlan(
        key=friend.key,
        identity_id=friend.person.identity_id,
        customer_id=friend.person.customer_id,
        staff_id=friend.staff_id,
        lane=Touch.Lane.WELCOME,
        purpose=Touch.Purpose.SERVICE,
        title=welcome.title,
        content={name: value for name, value in body.items() if name != "welcome_code"},
        due_at=event_at,
        valid_until=deadline,
        origin_kind=welcome.origin_kind,
        origin_id=str(welcome.origin_id),
        ended_as=Touch.State.EXPIRED if is_late else None,
        reason=_too_late() if is_late else "",
        draft=DispatchDraft(
            kind=Dispatch.Kind.WELCOME,
            corp_id=friend.receipt.corp_pk,
            app_id=app_id,
            body=body,
            deadline_at=deadline,
        ),
    )


def _too_late() -> str:
    return _("处理时欢迎语已超过 20 秒")


def _links(chosen: Sequence[tuple[NewFriend, Welcome]], *, now: datetime) -> dict[str, str]:
    """Make each person's own tracked link, where the welcome carries a material."""
    wanted = [
        (
            friend.key,
            LinkSpec(
                material_id=welcome.content.material_id,
                corp_id=friend.receipt.corp_pk,
                staff_id=friend.staff_id,
                batch=f"welcome:{welcome.origin_kind}:{welcome.origin_id}",
                identity_id=friend.person.identity_id,
            ),
        )
        for friend, welcome in chosen
        if welcome.content.material_id is not None
    ]
    made = create_links([spec for _key, spec in wanted], now=now)
    return {key: public_url(link.code) for (key, _spec), link in zip(wanted, made, strict=True)}


def _apps(chosen: Sequence[tuple[NewFriend, Welcome]]) -> dict[tuple[int, str], int]:
    """Return the apps that were told, by corp and slug: the code is theirs to use."""
    corps = sorted({friend.receipt.corp_pk for friend, _ in chosen})
    return {(corp, slug): pk for corp, slug, pk in sql.fetch_all(_APPS, [corps])}


def _without_second_welcomes(friends: Sequence[NewFriend]) -> list[NewFriend]:
    """Leave out who agreed to the archive and was welcomed before: that code is for who was not."""
    agreed = [friend for friend in friends if isinstance(friend.receipt.event, ArchiveAgreed)]
    if not agreed:
        return list(friends)
    welcomed = set(
        Touch.objects.filter(
            lane=Touch.Lane.WELCOME,
            identity_id__in={friend.person.identity_id for friend in agreed},
        )
        .exclude(state__in=[Touch.State.REFUSED, Touch.State.EXPIRED])
        .values_list("staff_id", "identity_id")
    )
    return [
        friend
        for friend in friends
        if friend not in agreed or (friend.staff_id, friend.person.identity_id) not in welcomed
    ]
