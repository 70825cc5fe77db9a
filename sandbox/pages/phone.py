"""A customer's phone: chats, scanning a code, groups, Moments, choosing who one is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from sandbox.entities import ContactWay, Customer, RelationKind
from sandbox.pages import phone_chats
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


def _scan(view: View) -> Markup:
    wanted = view.sel.code.casefold()
    ways = sorted(view.corp.contact_ways.values(), key=lambda w: (not _has_staff(w), -w.created_at))
    rows = [_code_row(view, w) for w in ways if wanted in f"{w.remark} {w.state}".casefold()]
    hint = "在应用里新建渠道活码后，会出现在这里"
    nothing = empty("没有找到渠道活码") if wanted else empty("还没有渠道活码", hint)
    return join([search(view, "code", "搜索渠道活码"), rows or nothing])


def _has_staff(way: ContactWay) -> bool:
    return bool(way.user or way.party)


def _code_row(view: View, way: ContactWay) -> Markup:
    person = view.customer
    customer = person.external_userid if person else ""
    staff = _staff_text(view, way) if _has_staff(way) else "没有可用员工"
    return el(
        "div",
        el("span", icon("code"), class_="thumb"),
        el(
            "span",
            el("strong", way.remark or way.state or "未命名活码"),
            el("span", f"{way.state or '无渠道参数'} · {staff}", class_="faint"),
        ),
        el(
            "button",
            "扫码",
            class_="button",
            data_do="scan_contact_way",
            data_args=args(config_id=way.config_id, customer=customer),
            data_then="chat",
        )
        if _has_staff(way)
        else None,
        class_="row",
    )


def _staff_text(view: View, way: ContactWay) -> str:
    departments = [view.corp.departments[d].name for d in way.party if d in view.corp.departments]
    names = [*(view.name_of(userid) for userid in way.user), *departments]
    return "、".join(names[:2]) + (f" 等 {len(names)} 处" if len(names) > 2 else "")


_BODIES: dict[str, Callable[[View], Markup]] = {
    "people": _people,
    "chats": phone_chats.chats,
    "scan": _scan,
    "groups": phone_chats.groups,
    "moments": phone_chats.moments,
}
