"""On the phone: conversations with members, groups, Moments."""

from __future__ import annotations

from sandbox.entities import Customer, GroupChat, JSONDict, Relation, RelationKind
from sandbox.pages.icons import icon
from sandbox.pages.markup import Child, Markup, el, join
from sandbox.pages.messages import bubble, part_bubble, parts_of, rich_text
from sandbox.pages.view import View, args, avatar, clock_text, empty

_GAP_SECONDS = 300
_FROM_STAFF = frozenset({"welcome", "staff_message", "mass_message"})


def met(view: View, person: Customer) -> list[Relation]:
    """Return the relations of a customer that are not over, last talk first."""
    relations = view.corp.relations_of_customer(person.external_userid)
    return sorted(
        (r for r in relations if r.kind is not RelationKind.NONE),
        key=lambda r: (-r.last_talk_at, -r.createtime),
    )


def chats(view: View) -> Markup:
    """Return the list of conversations, or the open one."""
    person = view.customer
    if person is None:
        return empty("选择一位客户")
    relation = view.corp.relation(view.sel.chat, person.external_userid)
    if relation is not None and relation.kind is not RelationKind.NONE:
        return _chat(view, person, relation)
    rows = [_chat_row(view, relation) for relation in met(view, person)]
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
    told_at = float(relation.createtime)
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


def groups(view: View) -> Markup:
    """Return the groups to join and those joined, or the open one."""
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


def moments(view: View) -> Markup:
    """Return the Moments that the customer saw, newest first."""
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
