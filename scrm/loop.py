"""The loop (闭环) in two tables: what a callback means, and what happens on an event.

Data goes round, imports go down; this file is where the circle closes.

    WeCom callback → receipt → INTAKE → event → ROUTES → profile, alerts, touches → WeCom
                                          ↑                                          │
                                          └── reads, sends, clicks: record_event ────┘

`INTAKE` names the handler of each kind of callback; callbacks of one handler come to it in order.
`ROUTES` names, for each type of event, the folds (pure, replayed by `manage.py rebuild`) and the
reactions (once, never replayed). Reducers run in an order that keeps that of every route.
"""

from collections.abc import Mapping
from typing import Final

from campaigns.services.reactions import apply_channel_tags, plan_first_task
from campaigns.services.reading_tags import tag_readers
from content.services.alerts import raise_read_alerts
from customers import events as kinds
from customers.services import callbacks
from customers.services.dispatcher import Route
from customers.services.folds import FOLDS
from customers.services.friend_alerts import raise_friend_alerts
from customers.services.intake import Handler
from sop.services.merging import settle_merged_runs
from sop.services.reactions import move_journeys
from touches.services.alerts import notify_staff_of_alerts
from touches.services.clicks import on_card_clicked
from wecom import events as wecom

INTAKE: Final[Mapping[type[wecom.Event], Handler]] = {
    # A member and a customer.
    wecom.CustomerAdded: callbacks.on_relation,
    wecom.CustomerHalfAdded: callbacks.on_relation,
    wecom.CustomerEdited: callbacks.on_relation,
    wecom.CustomerDeleted: callbacks.on_relation,
    wecom.MemberDeletedByCustomer: callbacks.on_relation,
    wecom.TransferFailed: callbacks.on_relation,
    wecom.ArchiveAgreed: callbacks.on_relation,
    wecom.AcquisitionChatStarted: callbacks.on_relation,
    # Customer groups.
    wecom.GroupCreated: callbacks.on_group,
    wecom.GroupUpdated: callbacks.on_group,
    wecom.GroupDismissed: callbacks.on_group,
    # The tag library.
    wecom.TagCreated: callbacks.on_tags,
    wecom.TagUpdated: callbacks.on_tags,
    wecom.TagDeleted: callbacks.on_tags,
    wecom.TagsShuffled: callbacks.on_tags,
    # Contacts.
    wecom.MemberCreated: callbacks.on_contacts,
    wecom.MemberUpdated: callbacks.on_contacts,
    wecom.MemberDeleted: callbacks.on_contacts,
    wecom.DepartmentCreated: callbacks.on_contacts,
    wecom.DepartmentUpdated: callbacks.on_contacts,
    wecom.DepartmentDeleted: callbacks.on_contacts,
    # What staff tap on our cards.
    wecom.CardClicked: on_card_clicked,
}

_REACTIONS: Final = {
    kinds.FriendAdded.type: (apply_channel_tags, plan_first_task, raise_friend_alerts),
    kinds.LinkOpened.type: (raise_read_alerts, notify_staff_of_alerts),
    kinds.LinkDwelled.type: (raise_read_alerts, notify_staff_of_alerts),
    kinds.LinkCompleted.type: (tag_readers,),
    kinds.CustomersMerged.type: (settle_merged_runs,),
}

ROUTES: Final[Mapping[str, Route]] = {
    name: Route(
        folds=tuple(fold for fold, types in FOLDS.items() if types is None or name in types),
        # Journeys come last: what they decide is decided on all that the event brought about.
        reactions=(*_REACTIONS.get(name, ()), move_journeys),
    )
    for name in kinds.EVENT_TYPES
}
