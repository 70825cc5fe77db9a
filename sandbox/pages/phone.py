"""A customer's phone: chats, scanning a code, groups, Moments, choosing who one is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from sandbox.entities import Customer, RelationKind
from sandbox.pages import phone_chats, phone_scan
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.view import View, args, avatar, empty, search

LIST_SIZE = 60


def top(view: View) -> Markup:
    """Return the bar that names the customer."""
    person = view.customer
    if person is None:
        return el("div", el("strong", "选择一位客户"), class_="who")
    friends = [r for r in phone_chats.met(view, person) if r.kind is RelationKind.FRIEND]
    return el(
        "div",
        avatar(person.name, person.external_userid),
        el(
            "div",
            el("strong", person.name),
            el("span", f"{person.handle} · 好友 {len(friends)} 人", class_="faint"),
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
        data_do="/_pages/customers",
        data_then="customer",
    )  # fmt: skip
    rest = len(view.corp.customers) - LIST_SIZE
    more = el("p", f"还有 {rest:,} 位，搜索昵称查找", class_="more") if rest > 0 and rows else None
    return join([new, search(view, "q", "搜索昵称或编号"), rows or empty("没有找到客户"), more])


def _friends_text(view: View, person: Customer) -> str:
    names = [view.name_of(r.userid) for r in phone_chats.met(view, person)]
    return names[0] + (f" 等 {len(names)} 人" if len(names) > 1 else "") if names else "未加好友"


_BODIES: dict[str, Callable[[View], Markup]] = {
    "people": _people,
    "chats": phone_chats.chats,
    "scan": phone_scan.scan,
    "groups": phone_chats.groups,
    "moments": phone_chats.moments,
}
