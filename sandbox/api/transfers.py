"""Hand-over of customers and groups (wecom-api §13)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import GroupChat, JSONDict, Member
from sandbox.errors import ApiError
from sandbox.handover import WAITING, settle_transfers
from sandbox.traffic import Transfer
from sandbox.visibility import OPEN_KINDS, find_seller, in_range

_QUARTER = 90 * 86_400
_FIELDS = {
    "handover_userid": str,
    "takeover_userid": str,
    "external_userid": [str],
    "transfer_success_msg": str,
}
_RESULT_FIELDS = {"handover_userid": str, "takeover_userid": str, "cursor": str}


@endpoint("POST", "externalcontact/transfer_customer", fields=_FIELDS)
def transfer_customer(call: Call) -> JSONDict:
    """Start the hand-over of customers of a member on the job."""
    handover = find_seller(call.corp, call.app, call.need("handover_userid"))
    call.text("transfer_success_msg", chars=200)
    return _start(call, handover, is_resigned=False)


@endpoint("POST", "externalcontact/resigned/transfer_customer", fields=_FIELDS)
def resigned_transfer_customer(call: Call) -> JSONDict:
    """Start the hand-over of customers of a member who left."""
    handover = call.corp.members.get(call.need("handover_userid"))
    if handover is None:
        raise ApiError(60111)
    if not handover.left_at:
        raise ApiError(40097, "member has not left")
    return _start(call, handover, is_resigned=True)


def _start(call: Call, handover: Member, *, is_resigned: bool) -> JSONDict:
    takeover = find_seller(call.corp, call.app, call.need("takeover_userid"))
    if takeover.userid == handover.userid:
        raise ApiError(40130, "handover and takeover are the same person")
    if not takeover.verified:
        raise ApiError(40098, "member is not real-name verified")
    wanted = call.texts("external_userid", 100)
    if not wanted:
        raise ApiError(41035)
    rows = []
    for external_userid in wanted:
        code = _refusal(call, handover.userid, external_userid, is_resigned=is_resigned)
        rows.append({"external_userid": external_userid, "errcode": code})
        if code == 0:
            due = call.now + call.sim.world.settings.transfer_seconds
            call.corp.transfers.append(
                Transfer(
                    handover.userid,
                    takeover.userid,
                    external_userid,
                    call.now,
                    due,
                    resigned=is_resigned,
                )
            )
    return {"customer": rows}


def _refusal(call: Call, userid: str, external_userid: str, *, is_resigned: bool) -> int:
    if external_userid not in call.corp.customers:
        return 40096
    relation = call.corp.relation(userid, external_userid)
    if relation is None or relation.kind not in OPEN_KINDS:
        return 40131
    mine = [t for t in call.corp.transfers if t.external_userid == external_userid]
    if any(t.status == WAITING for t in mine):
        return 40129
    recent = [at for at in relation.transfers if call.now - at < _QUARTER]
    return 40128 if not is_resigned and len(recent) >= 2 else 0


@endpoint("POST", "externalcontact/transfer_result", fields=_RESULT_FIELDS)
def transfer_result(call: Call) -> JSONDict:
    """Answer how the hand-overs between two members on the job stand."""
    return _result(call, is_resigned=False)


@endpoint("POST", "externalcontact/resigned/transfer_result", fields=_RESULT_FIELDS)
def resigned_transfer_result(call: Call) -> JSONDict:
    """Answer how the hand-overs from a member who left stand."""
    return _result(call, is_resigned=True)


def _result(call: Call, *, is_resigned: bool) -> JSONDict:
    settle_transfers(call.sim)
    pair = (call.need("handover_userid"), call.need("takeover_userid"))
    rows = [
        t
        for t in call.corp.transfers
        if (t.handover_userid, t.takeover_userid) == pair and t.resigned == is_resigned
    ]

    def show(transfer: Transfer) -> JSONDict:
        return {
            "external_userid": transfer.external_userid,
            "status": transfer.status,
            "takeover_time": transfer.due_at,
        }

    return paged("customer", *page(call, rows, show, default=1000, cap=1000))


@endpoint(
    "POST",
    "externalcontact/get_unassigned_list",
    fields={"page_size": int, "page_id": int, "cursor": str},
    empty=["info"],
)
def get_unassigned_list(call: Call) -> JSONDict:
    """Answer the customers of members who left, without a new member."""
    size = call.number("page_size", 1000)
    if not 1 <= size <= 1000:
        raise ApiError(40058, "page_size must be 1…1000")
    call.body["limit"] = size
    rows = [
        row
        for row in call.corp.unassigned
        if not row.assigned
        and row.handover_userid in call.corp.members
        and in_range(call.corp, call.app, call.corp.members[row.handover_userid])
    ]
    shown, cursor = page(
        call,
        rows,
        lambda row: {
            "handover_userid": row.handover_userid,
            "external_userid": row.external_userid,
            "dimission_time": row.dimission_time,
        },
        default=1000,
        cap=1000,
    )
    return {**paged("info", shown, cursor), "is_last": not cursor}


_GROUP_FIELDS = {"chat_id_list": [str], "new_owner": str}


@endpoint("POST", "externalcontact/groupchat/transfer", fields=_GROUP_FIELDS)
def groupchat_transfer(call: Call) -> JSONDict:
    """Give groups of owners who left to a new owner."""
    return _give_groups(call, is_resigned=True)


@endpoint("POST", "externalcontact/groupchat/onjob_transfer", fields=_GROUP_FIELDS)
def groupchat_onjob_transfer(call: Call) -> JSONDict:
    """Give groups of owners on the job to a new owner."""
    return _give_groups(call, is_resigned=False)


def _give_groups(call: Call, *, is_resigned: bool) -> JSONDict:
    owner = find_seller(call.corp, call.app, call.need("new_owner")).userid
    wanted = call.texts("chat_id_list", 100)
    if not wanted:
        raise ApiError(40063, "missing chat_id_list")
    failed = []
    for chat_id in wanted:
        chat = call.corp.group_chats.get(chat_id)
        code = _group_refusal(call, chat, is_resigned=is_resigned)
        if code or chat is None:
            failed.append({"chat_id": chat_id, "errcode": code, "errmsg": "refused"})
            continue
        chat.owner, chat.status = owner, 3 if is_resigned else 0
        chat.transfers.append(call.now)
    return {"failed_chat_list": failed}


def _group_refusal(call: Call, chat: GroupChat | None, *, is_resigned: bool) -> int:
    if chat is None or chat.dismissed:
        return 90501
    owner = call.corp.members.get(chat.owner)
    has_left = owner is None or bool(owner.left_at)
    if is_resigned and not has_left:
        return 90500
    if not is_resigned and has_left:
        return 90502
    recent = [at for at in chat.transfers if call.now - at < _QUARTER]
    return 40128 if not is_resigned and len(recent) >= 2 else 0
