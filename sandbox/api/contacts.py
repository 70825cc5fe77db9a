"""Members and departments (wecom-api §3)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import Department, JSONDict, Member
from sandbox.errors import ApiError
from sandbox.visibility import find_member, visible_departments, visible_members


def _departments(call: Call) -> list[Department]:
    seen = visible_departments(call.corp, call.app)
    wanted = call.params.get("id", "")
    if wanted:
        tree = call.corp.department_tree(_department_id(call, wanted))
        if not tree & seen:
            raise ApiError(60011)
        seen &= tree
    return [d for d in call.corp.departments.values() if d.id in seen]


def _department_id(call: Call, value: str) -> int:
    if not value.isdigit() or int(value) not in call.corp.departments:
        raise ApiError(60123)
    return int(value)


def _show_department(department: Department) -> JSONDict:
    return {
        "id": department.id,
        "name": department.name,
        "name_en": department.name_en,
        "parentid": department.parentid,
        "order": department.order,
        "department_leader": department.department_leader,
    }


@endpoint("GET", "department/list", right="any", empty=["department"])
def department_list(call: Call) -> JSONDict:
    """Answer the departments inside the range."""
    return {"department": [_show_department(d) for d in _departments(call)]}


@endpoint("GET", "department/simplelist", right="any", empty=["department_id"])
def department_simplelist(call: Call) -> JSONDict:
    """Answer the ids of the departments inside the range."""
    rows = [{"id": d.id, "parentid": d.parentid, "order": d.order} for d in _departments(call)]
    return {"department_id": rows}


@endpoint("GET", "department/get", right="any")
def department_get(call: Call) -> JSONDict:
    """Answer one department."""
    number = _department_id(call, call.params.get("id", ""))
    if number not in visible_departments(call.corp, call.app):
        raise ApiError(60011)
    return {"department": _show_department(call.corp.departments[number])}


def show_member(call: Call, member: Member) -> JSONDict:
    """Return a member as `user/get` answers it; private fields only for legacy apps."""
    data: JSONDict = {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "order": [0] * len(member.department),
        "position": member.position,
        "is_leader_in_dept": member.is_leader_in_dept or [0] * len(member.department),
        "direct_leader": member.direct_leader,
        "telephone": member.telephone,
        "alias": member.alias,
        "status": member.status,
        "main_department": member.department[0] if member.department else 1,
        "open_userid": member.open_userid,
        "extattr": {"attrs": []},
        "external_position": member.external_position,
        "external_profile": {"external_corp_name": call.corp.name, "external_attr": []},
    }
    if call.app.legacy_app:
        data |= {
            "mobile": member.mobile,
            "gender": member.gender,
            "email": member.email,
            "biz_mail": "",
            "avatar": member.avatar,
            "thumb_avatar": member.avatar,
            "qr_code": "",
            "address": "",
        }
    return data


@endpoint("GET", "user/get", right="app")
def user_get(call: Call) -> JSONDict:
    """Answer one member."""
    userid = call.params.get("userid", "")
    if not userid:
        raise ApiError(40003)
    return show_member(call, find_member(call.corp, call.app, userid))


def _department_members(call: Call) -> list[Member]:
    number = _department_id(call, call.params.get("department_id", ""))
    wanted = {number}
    if call.params.get("fetch_child") == "1":
        wanted = call.corp.department_tree(number)
    if not wanted & visible_departments(call.corp, call.app):
        raise ApiError(60011)
    members = visible_members(call.corp, call.app)
    return [member for member in members if wanted & set(member.department)]


@endpoint("GET", "user/simplelist", right="app", empty=["userlist"])
def user_simplelist(call: Call) -> JSONDict:
    """Answer names of the members of a department."""
    rows = [
        {
            "userid": m.userid,
            "name": m.name,
            "department": m.department,
            "open_userid": m.open_userid,
        }
        for m in _department_members(call)
    ]
    return {"userlist": rows}


@endpoint("GET", "user/list", right="app", empty=["userlist"])
def user_list(call: Call) -> JSONDict:
    """Answer the members of a department with details."""
    return {"userlist": [show_member(call, m) for m in _department_members(call)]}


@endpoint("POST", "user/list_id", right="contacts", fields={"cursor": str, "limit": int})
def user_list_id(call: Call) -> JSONDict:
    """Answer one row per (member, department)."""
    rows = [
        {"userid": m.userid, "department": department}
        for m in visible_members(call.corp, call.app)
        for department in m.department
    ]
    return paged("dept_user", *page(call, rows, lambda row: row, default=10_000, cap=10_000))


@endpoint("POST", "user/getuserid", right="app", fields={"mobile": str})
def user_getuserid(call: Call) -> JSONDict:
    """Answer the member with a phone number."""
    mobile = call.need("mobile")
    for member in visible_members(call.corp, call.app):
        if member.mobile == mobile:
            return {"userid": member.userid}
    raise ApiError(46004, "no such user")


@endpoint(
    "POST",
    "batch/openuserid_to_userid",
    right="app",
    fields={"open_userid_list": [str], "source_agentid": int},
)
def openuserid_to_userid(call: Call) -> JSONDict:
    """Translate open ids of members."""
    known = {m.open_userid: m.userid for m in visible_members(call.corp, call.app)}
    wanted = call.texts("open_userid_list", 1000)
    return {
        "userid_list": [{"userid": known[o], "open_userid": o} for o in wanted if o in known],
        "invalid_open_userid_list": [o for o in wanted if o not in known],
    }
