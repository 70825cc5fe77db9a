"""A member's WeCom: what apps sent, mass messages to confirm, Moments to publish, colleagues."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.entities import Member
from sandbox.pages import staff_customers, staff_inbox
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.messages import part_bubble, parts_of, tool_href
from sandbox.pages.view import View, args, avatar, clock_text, empty
from sandbox.traffic import MassMessage, MassTask, Moment, MomentTask

_NAMES_SHOWN = 4
_PAST_SENDS = 12


def top(view: View) -> Markup:
    """Return the bar that names the member, and the tabs."""
    member = view.member
    if member is None:
        return el("div", el("strong", "还没有成员"), class_="who")
    department = view.corp.departments.get(member.department[0] if member.department else 0)
    place = " · ".join(filter(None, (department.name if department else "", member.position)))
    return join(
        [
            el(
                "div",
                avatar(member.name, member.userid, kind="staff"),
                el(
                    "div",
                    el("strong", member.name),
                    el("span", place or member.userid, class_="faint"),
                    class_="who-text",
                ),
                _workbench(view, member),
                view.go(join([icon("swap"), "切换"]), class_="button quiet", tab="members"),
                class_="who",
            ),
            _tabs(view, member),
        ]
    )


def _workbench(view: View, member: Member) -> Markup | None:
    """Return the way to the app's home page, where one is set."""
    url = view.sim.config.home_url
    if not url:
        return None
    return el(
        "a",
        icon("external"),
        "工作台",
        href=tool_href(url, member.userid, entry="normal"),
        target="_blank",
        rel="noopener noreferrer",
        class_="button quiet",
    )


def _tabs(view: View, member: Member) -> Markup:
    tabs = [
        ("inbox", "消息", 0),
        ("sends", "待确认群发", sum(_is_waiting(task) for _, task in _mass_tasks(view, member))),
        ("customers", "客户", 0),
        ("moments", "朋友圈", sum(not t.publish_status for _, t in _moment_tasks(view, member))),
    ]
    links = [
        el(
            "a",
            label,
            el("span", str(count), class_="badge") if count else None,
            href=view.sel.href(tab=name, focus=""),
            data_go=True,
            aria_current="page" if view.sel.tab == name else None,
        )
        for name, label, count in tabs
    ]
    return el("nav", links, class_="tabs", aria_label="企业微信")


def body(view: View) -> Markup:
    """Return the open tab."""
    if view.member is None:
        return empty("企业里还没有成员")
    return _BODIES[view.sel.tab](view, view.member)


def foot(view: View) -> Markup:
    """Return the composer of an open conversation with a customer."""
    if view.member is None or view.sel.tab != "customers":
        return Markup("")
    return staff_customers.composer(view, view.member)


def _mass_tasks(view: View, member: Member) -> list[tuple[MassMessage, MassTask]]:
    messages = reversed(view.corp.mass_messages.values())
    return [(m, m.tasks[member.userid]) for m in messages if member.userid in m.tasks]


def _is_waiting(task: MassTask) -> bool:
    return task.status == 0


def _sends(view: View, member: Member) -> Markup:
    tasks = _mass_tasks(view, member)
    waiting = [_send_card(view, *row) for row in tasks if _is_waiting(row[1])]
    done = [_send_card(view, *row) for row in tasks if not _is_waiting(row[1])][:_PAST_SENDS]
    if not tasks:
        return empty("没有企业群发任务", "应用创建群发之后，要在这里由员工一键发送")
    return join(
        [
            waiting or el("p", "没有待确认的群发", class_="more"),
            el("h3", "已处理") if done else None,
            done,
        ]
    )


def _send_card(view: View, message: MassMessage, task: MassTask) -> Markup:
    kind = "客户" if message.chat_type == "single" else "客户群"
    return el(
        "article",
        el(
            "header",
            el("strong", f"企业群发 · {len(task.targets)} 个{kind}"),
            el("span", clock_text(message.create_time), class_="faint"),
        ),
        el("p", _target_names(view, message, task), class_="faint"),
        el(
            "div",
            [
                part_bubble(part, task.userid)
                for part in parts_of({"text": message.text, "attachments": message.attachments})
            ],
            class_="preview",
        ),
        _send_footer(view, message, task),
        class_="task",
    )


def _target_names(view: View, message: MassMessage, task: MassTask) -> str:
    shown = list(task.targets)[:_NAMES_SHOWN]
    if message.chat_type == "single":
        names = [view.customer_name(target) for target in shown]
    else:
        names = [view.corp.group_chats[t].name for t in shown if t in view.corp.group_chats]
    return "发给 " + "、".join(names) + (" 等" if len(task.targets) > len(shown) else "")


def _send_footer(view: View, message: MassMessage, task: MassTask) -> Markup:
    if message.cancelled:
        return el("footer", el("span", "已停止", class_="chip"))
    if task.status == 2:
        results = [result.status for result in task.targets.values()]
        sent, gone, full = (results.count(status) for status in (1, 2, 3))
        return el(
            "footer",
            el("span", f"送达成功 {sent}", class_="chip ok"),
            el("span", f"已不是好友 {gone}", class_="chip") if gone else None,
            el("span", f"达到接收上限 {full}", class_="chip warn") if full else None,
        )
    if message.ready_at > view.sim.world.clock.now():
        return el("footer", el("span", "任务下发中…", class_="chip"))
    return el(
        "footer",
        el(
            "button",
            icon("send"),
            "一键发送",
            class_="button primary",
            data_do="confirm_mass_send",
            data_args=args(msgid=message.msgid, member=task.userid),
        ),
        el("span", f"已催办 {len(message.reminded_at)} 次", class_="faint")
        if message.reminded_at
        else None,
    )


def _moment_tasks(view: View, member: Member) -> list[tuple[Moment, MomentTask]]:
    moments = reversed(view.corp.moments.values())
    return [
        (m, m.tasks[member.userid])
        for m in moments
        if m.moment_id and member.userid in m.tasks and not m.cancelled
    ]


def _moments(view: View, member: Member) -> Markup:
    cards = [_moment_card(moment, task) for moment, task in _moment_tasks(view, member)]
    return join(cards) if cards else empty("没有朋友圈任务", "企业发表的朋友圈要由员工确认")


def _moment_card(moment: Moment, task: MomentTask) -> Markup:
    publish = el(
        "button",
        "发表",
        class_="button primary",
        data_do="publish_moment",
        data_args=args(moment_id=moment.moment_id, member=task.userid),
    )
    outcome = f"已发表 · 赞 {len(task.likes)} · 评论 {len(task.comments)}"
    return el(
        "article",
        el(
            "header",
            el("strong", f"朋友圈 · {len(task.customers)} 位客户可见"),
            el("span", clock_text(moment.create_time), class_="faint"),
        ),
        el(
            "div",
            [
                part_bubble(part, task.userid)
                for part in parts_of({"text": moment.text, "attachments": moment.attachments})
            ],
            class_="preview",
        ),
        el("footer", el("span", outcome, class_="chip ok") if task.publish_status else publish),
        class_="task",
    )


def _members(view: View, chosen: Member) -> Markup:
    sections = []
    for department in view.corp.departments.values():
        people = [
            member
            for member in view.corp.members.values()
            if department.id in member.department and not member.left_at
        ]
        if people:
            rows = [_member_row(view, member, chosen) for member in people]
            sections.append(join([el("h3", department.name), rows]))
    return join(sections) if sections else empty("企业里还没有成员")


def _member_row(view: View, member: Member, chosen: Member) -> Markup:
    friends = sum(1 for _ in view.corp.relations_of_member(member.userid))
    return el(
        "a",
        avatar(member.name, member.userid, kind="staff"),
        el(
            "span",
            el("strong", member.name),
            el("span", member.position or member.userid, class_="faint"),
        ),
        el("span", f"{friends:,} 位客户" if friends else "", class_="faint end"),
        href=view.sel.href(member=member.userid, tab="inbox", focus="", find=""),
        class_="row",
        data_go=True,
        aria_current="true" if member is chosen else None,
    )


_BODIES: dict[str, Callable[[View, Member], Markup]] = {
    "inbox": staff_inbox.inbox,
    "sends": _sends,
    "customers": staff_customers.customers,
    "moments": _moments,
    "members": _members,
}
