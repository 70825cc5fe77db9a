"""Making and changing channel codes (渠道活码): our row first, then WeCom, outside any transaction.

`add_contact_way` has no protection of its own, so our `state` is the marker: a code whose making
has no certain end is looked for by it before it is made again. One process at a time pushes a code:
it holds `pushing_until`, a lease on the database's clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from campaigns.errors import BadChannelCode, StateTaken
from campaigns.models import ChannelCode
from common import sql
from content.models import Material
from customers.models import Tag
from org.models import AuditRow, Staff, User
from org.services.audit import record_audit
from wecom.api import contact_ways
from wecom.client import Client, client_for
from wecom.errors import Ambiguous, WeComError
from wecom.models import App

PUSH_SECONDS: Final = 120
CLOCK_SLACK: Final = timedelta(hours=1)
MAX_STATE_CHARACTERS: Final = 30
MAX_STAFF: Final = 100
PUSH_ROWS: Final = 20

_TAKE: Final = """
UPDATE campaigns_channelcode
   SET pushing_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = %s AND NOT is_in_step
   AND (pushing_until IS NULL OR pushing_until < clock_timestamp())
RETURNING old.pushing_until IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ChannelCodeSpec:
    """What an operator asks for (渠道活码设置)."""

    app: App
    name: str
    state: str
    staff: Sequence[Staff]
    tags: Sequence[Tag] = ()
    text: str = ""
    attachments: Sequence[dict[str, Any]] = field(default_factory=list)
    material: Material | None = None
    skip_verify: bool = True
    remark_template: str = ""
    task_title: str = ""
    task_body: str = ""
    task_delay_minutes: int | None = None


def create_channel_code(
    spec: ChannelCodeSpec,
    *,
    now: datetime,
    created_by: User | None = None,
    address: str | None = None,
) -> ChannelCode:
    """Create a channel code (渠道活码) and its QR code at WeCom.

    The row is committed first. If WeCom cannot be asked now the code is returned without a QR code,
    with `last_error`, and `push_channel_codes` brings it there later.

    Raises:
        BadChannelCode: nobody to lead to, too many people, or a state of more than 30 characters.
        StateTaken: another code of the corp has this state.

    Source: wecom-api §8.1.
    """
    _check(spec)
    try:
        with transaction.atomic():
            code = ChannelCode.objects.create(
                corp_id=spec.app.corp_id,
                state=spec.state,
                kind=_kind(spec),
                app=spec.app,
                created_by=created_by,
                created_at=now,
                **_fields(spec),
            )
            code.staff.set(spec.staff)
            code.tags.set(spec.tags)
            audit_code(code, "created", actor=created_by, address=address, now=now)
    except IntegrityError as error:
        if "channel_code_state_is_unique" in str(error):
            raise StateTaken(f"渠道参数 {spec.state} 已被使用") from error
        raise
    return push_channel_code(code)


def update_channel_code(
    code: ChannelCode,
    spec: ChannelCodeSpec,
    *,
    now: datetime,
    actor: User | None = None,
    address: str | None = None,
) -> ChannelCode:
    """Change a channel code; its state and its QR picture stay the same.

    Raises:
        BadChannelCode: see `create_channel_code`; also one person instead of several, or the other
            way round, which WeCom does not allow.
    """
    _check(spec)
    if _kind(spec) != code.kind:
        raise BadChannelCode("单人活码与多人活码不能互换")
    with transaction.atomic():
        for name, value in _fields(spec).items():
            setattr(code, name, value)
        code.is_in_step = False
        code.save(update_fields=[*_fields(spec), "is_in_step"])
        code.staff.set(spec.staff)
        code.tags.set(spec.tags)
        audit_code(code, "changed", actor=actor, address=address, now=now)
    return push_channel_code(code)


def disable_channel_code(
    code: ChannelCode, *, now: datetime, actor: User | None = None, address: str | None = None
) -> ChannelCode:
    """Switch a channel code off (停用): its QR code stops working, what it brought stays.

    WeCom's contact way is deleted, which gives its place in the corp's quota back (回收).
    """
    code.is_enabled, code.is_in_step, code.disabled_at = False, False, now
    with transaction.atomic():
        code.save(update_fields=["is_enabled", "is_in_step", "disabled_at"])
        audit_code(code, "disabled", actor=actor, address=address, now=now)
    return push_channel_code(code)


def audit_code(
    code: ChannelCode, act: str, *, actor: User | None, address: str | None, now: datetime
) -> None:
    """Write down what somebody did to a code, in the caller's transaction."""
    record_audit(
        actor=actor,
        action=AuditRow.Action.CODE_CHANGED,
        subject=f"code:{code.pk}",
        detail={"act": act, "name": code.name, "state": code.state},
        now=now,
        address=address,
    )


def push_channel_codes() -> int:
    """Bring every code that WeCom does not hold yet there; returns how many are in step now."""
    waiting = ChannelCode.objects.filter(is_in_step=False).order_by("id")[:PUSH_ROWS]
    return sum(push_channel_code(code).is_in_step for code in waiting)


def push_channel_code(code: ChannelCode) -> ChannelCode:
    """Bring one code to WeCom: make, change or delete it; an error is kept on the row.

    Call it outside any transaction. Does nothing while another process is at it.
    """
    taken = sql.fetch_all(_TAKE, [PUSH_SECONDS, code.pk])
    if taken:
        [(was_interrupted,)] = taken
        try:
            _push(code, may_exist=was_interrupted)
        except Ambiguous as error:
            # Perhaps it was made: the lease runs out and the next try looks for it first.
            ChannelCode.objects.filter(pk=code.pk).update(last_error=str(error)[:300])
        except WeComError as error:
            ChannelCode.objects.filter(pk=code.pk).update(
                last_error=str(error)[:300],
                pushing_until=sql.fetch_value("SELECT clock_timestamp()")
                if was_interrupted
                else None,
            )
    code.refresh_from_db()
    return code


def _push(code: ChannelCode, *, may_exist: bool) -> None:
    app = App.objects.select_related("corp").get(pk=code.app_id)
    client = client_for(app)
    userids = [member.userid for member in code.staff.order_by("id")]
    if not code.config_id and may_exist:
        _adopt(code, client)
    if not code.is_enabled:
        if code.config_id:
            contact_ways.del_contact_way(client, config_id=code.config_id)
    elif code.config_id:
        contact_ways.update_contact_way(
            client,
            config_id=code.config_id,
            userids=userids,
            state=code.state,
            remark=code.name,
            skip_verify=code.skip_verify,
        )
    else:
        made = contact_ways.add_contact_way(
            client,
            userids=userids,
            state=code.state,
            remark=code.name,
            skip_verify=code.skip_verify,
        )
        code.config_id, code.qr_code_url = made.config_id, made.qr_code
    ChannelCode.objects.filter(pk=code.pk).update(
        config_id=code.config_id if code.is_enabled else "",
        qr_code_url=code.qr_code_url,
        is_in_step=True,
        pushing_until=None,
        last_error="",
    )


def _adopt(code: ChannelCode, client: Client) -> None:
    """Find the code at WeCom by its state, if an earlier try has made it after all."""
    known = set(
        ChannelCode.objects.filter(corp_id=code.corp_id)
        .exclude(config_id="")
        .values_list("config_id", flat=True)
    )
    for config_id in _newest(client, since=code.created_at):
        if config_id in known:
            continue
        way = contact_ways.get_contact_way(client, config_id=config_id)
        if way.state == code.state:
            code.config_id, code.qr_code_url = way.config_id, way.qr_code
            return


def _newest(client: Client, *, since: datetime) -> Iterable[str]:
    return contact_ways.list_contact_way(client, created_from=since - CLOCK_SLACK)


def _check(spec: ChannelCodeSpec) -> None:
    if not spec.staff or len(spec.staff) > MAX_STAFF:
        raise BadChannelCode(f"活码需要 1 至 {MAX_STAFF} 名员工")
    if not spec.state or len(spec.state) > MAX_STATE_CHARACTERS:
        raise BadChannelCode(f"渠道参数需要 1 至 {MAX_STATE_CHARACTERS} 个字符")
    if spec.task_delay_minutes is not None and not spec.task_title:
        raise BadChannelCode("首个任务需要标题")


def _kind(spec: ChannelCodeSpec) -> ChannelCode.Kind:
    return ChannelCode.Kind.SINGLE if len(spec.staff) == 1 else ChannelCode.Kind.MULTIPLE


def _fields(spec: ChannelCodeSpec) -> dict[str, Any]:
    return {
        "name": spec.name[:30],
        "text": spec.text,
        "attachments": list(spec.attachments),
        "material": spec.material,
        "skip_verify": spec.skip_verify,
        "remark_template": spec.remark_template,
        "task_title": spec.task_title,
        "task_body": spec.task_body,
        "task_delay_minutes": spec.task_delay_minutes,
    }
