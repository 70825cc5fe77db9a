"""customer_acquisition: acquisition links (获客助手), wecom-api §25.11."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Maybe, MaybeMoment, MaybeNumber, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionBalanceLow(Event):
    """Fewer than 20 left (额度不足)."""

    KIND: ClassVar[str] = "customer_acquisition.balance_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionBalanceExhausted(Event):
    """Nothing left (额度用尽)."""

    KIND: ClassVar[str] = "customer_acquisition.balance_exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionBalanceIncreased(Event):
    """Topped up (额度增加)."""

    KIND: ClassVar[str] = "customer_acquisition.balance_increased"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionQuotaExpiring(Event):
    """Paid quota runs out soon (额度即将过期)."""

    KIND: ClassVar[str] = "customer_acquisition.quota_expire_soon"

    expires_at: Annotated[datetime | None, MaybeMoment("ExpireTime")]
    expiring_count: Annotated[int | None, MaybeNumber("ExpireQuotaNum")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionLinkUnavailable(Event):
    """None of the link's people can be used (链接不可用)."""

    KIND: ClassVar[str] = "customer_acquisition.link_unavailable"

    link_id: Annotated[str, Text("LinkId")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionLinkDeleted(Event):
    """Deleted in the admin console (链接被删除)."""

    KIND: ClassVar[str] = "customer_acquisition.delete_link"

    link_id: Annotated[str, Text("LinkId")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionFriendRequested(Event):
    """A customer asked to be added through the link (申请好友)."""

    KIND: ClassVar[str] = "customer_acquisition.friend_request"

    link_id: Annotated[str, Text("LinkId")]
    state: Annotated[str, Maybe("State")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionProfileOpened(Event):
    """A customer opened the profile page (打开名片页)."""

    KIND: ClassVar[str] = "customer_acquisition.open_profile"

    link_id: Annotated[str, Text("LinkId")]
    state: Annotated[str, Maybe("State")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionChatStarted(Event):
    """A customer's first message (首次发消息)."""

    KIND: ClassVar[str] = "customer_acquisition.customer_start_chat"

    userid: Annotated[str, Maybe("UserID")]
    external_userid: Annotated[str, Maybe("ExternalUserID")]
    link_id: Annotated[str, Text("LinkId")]
    state: Annotated[str, Maybe("State")]

    @property
    def subject_id(self) -> str:
        """The customer, if named."""
        return self.external_userid


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionMessageReceived(Event):
    """After a customer's 3rd, 5th, 10th message; `chat_key` (30 min) tells who (会话信息)."""

    KIND: ClassVar[str] = "customer_acquisition.message_from_customer"

    link_id: Annotated[str, Text("LinkId")]
    chat_key: Annotated[str, Maybe("ChatKey")]
    state: Annotated[str, Maybe("State")]


EVENTS: tuple[type[Event], ...] = (
    AcquisitionBalanceLow,
    AcquisitionBalanceExhausted,
    AcquisitionBalanceIncreased,
    AcquisitionQuotaExpiring,
    AcquisitionLinkUnavailable,
    AcquisitionLinkDeleted,
    AcquisitionFriendRequested,
    AcquisitionProfileOpened,
    AcquisitionChatStarted,
    AcquisitionMessageReceived,
)
