"""A customer's phone: chats, scanning a code, groups, Moments, choosing who one is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from sandbox.entities import Customer, GroupChat, JSONDict, Relation, RelationKind
from sandbox.pages.icons import icon
from sandbox.pages.markup import Child, Markup, el, join
from sandbox.pages.messages import bubble, part_bubble, parts_of, rich_text
from sandbox.pages.view import View, args, avatar, clock_text, empty, search

LIST_SIZE = 60
_GAP_SECONDS = 300
_FROM_STAFF = frozenset({"welcome", "staff_message", "mass_message", "transfer_message"})


def top(view: View) -> Markup:
    """Return the bar that names the customer."""
    person = view.customer
    if person is None:
        return el("div", el("strong", "选择一位客户"), class_="who")
    met = [r for r in _relations(view, person) if r.kind is RelationKind.FRIEND]
    return el(
        "div",
        avatar(person.name, person.external_userid),
        el(
            "div",
            el("strong", person.name),
            el("span", f"{person.handle} · 好友 {len(met)} 人", class_="faint"),
            class_="who-text",
        ),
        view.go(join([icon("swap"), "切换"]), class_="button quiet", screen="people"),
        class_="who",
    )


def body(view: View) -> Markup:
    """Return the screen of the phone."""
    return _BODIES[view.sel.screen](view)


def foot(view: View) -> Markup:
    """Return the composer of an open chat and the tabs."""
    person = view.customer
    tabs = [
        ("chats", "chat", "聊天"),
        ("scan", "code", "扫一扫"),
        ("groups", "users", "群聊"),
        ("moments", "image", "朋友圈"),
    ]
    links = [
        el(
            "a",
            icon(shape),
            el("span", label),
            href=view.sel.href(screen=name, chat=""),
            data_go=True,
            aria_current="page" if view.sel.screen == name else None,
        )
        for name, shape, label in tabs
    ]
    return join(
        [
            _composer(view, person) if person else None,
            el("nav", links, class_="phone-tabs", aria_label="手机") if person else None,
        ]
    )


def _composer(view: View, person: Customer) -> Markup | None:
    relation = view.corp.relation(view.sel.chat, person.external_userid)
    if view.sel.screen != "chats" or relation is None or relation.kind is not RelationKind.FRIEND:
        return None
    return el(
        "form",
        el(
            "input",
            name="text",
            required=True,
            placeholder=f"发消息给 {view.name_of(relation.userid)}",
            aria_label="消息",
            autocomplete="off",
        ),
        el("button", "发送", class_="button primary"),
        class_="composer",
        data_do="customer_message",
        data_args=args(customer=person.external_userid, member=relation.userid),
    )


def _relations(view: View, person: Customer) -> list[Relation]:
    relations = view.corp.relations_of_customer(person.external_userid)
    return sorted(
        (r for r in relations if r.kind is not RelationKind.NONE),
        key=lambda r: (-r.last_talk_at, -r.createtime),
    )


def _people(view: View) -> Markup:
    wanted = view.sel.q.casefold()
    everyone = reversed(view.corp.customers.values())
    found = (p for p in everyone if not wanted or wanted in f"{p.name} {p.handle}".casefold())
    rows = [
        el(
            "a",
            avatar(person.name, person.external_userid),
            el("span", el("strong", person.name), el("span", person.handle, class_="faint")),
            el("span", _friends_text(view, person), class_="faint end"),
            href=view.sel.href(customer=person.external_userid, screen="chats", chat="", q=""),
            class_="row",
            data_go=True,
        )
        for person in islice(found, LIST_SIZE)
    ]
    new = el(
        "form",
        el("input", name="name", required=True, maxlength=32, placeholder="新客户的昵称",
           aria_label="新客户的昵称", autocomplete="off"),
        el("button", icon("plus"), "新建客户", class_="button primary"),
        class_="composer top",
        data_do="new_customer",
        data_then="customer",
    )  # fmt: skip
    rest = len(view.corp.customers) - LIST_SIZE
    more = el("p", f"还有 {rest:,} 位，搜索昵称查找", class_="more") if rest > 0 and rows else None
    return join([new, search(view, "q", "搜索昵称或编号"), rows or empty("没有找到客户"), more])


def _friends_text(view: View, person: Customer) -> str:
    names = [view.name_of(r.userid) for r in _relations(view, person)]
    return names[0] + (f" 等 {len(names)} 人" if len(names) > 1 else "") if names else "未加好友"


def _scan(view: View) -> Markup:
    assert_customer = view.customer
    wanted = view.sel.code.casefold()
    rows = [
        el(
            "div",
            el("span", icon("code"), class_="thumb"),
            el(
                "span",
                el("strong", way.remark or way.state or "未命名活码"),
                el("span", f"{way.state or '无渠道参数'} · {_staff_text(view, way.user)}",
                   class_="faint"),
            ),
            el(
                "button",
                "扫码",
                class_="button",
                data_do="scan_contact_way",
                data_args=args(
                    config_id=way.config_id,
                    customer=assert_customer.external_userid if assert_customer else "",
                ),
                data_then="chat",
            ),
            class_="row",
        )
        for way in reversed(view.corp.contact_ways.values())
        if wanted in f"{way.remark} {way.state}".casefold()
    ]  # fmt: skip
    hint = "在应用里新建渠道活码后，会出现在这里"
    return join([search(view, "code", "搜索渠道活码"), rows or empty("还没有渠道活码", hint)])


def _staff_text(view: View, userids: list[str]) -> str:
    names = "、".join(view.name_of(userid) for userid in userids[:2])
    return f"{names} 等 {len(userids)} 人" if len(userids) > 2 else names


def _chats(view: View) -> Markup:
    person = view.customer
    if person is None:
        return empty("选择一位客户")
    relation = view.corp.relation(view.sel.chat, person.external_userid)
    if relation is not None and relation.kind is not RelationKind.NONE:
        return _chat(view, person, relation)
    rows = [_chat_row(view, relation) for relation in _relations(view, person)]
    hint = view.go("去扫一个渠道活码", class_="button primary", screen="scan")
    nobody = el("div", el("p", "还没有添加任何员工"), hint, class_="empty")
    return join(rows) if rows else nobody


def _chat_row(view: View, relation: Relation) -> Markup:
    name = view.name_of(relation.userid)
    last = _last_text(view, relation)
    return el(
        "a",
        avatar(name, relation.userid, kind="staff"),
        el(
            "span",
            el("strong", name, el("em", f"@{view.corp.name}")),
            el("span", last or f"{clock_text(relation.createtime)} 添加", class_="faint"),
        ),
        el("span", "已删除", class_="chip bad")
        if relation.kind is RelationKind.CUSTOMER_DELETED
        else None,
        href=view.sel.href(chat=relation.userid),
        class_="row",
        data_go=True,
    )


def _last_text(view: View, relation: Relation) -> str:
    for entry in reversed(view.entries):
        if _belongs(entry, relation):
            part = parts_of(entry["payload"])[-1]
            body = part.get(part["msgtype"]) or {}
            return str(body.get("content") or body.get("title") or "[图片]")
    return ""


def _belongs(entry: JSONDict, relation: Relation) -> bool:
    if entry["to_kind"] == "customer" and entry["kind"] in _FROM_STAFF:
        return bool(entry["to"] == relation.external_userid and entry["from"] == relation.userid)
    return bool(
        entry["kind"] == "customer_message"
        and entry["to"] == relation.userid
        and entry["from"] == relation.external_userid
    )


def transcript(view: View, relation: Relation, *, as_customer: bool) -> Markup:
    """Return what both said, seen by one of them."""
    person = relation.external_userid if as_customer else relation.userid
    parts: list[Child] = []
    told_at = 0.0
    for entry in view.entries:
        if not _belongs(entry, relation):
            continue
        if entry["sim_at"] - told_at > _GAP_SECONDS:
            parts.append(el("p", clock_text(entry["sim_at"]), class_="moment-of"))
        told_at = entry["sim_at"]
        by_customer = entry["kind"] == "customer_message"
        mine = by_customer == as_customer
        if by_customer:
            parts.append(bubble(rich_text(str(entry["payload"]["text"]), person), mine=mine))
        else:
            parts += [part_bubble(p, person, mine=mine) for p in parts_of(entry["payload"])]
    return join(parts)


def _chat(view: View, person: Customer, relation: Relation) -> Markup:
    name = view.name_of(relation.userid)
    member = view.corp.members.get(relation.userid)
    is_friend = relation.kind is RelationKind.FRIEND
    head = el(
        "div",
        el("a", icon("back"), href=view.sel.href(chat=""), class_="icon-button", data_go=True,
           aria_label="返回"),
        el("span", el("strong", name), el("em", f"@{view.corp.name}"),
           el("span", member.external_position if member else "", class_="faint")),
        el("button", "删除员工", class_="button quiet danger", data_do="delete_friend",
           data_args=args(customer=person.external_userid, member=relation.userid),
           data_sure="确认删除？") if is_friend else None,
        class_="chat-head",
    )  # fmt: skip
    added = f"{clock_text(relation.createtime)} 你已添加了 {name}，现在可以开始聊天了"
    ended = el("p", "你已删除对方，消息不再送达；再扫一次活码可以重新添加", class_="moment-of")
    return join(
        [
            head,
            el(
                "div",
                el("p", added, class_="moment-of"),
                transcript(view, relation, as_customer=True),
                None if is_friend else ended,
                class_="chat",
                data_bottom=True,
                data_key=f"chat-{relation.userid}",
            ),
        ]
    )


def _groups(view: View) -> Markup:
    person = view.customer
    chat = view.corp.group_chats.get(view.sel.chat)
    if person and chat:
        return _group(view, person, chat)
    open_chats = [c for c in view.corp.group_chats.values() if not c.dismissed]
    joined = [c for c in open_chats if person and person.external_userid in c.members]
    others = [c for c in open_chats if c not in joined]
    return join(
        [
            el("h3", f"已加入 {len(joined)}"),
            [_group_row(view, c, "") for c in joined] or el("p", "还没有加入群聊", class_="more"),
            el("h3", "可以加入"),
            [_group_row(view, c, person.external_userid if person else "") for c in others],
        ]
    )


def _group_row(view: View, chat: GroupChat, joiner: str) -> Markup:
    inside = [
        avatar(chat.name or "群", chat.chat_id, kind="staff"),
        el(
            "span",
            el("strong", chat.name or "未命名群聊"),
            el("span", f"{len(chat.members)} 人 · 群主 {view.name_of(chat.owner)}", class_="faint"),
        ),
    ]
    if not joiner:
        return el("a", inside, href=view.sel.href(chat=chat.chat_id), class_="row", data_go=True)
    join_args = args(customer=joiner, chat_id=chat.chat_id)
    button = el("button", "加入", class_="button", data_do="join_group", data_args=join_args)
    return el("div", inside, button, class_="row")


def _group(view: View, person: Customer, chat: GroupChat) -> Markup:
    sent = [e for e in view.entries if e["to_kind"] == "group" and e["to"] == chat.chat_id]
    bubbles = [
        part_bubble(part, person.external_userid) for e in sent for part in parts_of(e["payload"])
    ]
    return join(
        [
            el(
                "div",
                el("a", icon("back"), href=view.sel.href(chat=""), class_="icon-button",
                   data_go=True, aria_label="返回"),
                el("span", el("strong", f"{chat.name}({len(chat.members)})")),
                el("button", "退出群聊", class_="button quiet danger", data_do="leave_group",
                   data_args=args(chat_id=chat.chat_id, customer=person.external_userid),
                   data_sure="确认退出？") if person.external_userid in chat.members else None,
                class_="chat-head",
            ),
            el(
                "div",
                el("p", f"群公告：{chat.notice}", class_="moment-of") if chat.notice else None,
                bubbles or el("p", "群里还没有消息", class_="moment-of"),
                class_="chat",
                data_bottom=True,
                data_key=f"group-{chat.chat_id}",
            ),
        ]
    )  # fmt: skip


def _moments(view: View) -> Markup:
    person = view.customer
    seen = [
        entry
        for entry in reversed(view.entries)
        if entry["kind"] == "moment" and person and entry["to"] == person.external_userid
    ]
    cards = [_moment_card(view, entry) for entry in seen]
    return join(cards) if cards else empty("还没有看到朋友圈", "员工发表之后，会出现在这里")


def _moment_card(view: View, entry: JSONDict) -> Markup:
    payload, name = entry["payload"], view.name_of(entry["from"])
    likes = args(moment_id=payload["moment_id"], member=entry["from"], customer=entry["to"])
    return el(
        "article",
        avatar(name, entry["from"], kind="staff"),
        el(
            "div",
            el("strong", name),
            [part_bubble(part, entry["to"]) for part in parts_of(payload)],
            el(
                "p",
                el("span", clock_text(entry["sim_at"]), class_="faint"),
                el("button", icon("heart"), "赞", class_="button quiet", data_do="like_moment",
                   data_args=likes),
            ),
        ),
        class_="moment",
    )  # fmt: skip


_BODIES: dict[str, Callable[[View], Markup]] = {
    "people": _people,
    "chats": _chats,
    "scan": _scan,
    "groups": _groups,
    "moments": _moments,
}
