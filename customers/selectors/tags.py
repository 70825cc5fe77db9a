"""The tag library as pages show it (标签库): groups, tags, how many customers carry each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Prefetch, QuerySet

from common import sql
from customers.errors import BadTag
from customers.models import RefreshRequest, Tag, TagGroup
from org.models import User
from org.selectors.scope import visible_staff_ids

# Assignments more than this are told as the planner's statistics have them.
COUNTED_ROWS: Final = 300_000
_ESTIMATED: Final = "SELECT reltuples FROM pg_class WHERE oid = 'customers_tagassignment'::regclass"
_COUNT: Final = """
SELECT held.tag_id, count(DISTINCT identity.customer_id)
  FROM customers_tagassignment held
  JOIN customers_identity identity ON identity.id = held.identity_id
 WHERE held.tag_id = ANY(%(tags)s) AND {scope}
 GROUP BY held.tag_id
"""
_IN_SCOPE: Final = """identity.customer_id IN (
       SELECT seen.customer_id FROM customers_identity seen
         JOIN customers_follow follow ON follow.identity_id = seen.id
        WHERE follow.staff_id = ANY(%(staff)s))"""
_STATISTICS: Final = """
SELECT common.value::bigint, (common.frequency * rel.reltuples)::bigint
  FROM pg_stats stats
 CROSS JOIN pg_class rel
 CROSS JOIN LATERAL unnest(stats.most_common_vals::text::text[], stats.most_common_freqs)
       AS common (value, frequency)
 WHERE stats.schemaname = current_schema() AND stats.tablename = 'customers_tagassignment'
   AND stats.attname = 'tag_id' AND rel.oid = 'customers_tagassignment'::regclass
"""


@dataclass(frozen=True, slots=True)
class GroupOfTags:
    """A group with its live tags (标签组)."""

    id: int
    name: str
    is_enterprise: bool
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class TagCounts:
    """How many customers carry each tag, by the tag's number; none is left out."""

    by_tag: dict[int, int]
    is_exact: bool


def tag_groups() -> QuerySet[TagGroup]:
    """Return the live groups with their live tags as `live_tags`, in WeCom's order."""
    tags = Tag.objects.filter(is_deleted=False).order_by("-position", "id")
    return (
        TagGroup.objects.filter(is_deleted=False)
        .select_related("corp")
        .prefetch_related(Prefetch("tags", tags, to_attr="live_tags"))
        .order_by("-position", "id")
    )


def groups_with_tags() -> list[GroupOfTags]:
    """Return the live groups with their live tags, in WeCom's order; two statements."""
    return [
        GroupOfTags(
            group.pk, group.name, group.wecom_id is not None, tuple(getattr(group, "live_tags", ()))
        )
        for group in tag_groups()
    ]


def live_tags() -> QuerySet[Tag]:
    """Return the tags that can be given, with their groups, in WeCom's order."""
    return (
        Tag.objects.filter(is_deleted=False)
        .select_related("group")
        .order_by("-group__position", "group_id", "-position", "id")
    )


def access_tag(tag_id: int) -> Tag:
    """Return a live tag.

    Raises:
        BadTag: there is none.
    """
    tag = Tag.objects.filter(pk=tag_id, is_deleted=False).select_related("corp", "group").first()
    if tag is None:
        raise BadTag(str(tag_id))
    return tag


def access_group(group_id: int) -> TagGroup:
    """Return a live group.

    Raises:
        BadTag: there is none.
    """
    group = TagGroup.objects.filter(pk=group_id, is_deleted=False).select_related("corp").first()
    if group is None:
        raise BadTag(str(group_id))
    return group


def count_tags(viewer: User, tag_ids: Sequence[int]) -> TagCounts:
    """Count who carries these tags in the viewer's scope; a whole large company is estimated."""
    staff = visible_staff_ids(viewer)
    if staff is None and sql.fetch_value(_ESTIMATED) > COUNTED_ROWS:
        return TagCounts(dict(sql.fetch_all(_STATISTICS)), is_exact=False)
    query = _COUNT.format(scope="true" if staff is None else _IN_SCOPE)
    rows = sql.fetch_all(query, {"tags": list(tag_ids), "staff": staff or []})
    return TagCounts(dict(rows), is_exact=True)


def is_library_awaited() -> bool:
    """Say whether the library is about to be read from WeCom."""
    return RefreshRequest.objects.filter(kind=RefreshRequest.Kind.TAGS).exists()
