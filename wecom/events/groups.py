"""change_external_chat: customer groups (客户群), wecom-api §25.8."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Items, Maybe, MaybeNumber, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEvent(Event):
    """Something about one customer group."""

    chat_id: Annotated[str, Text("ChatId")]

    @property
    def subject_id(self) -> str:
        """The group."""
        return self.chat_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCreated(GroupEvent):
    """A group was created (建群)."""

    KIND: ClassVar[str] = "change_external_chat.create"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupUpdated(GroupEvent):
    """A group changed (群变更).

    The member diff holds only if the stored member version is `last_member_version`; older clients
    send no detail at all. Otherwise fetch the group again.
    """

    KIND: ClassVar[str] = "change_external_chat.update"

    update_detail: Annotated[str, Maybe("UpdateDetail")]
    join_scene: Annotated[int | None, MaybeNumber("JoinScene")]
    quit_scene: Annotated[int | None, MaybeNumber("QuitScene")]
    changed_count: Annotated[int | None, MaybeNumber("MemChangeCnt")]
    changed_members: Annotated[tuple[str, ...], Items("MemChangeList")]
    last_member_version: Annotated[str, Maybe("LastMemVer")]
    member_version: Annotated[str, Maybe("CurMemVer")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDismissed(GroupEvent):
    """A group was dissolved (解散群)."""

    KIND: ClassVar[str] = "change_external_chat.dismiss"


EVENTS: tuple[type[Event], ...] = (GroupCreated, GroupUpdated, GroupDismissed)
