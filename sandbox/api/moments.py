"""Customer Moments (客户朋友圈; wecom-api §12)."""

from __future__ import annotations

from sandbox.api.call import ATTACHMENT, TEXT, Call, check_length, endpoint
from sandbox.api.content import check_media
from sandbox.api.paging import page, paged
from sandbox.entities import JSONDict, RelationKind
from sandbox.errors import ApiError
from sandbox.traffic import Moment, MomentTask
from sandbox.visibility import is_seller, visible_members, way_members


@endpoint(
    "POST",
    "externalcontact/add_moment_task",
    fields={
        "text": TEXT,
        "attachments": [ATTACHMENT],
        "visible_range": {
            "sender_list": {"user_list": [str], "department_list": [int]},
            "external_contact_list": {"tag_list": [str]},
        },
    },
)
def add_moment_task(call: Call) -> JSONDict:
    """Start the job that makes a Moment task for each sender."""
    text, attachments = call.mapping("text"), list(call.body.get("attachments") or [])
    _check_content(call, text, attachments)
    scope = call.mapping("visible_range")
    tags = [str(t) for t in (scope.get("external_contact_list") or {}).get("tag_list") or []]
    if len(tags) > 100:
        raise ApiError(40058, "tag_list holds more than 100")
    known = {t for t in tags if t in call.corp.tags and not call.corp.tags[t].deleted}
    senders, invalid = _senders(call, scope.get("sender_list") or {})
    world = call.sim.world
    moment = Moment(
        world.mint("job", 32),
        world.mint("mom", 32),
        call.now,
        app=call.app.slug,
        visible_type=0 if tags else 1,
        text=text,
        attachments=attachments,
        ready_at=world.clock.now() + world.settings.mass_dispatch_seconds,
        invalid_users=invalid,
        invalid_tags=[tag for tag in tags if tag not in known],
    )
    for userid in senders:
        moment.tasks[userid] = MomentTask(userid, customers=_range(call, userid, tags, known))
        call.sim.deliver(
            call.corp, "member", userid, "moment_task", {"moment_id": moment.moment_id}
        )
    call.corp.moments[moment.jobid] = moment
    return {"jobid": moment.jobid}


def _check_content(call: Call, text: JSONDict, attachments: list[JSONDict]) -> None:
    content = str(text.get("content") or "")
    check_length(content, "text.content", chars=2000, octets=4000)
    if not content and not attachments:
        raise ApiError(41089, "text and attachments are empty")
    kinds = {str(attachment.get("msgtype")) for attachment in attachments}
    if len(kinds) > 1 or not kinds <= {"image", "video", "link"}:
        raise ApiError(41065, "invalid attachments msgtype")
    if len(attachments) > (9 if kinds == {"image"} else 1):
        raise ApiError(41064, "invalid attachments size")
    for attachment in attachments:
        media_id = attachment.get(str(attachment["msgtype"]), {}).get("media_id")
        if media_id or attachment["msgtype"] != "link":
            check_media(call, str(media_id or ""), "moment")


def _senders(call: Call, chosen: JSONDict) -> tuple[list[str], list[str]]:
    users = [str(userid) for userid in chosen.get("user_list") or []]
    parties = [int(party) for party in chosen.get("department_list") or []]
    if not users and not parties:
        found = [m.userid for m in visible_members(call.corp, call.app) if m.customer_contact]
        return found, []
    named = way_members(call.corp, users, parties)
    valid = [userid for userid in named if is_seller(call.corp, call.app, userid)]
    return valid, [userid for userid in named if userid not in valid]


def _range(call: Call, userid: str, tags: list[str], known: set[str]) -> list[str]:
    return [
        relation.external_userid
        for relation in call.corp.relations_of_member(userid)
        if relation.kind is RelationKind.FRIEND
        and (not tags or not known.isdisjoint(relation.tags))
    ]


@endpoint("GET", "externalcontact/get_moment_task_result")
def get_moment_task_result(call: Call) -> JSONDict:
    """Answer how far the job is: 1 started, 2 creating, 3 done."""
    moment = call.corp.moments.get(call.params.get("jobid", ""))
    if moment is None:
        raise ApiError(40088, "invalid jobid")
    left = moment.ready_at - call.sim.world.clock.now()
    if left > 0:
        half = call.sim.world.settings.mass_dispatch_seconds / 2
        return {"status": 1 if left > half else 2, "type": "add_moment_task"}
    return {
        "status": 3,
        "type": "add_moment_task",
        "result": {
            "errcode": 0,
            "errmsg": "ok",
            "moment_id": moment.moment_id,
            "invalid_sender_list": {"user_list": moment.invalid_users, "department_list": []},
            "invalid_external_contact_list": {"tag_list": moment.invalid_tags},
        },
    }


def _moment(call: Call) -> Moment:
    moment_id = call.need("moment_id", 41059)
    for moment in call.corp.moments.values():
        if moment.moment_id == moment_id:
            if call.sim.world.clock.now() < moment.ready_at:
                raise ApiError(41079, "moment is being dispatched")
            return moment
    raise ApiError(41060, "invalid moment_id")


def _published(call: Call, *, is_needed: bool) -> MomentTask:
    task = _moment(call).tasks.get(call.need("userid"))
    if task is None:
        raise ApiError(41061, "not a sender of this moment")
    if is_needed and task.publish_status == 0:
        raise ApiError(41062, "not published yet")
    return task


@endpoint("POST", "externalcontact/cancel_moment_task", fields={"moment_id": str})
def cancel_moment_task(call: Call) -> JSONDict:
    """Withdraw the parts that were not published."""
    moment = _moment(call)
    if moment.cancelled or moment.create_type == 1:
        raise ApiError(97612, "cannot be cancelled")
    moment.cancelled = True
    return {}


@endpoint(
    "POST",
    "externalcontact/get_moment_list",
    fields={
        "start_time": int,
        "end_time": int,
        "creator": str,
        "filter_type": int,
        "cursor": str,
        "limit": int,
    },
    empty=["moment_list"],
)
def get_moment_list(call: Call) -> JSONDict:
    """Answer the Moments of a time span."""
    start, end = call.span(30)
    kind, creator = call.number("filter_type", 2), call.text("creator")
    rows = [
        moment
        for moment in call.corp.moments.values()
        if start <= moment.create_time <= end
        and kind in (2, moment.create_type)
        and creator in ("", moment.creator)
        and call.sim.world.clock.now() >= moment.ready_at
    ]
    return paged("moment_list", *page(call, rows, _show, default=20, cap=20))


def _show(moment: Moment) -> JSONDict:
    data: JSONDict = {
        "moment_id": moment.moment_id,
        "creator": moment.creator,
        "create_time": moment.create_time,
        "create_type": moment.create_type,
        "visible_type": moment.visible_type,
        "text": moment.text,
    }
    for attachment in moment.attachments:
        kind = str(attachment["msgtype"])
        body = attachment.get(kind)
        if kind == "image":
            data.setdefault("image", []).append(body)
        else:
            data[kind] = body
    return data


@endpoint(
    "POST",
    "externalcontact/get_moment_task",
    fields={"moment_id": str, "cursor": str, "limit": int},
    empty=["task_list"],
)
def get_moment_task(call: Call) -> JSONDict:
    """Answer which members have published."""
    rows = list(_moment(call).tasks.values())
    shown = page(
        call,
        rows,
        lambda task: {"userid": task.userid, "publish_status": task.publish_status},
        default=500,
        cap=1000,
    )
    return paged("task_list", *shown)


_PART = {"moment_id": str, "userid": str, "cursor": str, "limit": int}


@endpoint("POST", "externalcontact/get_moment_customer_list", fields=_PART)
def get_moment_customer_list(call: Call) -> JSONDict:
    """Answer the customers a member's Moment was meant for."""
    task = _published(call, is_needed=False)
    shown = page(
        call,
        task.customers,
        lambda customer: {"userid": task.userid, "external_userid": customer},
        default=500,
        cap=1000,
    )
    return paged("customer_list", *shown)


@endpoint("POST", "externalcontact/get_moment_send_result", fields=_PART)
def get_moment_send_result(call: Call) -> JSONDict:
    """Answer the customers who could really see a member's Moment."""
    task = _published(call, is_needed=True)
    seen = [c for c in task.customers if _can_see(call, task.userid, c)]
    shown = page(call, seen, lambda customer: {"external_userid": customer}, default=3000, cap=5000)
    return paged("customer_list", *shown)


def _can_see(call: Call, userid: str, external_userid: str) -> bool:
    relation = call.corp.relation(userid, external_userid)
    return relation is not None and relation.kind is RelationKind.FRIEND


@endpoint("POST", "externalcontact/get_moment_comments", fields={"moment_id": str, "userid": str})
def get_moment_comments(call: Call) -> JSONDict:
    """Answer who commented on and liked a member's Moment."""
    task = _published(call, is_needed=True)
    return {"comment_list": task.comments, "like_list": task.likes}
