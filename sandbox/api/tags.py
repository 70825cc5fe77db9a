"""Corp tags and marks (wecom-api §7)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.entities import JSONDict, Tag, TagGroup
from sandbox.errors import ApiError
from sandbox.state import Corp
from sandbox.visibility import find_seller, open_relation


def show_group(group: TagGroup, wanted: set[str] | None = None) -> JSONDict:
    """Return a group as `get_corp_tag_list` answers it, with the `wanted` or all live tags."""
    tags = sorted(group.tags.values(), key=lambda tag: -tag.order)
    return {
        "group_id": group.group_id,
        "group_name": group.group_name,
        "create_time": group.create_time,
        "order": group.order,
        "deleted": group.deleted,
        "tag": [
            {
                "id": tag.id,
                "name": tag.name,
                "create_time": tag.create_time,
                "order": tag.order,
                "deleted": tag.deleted,
            }
            for tag in tags
            if (tag.id in wanted if wanted is not None else not tag.deleted)
        ],
    }


@endpoint(
    "POST",
    "externalcontact/get_corp_tag_list",
    fields={"tag_id": [str], "group_id": [str]},
    empty=["tag_group"],
)
def get_corp_tag_list(call: Call) -> JSONDict:
    """Answer all live tags, or the asked ones with deleted ones marked."""
    group_ids, tag_ids = call.texts("group_id", 1000), call.texts("tag_id", 1000)
    groups = sorted(call.corp.tag_groups.values(), key=lambda group: -group.order)
    if group_ids:
        return {"tag_group": [show_group(g) for g in groups if g.group_id in group_ids]}
    if tag_ids:
        wanted = set(tag_ids)
        return {"tag_group": [show_group(g, wanted) for g in groups if wanted & set(g.tags)]}
    return {"tag_group": [show_group(g) for g in groups if not g.deleted]}


@endpoint(
    "POST",
    "externalcontact/add_corp_tag",
    fields={
        "group_id": str,
        "group_name": str,
        "order": int,
        "tag": [{"name": str, "order": int}],
        "agentid": int,
    },
)
def add_corp_tag(call: Call) -> JSONDict:
    """Create tags in an old or new group."""
    rows = {str(tag.get("name") or ""): int(tag.get("order") or 0) for tag in _tag_rows(call)}
    live = sum(not tag.deleted for tag in call.corp.tags.values())
    if live + len(rows) > call.sim.world.settings.tag_cap:
        raise ApiError(40126)
    group = _target_group(call)
    names = {tag.name for tag in group.tags.values() if not tag.deleted}
    if names & set(rows):
        raise ApiError(40071)
    fresh = [
        Tag(call.sim.world.mint("et"), name, call.now, order, owner=call.app.slug)
        for name, order in rows.items()
    ]
    group.tags |= {tag.id: tag for tag in fresh}
    call.corp.put_tag_group(group)
    return {"tag_group": show_group(group, {tag.id for tag in fresh})}


def _tag_rows(call: Call) -> list[JSONDict]:
    rows = call.body.get("tag") or []
    if not rows:
        raise ApiError(40063, "missing tag")
    for row in rows:
        if not 1 <= len(str(row.get("name") or "")) <= 30:
            raise ApiError(40072, "tag name must have 1…30 characters")
    return list(rows)


def _target_group(call: Call) -> TagGroup:
    group_id, name = call.text("group_id"), call.text("group_name", chars=30)
    if group_id:
        group = call.corp.tag_groups.get(group_id)
        if group is None or group.deleted:
            raise ApiError(40068)
        return group
    if not name:
        raise ApiError(40063, "missing group_id or group_name")
    for group in call.corp.tag_groups.values():
        if group.group_name == name and not group.deleted:
            return group
    return TagGroup(
        call.sim.world.mint("et"), name, call.now, call.number("order"), owner=call.app.slug
    )


@endpoint(
    "POST",
    "externalcontact/edit_corp_tag",
    fields={"id": str, "name": str, "order": int, "agentid": int},
)
def edit_corp_tag(call: Call) -> JSONDict:
    """Rename or reorder one of the app's own tags or groups."""
    wanted, name = call.need("id"), call.text("name", chars=30)
    entry: Tag | TagGroup | None = call.corp.tags.get(wanted) or call.corp.tag_groups.get(wanted)
    if entry is None or entry.deleted:
        raise ApiError(40068)
    if entry.owner != call.app.slug:
        raise ApiError(48002, "tag was not created by this app")
    if name:
        _refuse_taken_name(call.corp, entry, name)
        if isinstance(entry, Tag):
            entry.name = name
        else:
            entry.group_name = name
    entry.order = call.number("order", entry.order)
    return {}


def _refuse_taken_name(corp: Corp, entry: Tag | TagGroup, name: str) -> None:
    if isinstance(entry, TagGroup):
        return
    group = corp.group_of_tag(entry.id)
    siblings = group.tags.values() if group else ()
    if any(t.name == name and t.id != entry.id and not t.deleted for t in siblings):
        raise ApiError(40071)


@endpoint(
    "POST",
    "externalcontact/del_corp_tag",
    fields={"tag_id": [str], "group_id": [str], "agentid": int},
)
def del_corp_tag(call: Call) -> JSONDict:
    """Delete the app's own tags or groups, with all their marks."""
    tag_ids, group_ids = call.texts("tag_id", 1000), call.texts("group_id", 1000)
    if not tag_ids and not group_ids:
        raise ApiError(40063, "missing tag_id or group_id")
    groups = [_own(call, call.corp.tag_groups.get(group_id)) for group_id in group_ids]
    tags = [_own(call, call.corp.tags.get(tag_id)) for tag_id in tag_ids]
    doomed = {tag.id for tag in tags if isinstance(tag, Tag)}
    doomed |= {t for group in groups if isinstance(group, TagGroup) for t in group.tags}
    remove_tags(call.corp, doomed)
    return {}


def _own(call: Call, entry: Tag | TagGroup | None) -> Tag | TagGroup:
    if entry is None or entry.deleted:
        raise ApiError(40068)
    if entry.owner != call.app.slug:
        raise ApiError(48002, "tag was not created by this app")
    return entry


def remove_tags(corp: Corp, tag_ids: set[str]) -> None:
    """Delete tags and their marks; a group vanishes with its last tag."""
    for tag_id in tag_ids:
        corp.tags[tag_id].deleted = True
    for group in corp.tag_groups.values():
        group.deleted = all(tag.deleted for tag in group.tags.values())
    for pairs in corp.relations.values():
        for relation in pairs.values():
            if not tag_ids.isdisjoint(relation.tags):
                relation.tags = [t for t in relation.tags if t not in tag_ids]


@endpoint(
    "POST",
    "externalcontact/mark_tag",
    fields={"userid": str, "external_userid": str, "add_tag": [str], "remove_tag": [str]},
    is_pair_write=True,
)
def mark_tag(call: Call) -> JSONDict:
    """Add and remove marks of one pair; no callback follows."""
    added, removed = call.texts("add_tag", 3000), call.texts("remove_tag", 3000)
    if not added and not removed:
        raise ApiError(40063, "missing add_tag or remove_tag")
    member = find_seller(call.corp, call.app, call.need("userid"))
    relation = open_relation(call.corp, member.userid, call.text("external_userid"))
    for tag_id in added + removed:
        tag = call.corp.tags.get(tag_id)
        if tag is None or tag.deleted:
            raise ApiError(40068)
    kept = [tag_id for tag_id in relation.tags if tag_id not in removed]
    kept += [tag_id for tag_id in dict.fromkeys(added) if tag_id not in kept]
    if len(kept) > 3000:
        raise ApiError(40144, "tag limit of this customer")
    relation.tags = kept
    return {}
