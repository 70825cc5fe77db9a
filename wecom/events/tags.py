"""change_external_tag: corp tags and their groups (企业客户标签), wecom-api §25.9."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Maybe, MaybeNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class TagEvent(Event):
    """Something about a tag or a tag group; `tag_type` is `tag` or `tag_group`."""

    tag_id: Annotated[str, Maybe("Id")]
    tag_type: Annotated[str, Maybe("TagType")]
    strategy_id: Annotated[int | None, MaybeNumber("StrategyId")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCreated(TagEvent):
    """Created (新建标签)."""

    KIND: ClassVar[str] = "change_external_tag.create"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUpdated(TagEvent):
    """Changed (变更标签)."""

    KIND: ClassVar[str] = "change_external_tag.update"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDeleted(TagEvent):
    """Deleted (删除标签); a deleted group sends one event, none per tag."""

    KIND: ClassVar[str] = "change_external_tag.delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsShuffled(TagEvent):
    """Put in another order (重排标签); the id is the group, or empty for the groups themselves."""

    KIND: ClassVar[str] = "change_external_tag.shuffle"


EVENTS: tuple[type[Event], ...] = (TagCreated, TagUpdated, TagDeleted, TagsShuffled)
