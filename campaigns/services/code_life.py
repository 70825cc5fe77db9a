"""Switching channel codes on again, copying them to departments, deleting them (渠道活码)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from campaigns.errors import CodeInUse
from campaigns.models import ChannelCode
from campaigns.services.channel_codes import MAX_STAFF, audit_code, push_channel_code
from common import bell
from customers.models import Follow
from org.models import Department, Staff, User
from touches.models import Touch

PUSH_BELL: Final = "scrm.push_channel_codes"
STATE_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
STATE_CHARACTERS: Final = 10
NAME_CHARACTERS: Final = 30
_COPIED_FIELDS: Final = (
    "corp_id",
    "app_id",
    "skip_verify",
    "text",
    "attachments",
    "material_id",
    "remark_template",
    "task_title",
    "task_body",
    "task_delay_minutes",
)


def new_state() -> str:
    """Return a channel parameter (渠道参数) that nobody has, without letters that look alike."""
    return "c-" + "".join(secrets.choice(STATE_LETTERS) for _ in range(STATE_CHARACTERS))


def enable_channel_code(
    code: ChannelCode, *, now: datetime, actor: User | None = None, address: str | None = None
) -> ChannelCode:
    """Switch a channel code on again (启用): WeCom makes a new QR code, the old one stays dead."""
    with transaction.atomic():
        row = ChannelCode.objects.select_for_update().get(pk=code.pk)
        if row.is_enabled:
            return row
        row.is_enabled, row.is_in_step, row.disabled_at = True, False, None
        row.save(update_fields=["is_enabled", "is_in_step", "disabled_at"])
        audit_code(row, "enabled", actor=actor, address=address, now=now)
    return push_channel_code(row)


def delete_channel_code(
    code: ChannelCode, *, now: datetime, actor: User | None = None, address: str | None = None
) -> None:
    """Delete a channel code that brought nobody (删除), after its contact way at WeCom.

    Raises:
        CodeInUse: it is switched on, WeCom still holds it, or it has brought somebody.
    """
    with transaction.atomic():
        row = ChannelCode.objects.select_for_update().get(pk=code.pk)
        if row.is_enabled:
            raise CodeInUse("请先停用这个活码")
        if not row.is_in_step:
            raise CodeInUse("企业微信还没有回收这个活码，稍后再删")
        if _has_brought_somebody(row):
            raise CodeInUse("这个活码带来过客户，删除会丢失来源；停用即可")
        audit_code(row, "deleted", actor=actor, address=address, now=now)
        row.delete()


def copy_to_departments(
    code: ChannelCode,
    departments: Sequence[Department],
    *,
    now: datetime,
    actor: User | None = None,
    address: str | None = None,
) -> list[ChannelCode]:
    """Make one code for each department (批量复制): its own staff, all else as in the original.

    The rows are committed at once, WeCom makes the codes one after the other; until then a copy
    has no QR code. A department where nobody may have customers is left out.

    One transaction.
    """
    made: list[ChannelCode] = []
    with transaction.atomic():
        for department in departments:
            staff = staff_on_duty(department)
            if staff:
                made.append(_copy(code, department, staff, now=now, actor=actor, address=address))
        if made:
            bell.ring(PUSH_BELL)
    return made


def staff_on_duty(department: Department) -> list[Staff]:
    """Return who of a department may have customers, at most as many as a code may lead to."""
    people = Staff.objects.filter(
        departments=department, is_follow_user=True, left_at=None, status=Staff.Status.ACTIVE
    )
    return list(people.order_by("id")[:MAX_STAFF])


def _copy(
    code: ChannelCode,
    department: Department,
    staff: Sequence[Staff],
    *,
    now: datetime,
    actor: User | None,
    address: str | None,
) -> ChannelCode:
    fields = {name: getattr(code, name) for name in _COPIED_FIELDS}
    kind = ChannelCode.Kind.SINGLE if len(staff) == 1 else ChannelCode.Kind.MULTIPLE
    copy = ChannelCode.objects.create(
        **fields,
        name=f"{department.name}·{code.name}"[:NAME_CHARACTERS],
        state=new_state(),
        kind=kind,
        created_by=actor,
        created_at=now,
    )
    copy.staff.set(staff)
    copy.tags.set(code.tags.all())
    for variant in code.variants.filter(staff=None).order_by("position", "id"):
        variant.pk, variant.channel_code = None, copy
        variant.save(force_insert=True)
    audit_code(copy, "created", actor=actor, address=address, now=now)
    return copy


def _has_brought_somebody(code: ChannelCode) -> bool:
    brought = Follow.objects.filter(state=code.state, staff__corp_id=code.corp_id)
    sent = Touch.objects.filter(origin_kind="channel_code", origin_id=str(code.pk))
    return brought.exists() or sent.exists()
