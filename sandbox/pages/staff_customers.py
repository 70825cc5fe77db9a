"""A member's customers: the list, and one customer with chat, remark and tags."""

from __future__ import annotations

from itertools import islice

from sandbox.entities import Customer, Member, Relation, RelationKind
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.messages import tool_href
from sandbox.pages.phone_chats import transcript
from sandbox.pages.view import View, args, avatar, clock_text, empty, search

LIST_SIZE = 60
_ADD_WAYS = {
    0: "未知", 1: "扫一扫", 2: "搜索手机号", 3: "名片分享", 4: "群聊", 5: "手机通讯录",
    6: "微信联系人", 10: "视频号", 16: "获客助手", 24: "好友申请", 201: "内部共享",
    202: "管理员分配",
}  # fmt: skip


def customers(view: View, member: Member) -> Markup:
    """Return the list, or the customer in focus."""
    person = view.corp.customers.get(view.sel.focus)
    relation = view.corp.relation(member.userid, view.sel.focus)
    if person and relation and relation.kind is not RelationKind.NONE:
        return _detail(view, person, relation)
    return _list(view, member)


def composer(view: View, member: Member) -> Markup:
    """Return the composer for the customer in focus."""
    relation = view.corp.relation(member.userid, view.sel.focus)
    if relation is None or relation.kind is not RelationKind.FRIEND:
        return Markup("")
    return el(
        "form",
        el(
            "input",
            name="text",
            required=True,
            placeholder=f"回复 {view.customer_name(relation.external_userid)}",
            aria_label="回复",
            autocomplete="off",
        ),
        el("button", "发送", class_="button primary"),
        class_="composer",
        data_do="staff_message",
        data_args=args(customer=relation.external_userid, member=member.userid),
    )


def _list(view: View, member: Member) -> Markup:
    wanted = view.sel.find.casefold()
    own = [r for r in view.corp.relations_of_member(member.userid) if _is_served(r)]
    newest_first = sorted(own, key=lambda r: (-r.createtime, r.external_userid))
    found = (r for r in newest_first if wanted in _words(view, r))
    rows = [_row(view, relation) for relation in islice(found, LIST_SIZE)]
    rest = len(own) - LIST_SIZE
    more = el("p", f"还有 {rest:,} 位，搜索查找", class_="more") if rest > 0 and rows else None
    return join(
        [
            search(view, "find", f"搜索 {len(own):,} 位客户的昵称或备注"),
            _groups(view, member),
            rows or empty("没有客户"),
            more,
        ]
    )


def _is_served(relation: Relation) -> bool:
    return relation.kind is not RelationKind.NONE


def _words(view: View, relation: Relation) -> str:
    return f"{view.customer_name(relation.external_userid)} {relation.remark}".casefold()


def _row(view: View, relation: Relation) -> Markup:
    name = view.customer_name(relation.external_userid)
    tags = [view.corp.tags[t].name for t in relation.tags[:3] if t in view.corp.tags]
    return el(
        "a",
        avatar(name, relation.external_userid),
        el(
            "span",
            el("strong", relation.remark or name),
            el("span", " · ".join([name, *tags] if relation.remark else tags) or "未打标签",
               class_="faint"),
        ),
        el("span", "已被删除", class_="chip bad")
        if relation.kind is RelationKind.CUSTOMER_DELETED
        else el("span", clock_text(relation.createtime, "%Y-%m-%d"), class_="faint end"),
        href=view.sel.href(focus=relation.external_userid),
        class_="row",
        data_go=True,
    )  # fmt: skip


def _detail(view: View, person: Customer, relation: Relation) -> Markup:
    pair = {"customer": person.external_userid, "member": relation.userid}
    return join(
        [
            el(
                "div",
                el("a", icon("back"), href=view.sel.href(focus=""), class_="icon-button",
                   data_go=True, aria_label="返回"),
                el("span", el("strong", relation.remark or person.name), el("em", "@微信"),
                   el("span", _origin(relation), class_="faint")),
                _sidebar(view, relation.userid, entry="single_chat_tools",
                         contact=person.external_userid),
                el("button", "删除客户", class_="button quiet danger", data_do="member_delete",
                   data_args=args(**pair), data_sure="确认删除？"),
                class_="chat-head",
            ),
            el(
                "details",
                el("summary", "备注与标签", el("span", _tag_summary(view, relation),
                                             class_="faint")),
                _remark_form(relation, pair),
                _tags(view, relation, pair),
                class_="profile",
                data_key=f"profile-{person.external_userid}",
            ),
            el(
                "div",
                transcript(view, relation, as_customer=False)
                or el("p", "还没有聊天记录", class_="moment-of"),
                class_="chat",
                data_bottom=True,
                data_key=f"talk-{person.external_userid}",
            ),
        ]
    )  # fmt: skip


def _sidebar(view: View, member: str, **chat: str) -> Markup | None:
    """Return the way to the app's page in the tool bar of a chat, where one is set."""
    url = view.sim.config.sidebar_url
    if not url:
        return None
    return el(
        "a",
        icon("panel"),
        "打开侧边栏",
        href=tool_href(url, member, **chat),
        target="_blank",
        rel="noopener noreferrer",
        class_="button primary",
    )


def _groups(view: View, member: Member) -> Markup | None:
    """Return the customer groups that the member sits in, each with its tool bar."""
    chats = [
        chat
        for chat in view.corp.group_chats.values()
        if member.userid in chat.members and not chat.dismissed
    ]
    if not chats or not view.sim.config.sidebar_url:
        return None
    rows = [
        el(
            "div",
            avatar(chat.name or "群", chat.chat_id, kind="staff"),
            el(
                "span",
                el("strong", chat.name or "未命名群聊"),
                el("span", f"{len(chat.members)} 人", class_="faint"),
            ),
            _sidebar(view, member.userid, entry="group_chat_tools", chat=chat.chat_id),
            class_="row",
        )
        for chat in chats
    ]
    return el("details", el("summary", f"客户群 {len(chats)}"), rows, data_key="own-groups")


def _origin(relation: Relation) -> str:
    way = _ADD_WAYS.get(relation.add_way, f"来源 {relation.add_way}")
    parts = [way, relation.state, clock_text(relation.createtime, "%Y-%m-%d 添加")]
    return " · ".join(part for part in parts if part)


def _tag_summary(view: View, relation: Relation) -> str:
    names = [view.corp.tags[t].name for t in relation.tags if t in view.corp.tags]
    return "、".join(names) or "未打标签"


def _remark_form(relation: Relation, pair: dict[str, str]) -> Markup:
    return el(
        "form",
        el("label", "备注", el("input", name="remark", value=relation.remark, maxlength=20)),
        el("label", "描述", el("input", name="description", value=relation.description,
                              maxlength=150)),
        el("button", "保存", class_="button"),
        class_="remark",
        data_do="edit_remark",
        data_args=args(**pair),
    )  # fmt: skip


def _tags(view: View, relation: Relation, pair: dict[str, str]) -> Markup:
    groups = []
    for group in view.corp.tag_groups.values():
        if group.deleted:
            continue
        buttons = [
            el(
                "button",
                tag.name,
                class_="tag",
                aria_pressed="true" if tag.id in relation.tags else "false",
                data_do="tag_by_member",
                data_args=args(**pair, **{_verb(tag.id, relation): [tag.id]}),
            )
            for tag in group.tags.values()
            if not tag.deleted
        ]
        groups.append(el("p", el("span", group.group_name, class_="faint"), buttons))
    return el("div", groups or el("p", "企业还没有标签", class_="more"), class_="tag-groups")


def _verb(tag_id: str, relation: Relation) -> str:
    return "remove" if tag_id in relation.tags else "add"
