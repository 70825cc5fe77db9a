"""change_external_contact: a member and a customer (客户联系), wecom-api §25.7."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Maybe, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent(Event):
    """Something between one member and one customer."""

    userid: Annotated[str, Text("UserID")]
    external_userid: Annotated[str, Text("ExternalUserID")]

    @property
    def subject_id(self) -> str:
        """The customer."""
        return self.external_userid


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdded(CustomerEvent):
    """They became friends (添加客户). The welcome code lives 20 s and works once."""

    KIND: ClassVar[str] = "change_external_contact.add_external_contact"

    state: Annotated[str, Maybe("State")]
    welcome_code: Annotated[str, Maybe("WelcomeCode")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerHalfAdded(CustomerEvent):
    """The customer added by a skip-verify code; the member has not added back (免验证添加)."""

    KIND: ClassVar[str] = "change_external_contact.add_half_external_contact"

    state: Annotated[str, Maybe("State")]
    welcome_code: Annotated[str, Maybe("WelcomeCode")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEdited(CustomerEvent):
    """The member changed remark, phone or tags in the client; carries no diff: fetch again."""

    KIND: ClassVar[str] = "change_external_contact.edit_external_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeleted(CustomerEvent):
    """The member deleted the customer (删除客户); `source` says if it was a hand-over."""

    KIND: ClassVar[str] = "change_external_contact.del_external_contact"

    source: Annotated[str, Maybe("Source")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDeletedByCustomer(CustomerEvent):
    """The customer deleted the member (被客户删除); the one-way relation stays readable."""

    KIND: ClassVar[str] = "change_external_contact.del_follow_user"

    source: Annotated[str, Maybe("Source")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(CustomerEvent):
    """A hand-over (客户继承) failed: customer_refused or customer_limit_exceed."""

    KIND: ClassVar[str] = "change_external_contact.transfer_fail"

    fail_reason: Annotated[str, Maybe("FailReason")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveAgreed(CustomerEvent):
    """The customer agreed to the archive (同意会话存档); comes with a new welcome code."""

    KIND: ClassVar[str] = "change_external_contact.msg_audit_approved"

    welcome_code: Annotated[str, Maybe("WelcomeCode")]


EVENTS: tuple[type[Event], ...] = (
    CustomerAdded,
    CustomerHalfAdded,
    CustomerEdited,
    CustomerDeleted,
    MemberDeletedByCustomer,
    TransferFailed,
    ArchiveAgreed,
)
