"""Departments and members (通讯录), wecom-api §3."""

from dataclasses import dataclass
from typing import Annotated, Any

from wecom.answers import Key, load, load_list
from wecom.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department (部门); the root is 1 and has the parent 0."""

    id: int
    name: str = ""
    parent_id: Annotated[int, Key("parentid")] = 0
    order: int = 0
    leader_userids: Annotated[tuple[str, ...], Key("department_leader")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member (成员) as an app created after 2022-06-20 sees one: no avatar, phone or mail.

    `status`: 1 active, 2 disabled, 4 not activated, 5 has left.
    """

    userid: str
    name: str = ""
    department_ids: Annotated[tuple[int, ...], Key("department")] = ()
    main_department_id: Annotated[int | None, Key("main_department")] = None
    position: str = ""
    alias: str = ""
    leads: Annotated[tuple[int, ...], Key("is_leader_in_dept")] = ()
    direct_leader: tuple[str, ...] = ()
    status: int = 1
    open_userid: str = ""
    mobile: str = ""
    avatar: str = ""
    external_position: str = ""


def department_list(client: Client, *, department_id: int | None = None) -> tuple[Department, ...]:
    """Return the departments in the app's range, or one subtree.

    Source: wecom-api §3, department/list.
    """
    params = {} if department_id is None else {"id": str(department_id)}
    answer = client.get("department/list", params)
    return load_list(Department, answer, "department", api="department/list")


def user_list(
    client: Client, *, department_id: int, with_children: bool = False
) -> tuple[Member, ...]:
    """Return the members of a department.

    Raises:
        AnswerTooLarge: ask department by department (45029).

    Source: wecom-api §3, user/list.
    """
    answer = client.get(
        "user/list",
        {"department_id": str(department_id), "fetch_child": "1" if with_children else "0"},
    )
    return load_list(Member, answer, "userlist", api="user/list")


def user_get(client: Client, *, userid: str) -> Member:
    """Return one member.

    Raises:
        StaffUnreachable: unknown, left, or outside the app's range (60111, 60011).

    Source: wecom-api §3, user/get.
    """
    answer: dict[str, Any] = client.get("user/get", {"userid": userid})
    return load(Member, answer, api="user/get")
