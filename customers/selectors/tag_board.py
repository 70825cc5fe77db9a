"""A customer's tags as staff edit them (标签板): the corp's groups, with what is on."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.db.models import Q

from customers.models import Follow, Tag, TagAssignment

# More than staff can overlook are of no use to them.
MOST_TAGS: Final = 60


@dataclass(frozen=True, slots=True)
class BoardTag:
    """One tag, and whether the customer carries it."""

    id: int
    name: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class BoardGroup:
    """A group of tags."""

    name: str
    tags: list[BoardTag]


def tag_ids_of(follow: Follow) -> set[int]:
    """Return the tags of a customer through one relation: WeCom's of that relation, and local ones.

    Other members' tags of the same customer are theirs.
    """
    carried = TagAssignment.objects.filter(
        Q(follow=follow) | Q(follow=None, identity_id=follow.identity_id), tag__is_deleted=False
    )
    return set(carried.values_list("tag_id", flat=True))


def tag_board(*, corp_id: int, on: Collection[int]) -> list[BoardGroup]:
    """Return the corp's tags by group, those that are on among them in any case."""
    tags = list(
        Tag.objects.filter(corp_id=corp_id, is_deleted=False, group__is_deleted=False)
        .select_related("group")
        .order_by("group__position", "group_id", "position", "id")
    )
    shown = {tag.pk for tag in tags[:MOST_TAGS]} | set(on)
    kept = [tag for tag in tags if tag.pk in shown]
    return [
        BoardGroup(
            next(iter(members)).group.name,
            [BoardTag(tag.pk, tag.name, tag.pk in on) for tag in members],
        )
        for members in (list(part) for _, part in groupby(kept, key=lambda tag: tag.group_id))
    ]
