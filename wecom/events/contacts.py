"""change_contact: members and departments (通讯录变更), wecom-api §25.10."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Maybe, MaybeNumber, Number, Numbers, Text, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEvent(Event):
    """Something about one member (成员)."""

    userid: Annotated[str, Text("UserID")]

    @property
    def subject_id(self) -> str:
        """The member."""
        return self.userid


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCreated(MemberEvent):
    """A member was added; only ids come with it since 2022-08-15."""

    KIND: ClassVar[str] = "change_contact.create_user"

    department_ids: Annotated[tuple[int, ...], Numbers("Department")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUpdated(MemberEvent):
    """A member changed; a new userid must be applied to every relation row."""

    KIND: ClassVar[str] = "change_contact.update_user"

    new_userid: Annotated[str, Maybe("NewUserID")]
    department_ids: Annotated[tuple[int, ...], Numbers("Department")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDeleted(MemberEvent):
    """A member left (离职): what the resigned hand-over begins with."""

    KIND: ClassVar[str] = "change_contact.delete_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentEvent(Event):
    """Something about one department (部门)."""

    department_id: Annotated[int, Number("Id")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentCreated(DepartmentEvent):
    """A department was added; the name may be missing."""

    KIND: ClassVar[str] = "change_contact.create_party"

    name: Annotated[str, Maybe("Name")]
    parent_id: Annotated[int | None, MaybeNumber("ParentId")]
    order: Annotated[int | None, MaybeNumber("Order")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentUpdated(DepartmentEvent):
    """A department changed; what is missing did not change."""

    KIND: ClassVar[str] = "change_contact.update_party"

    name: Annotated[str, Maybe("Name")]
    parent_id: Annotated[int | None, MaybeNumber("ParentId")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentDeleted(DepartmentEvent):
    """A department was removed."""

    KIND: ClassVar[str] = "change_contact.delete_party"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTagUpdated(Event):
    """Members or departments entered or left a member tag (成员标签)."""

    KIND: ClassVar[str] = "change_contact.update_tag"

    tag_id: Annotated[int, Number("TagId")]
    added_userids: Annotated[tuple[str, ...], Words("AddUserItems")]
    removed_userids: Annotated[tuple[str, ...], Words("DelUserItems")]
    added_department_ids: Annotated[tuple[int, ...], Numbers("AddPartyItems")]
    removed_department_ids: Annotated[tuple[int, ...], Numbers("DelPartyItems")]


EVENTS: tuple[type[Event], ...] = (
    MemberCreated,
    MemberUpdated,
    MemberDeleted,
    DepartmentCreated,
    DepartmentUpdated,
    DepartmentDeleted,
    MemberTagUpdated,
)
