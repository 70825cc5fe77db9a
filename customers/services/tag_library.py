"""Changing the tag library (标签库): at WeCom first, then ours is read again; local tags at once.

WeCom's answer is asked for outside any transaction. What comes of a call that was not answered is
seen when the library is read again, which is asked for in any case: tags are few, and reading all
of them is one call. WeCom lets an app change only what it made itself.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from customers.errors import BadTag
from customers.models import RefreshRequest, Tag, TagGroup
from customers.services.reading import read_tags_into
from customers.services.refresh_requests import request_refresh
from org.models import AuditRow, User
from org.services.audit import record_audit
from wecom.api import tags as tags_api
from wecom.client import Client, corp_client
from wecom.errors import Ambiguous, QuotaExceeded, Transient, WeComError
from wecom.models import Corp

NAME_CHARACTERS: Final = 30
MOST_AT_ONCE: Final = 50
_NAME_TAKEN, _GONE, _NOT_OURS = 40071, 40068, 48002


def create_tags(
    *,
    corp: Corp,
    group: TagGroup | None,
    group_name: str,
    names: Sequence[str],
    is_local: bool,
    user: User,
    now: datetime,
) -> None:
    """Make tags in a group, or in a new one (新建标签); audited. Not inside a transaction.

    Args:
        group: Where they go; None makes the group of `group_name`, or finds it.
        is_local: Ours alone, where `group` does not say.

    Raises:
        BadTag: no name, too long a name, a name that is there already, or WeCom refused.

    Source: wecom-api §7.1, externalcontact/add_corp_tag.
    """
    names = [_checked(name) for name in dict.fromkeys(names) if name.strip()]
    if not names or len(names) > MOST_AT_ONCE:
        raise BadTag(_("一次新建 1 至 {most} 个标签。").format(most=MOST_AT_ONCE))
    if group is None:
        group_name = _checked(group_name)
    elif Tag.objects.filter(group=group, name__in=names, is_deleted=False).exists():
        raise BadTag(_("这个标签组里已经有同名的标签。"))
    if group.wecom_id is None if group is not None else is_local:
        _create_local(corp, group, group_name, names)
    else:
        group_id = (group.wecom_id or "") if group is not None else ""
        _at_wecom(
            corp,
            lambda client: tags_api.corp_tag_add(
                client, names=names, group_id=group_id, group_name="" if group_id else group_name
            ),
            now=now,
        )
    where = group.name if group is not None else group_name
    _audit(user, f"group:{where}", {"created": ", ".join(names)}, now=now)


def rename(*, entry: Tag | TagGroup, name: str, user: User, now: datetime) -> None:
    """Rename a tag or a group (重命名); audited. Not inside a transaction.

    Raises:
        BadTag: see `create_tags`.

    Source: wecom-api §7.1, externalcontact/edit_corp_tag.
    """
    name, before = _checked(name), entry.name
    if name == before:
        return
    wecom_id = entry.wecom_id
    if wecom_id is None:
        if isinstance(entry, Tag) and _is_taken(entry, name):
            raise BadTag(_("这个标签组里已经有同名的标签。"))
        entry.name = name
        entry.save(update_fields=["name"])
    else:
        _at_wecom(
            entry.corp,
            lambda client: tags_api.corp_tag_edit(client, id=wecom_id, name=name),
            now=now,
        )
    _audit(user, f"{_kind(entry)}:{entry.pk}", {"from": before, "to": name}, now=now)


def delete(*, entry: Tag | TagGroup, user: User, now: datetime) -> None:
    """Delete a tag, or a group with all its tags (删除标签); customers lose them. Audited.

    Not inside a transaction.

    Raises:
        BadTag: WeCom refused.

    Source: wecom-api §7.1, externalcontact/del_corp_tag.
    """
    wecom_id = entry.wecom_id
    if wecom_id is None:
        _delete_local(entry)
    else:
        key = "tag_ids" if isinstance(entry, Tag) else "group_ids"
        _at_wecom(
            entry.corp,
            lambda client: tags_api.corp_tag_del(client, **{key: [wecom_id]}),
            now=now,
        )
    _audit(user, f"{_kind(entry)}:{entry.pk}", {"deleted": entry.name}, now=now)


def ask_for_library(*, corp: Corp, now: datetime) -> None:
    """Have the library read from WeCom again (核对标签库); one transaction."""
    with transaction.atomic():
        request_refresh(corp_pk=corp.pk, kind=RefreshRequest.Kind.TAGS, keys=[""], now=now)


def _at_wecom(corp: Corp, call: Callable[[Client], object], *, now: datetime) -> None:
    """Change something at WeCom, then read the library; if that fails, soon."""
    try:
        client = corp_client(corp.pk)
        call(client)
    except Ambiguous as error:
        ask_for_library(corp=corp, now=now)
        raise BadTag(_("企业微信没有回答，正在核对结果，请稍后刷新。")) from error
    except WeComError as error:
        ask_for_library(corp=corp, now=now)
        raise BadTag(_sentence(error)) from error
    try:
        read_tags_into(client, corp=corp)
    except WeComError:
        ask_for_library(corp=corp, now=now)


def _sentence(error: WeComError) -> str:
    known = {
        _NAME_TAKEN: _("这个标签组里已经有同名的标签。"),
        _GONE: _("它在企业微信里已经不在了，正在核对标签库。"),
        _NOT_OURS: _("它不是由本应用创建的，只能在企业微信管理后台修改。"),
    }
    if error.errcode in known:
        return known[error.errcode]
    if isinstance(error, QuotaExceeded):
        return _("企业的标签数量已达上限。")
    if isinstance(error, Transient):
        return _("企业微信暂时不能处理，请稍后再试。")
    return _("企业微信拒绝了这次修改：{reason}").format(reason=error.message or error.errcode)


def _create_local(
    corp: Corp, group: TagGroup | None, group_name: str, names: Sequence[str]
) -> None:
    with transaction.atomic():
        if group is None:
            group, _made = TagGroup.objects.get_or_create(
                corp=corp, wecom_id=None, name=group_name, is_deleted=False
            )
        last = Tag.objects.filter(group=group).aggregate(last=Max("position"))["last"] or 0
        Tag.objects.bulk_create(
            Tag(corp=corp, group=group, name=name, position=last + number)
            for number, name in enumerate(names, start=1)
            if not Tag.objects.filter(group=group, name=name, is_deleted=False).exists()
        )


def _delete_local(entry: Tag | TagGroup) -> None:
    with transaction.atomic():
        tags = Tag.objects.filter(pk=entry.pk) if isinstance(entry, Tag) else entry.tags.all()
        for tag in tags:
            tag.assignments.all().delete()
        tags.update(is_deleted=True)
        entry.is_deleted = True
        entry.save(update_fields=["is_deleted"])


def _is_taken(tag: Tag, name: str) -> bool:
    others = Tag.objects.filter(group_id=tag.group_id, name=name, is_deleted=False)
    return others.exclude(pk=tag.pk).exists()


def _checked(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > NAME_CHARACTERS:
        raise BadTag(_("名称需要 1 至 {most} 个字。").format(most=NAME_CHARACTERS))
    return name


def _kind(entry: Tag | TagGroup) -> str:
    return "tag" if isinstance(entry, Tag) else "group"


def _audit(user: User, subject: str, detail: dict[str, str], *, now: datetime) -> None:
    record_audit(
        actor=user, action=AuditRow.Action.TAGS_CHANGED, subject=subject, detail=detail, now=now
    )
