"""Every event of WeCom as a typed value (事件), wecom-api §25."""

from wecom.events.acquisition import (
    AcquisitionBalanceExhausted,
    AcquisitionBalanceIncreased,
    AcquisitionBalanceLow,
    AcquisitionChatStarted,
    AcquisitionFriendRequested,
    AcquisitionLinkDeleted,
    AcquisitionLinkUnavailable,
    AcquisitionMessageReceived,
    AcquisitionProfileOpened,
    AcquisitionQuotaExpiring,
)
from wecom.events.apps import (
    ActivityRestored,
    AppEntered,
    AppSubscribed,
    AppUnsubscribed,
    ArchiveHint,
    BatchJobDone,
    CardClicked,
    CardMenuClicked,
    InactiveClosed,
    InactiveReopened,
    InactiveWarned,
    LocationReported,
    LowActivity,
    LowActivityWarned,
    MenuClicked,
    MenuLinkOpened,
    SelectedItem,
    ServiceMessageHint,
    ServiceRightsChanged,
    SharedAppChanged,
)
from wecom.events.base import Event, UnknownEvent
from wecom.events.contacts import (
    DepartmentCreated,
    DepartmentDeleted,
    DepartmentUpdated,
    MemberCreated,
    MemberDeleted,
    MemberTagUpdated,
    MemberUpdated,
)
from wecom.events.customers import (
    ArchiveAgreed,
    CustomerAdded,
    CustomerDeleted,
    CustomerEdited,
    CustomerEvent,
    CustomerHalfAdded,
    MemberDeletedByCustomer,
    TransferFailed,
)
from wecom.events.groups import GroupCreated, GroupDismissed, GroupEvent, GroupUpdated
from wecom.events.parsing import known_kinds, parse_event
from wecom.events.tags import TagCreated, TagDeleted, TagEvent, TagsShuffled, TagUpdated

__all__ = [
    "AcquisitionBalanceExhausted", "AcquisitionBalanceIncreased", "AcquisitionBalanceLow",
    "AcquisitionChatStarted", "AcquisitionFriendRequested", "AcquisitionLinkDeleted",
    "AcquisitionLinkUnavailable", "AcquisitionMessageReceived", "AcquisitionProfileOpened",
    "AcquisitionQuotaExpiring", "ActivityRestored", "AppEntered", "AppSubscribed",
    "AppUnsubscribed", "ArchiveAgreed", "ArchiveHint", "BatchJobDone", "CardClicked",
    "CardMenuClicked", "CustomerAdded", "CustomerDeleted", "CustomerEdited", "CustomerEvent",
    "CustomerHalfAdded", "DepartmentCreated", "DepartmentDeleted", "DepartmentUpdated", "Event",
    "GroupCreated", "GroupDismissed", "GroupEvent", "GroupUpdated", "InactiveClosed",
    "InactiveReopened", "InactiveWarned", "LocationReported", "LowActivity", "LowActivityWarned",
    "MemberCreated", "MemberDeleted", "MemberDeletedByCustomer", "MemberTagUpdated",
    "MemberUpdated", "MenuClicked", "MenuLinkOpened", "SelectedItem", "ServiceMessageHint",
    "ServiceRightsChanged", "SharedAppChanged", "TagCreated", "TagDeleted", "TagEvent",
    "TagUpdated", "TagsShuffled", "TransferFailed", "UnknownEvent", "known_kinds", "parse_event",
]  # fmt: skip
