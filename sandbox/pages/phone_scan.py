"""On the phone: every code and link that leads a customer in."""

from __future__ import annotations

from sandbox.entities import ContactWay, JoinWay
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.view import View, args, empty, search
from sandbox.traffic import AcquisitionLink


def scan(view: View) -> Markup:
    """Return channel codes, acquisition links and group codes, those without staff last."""
    corp = view.corp
    ways = sorted(corp.contact_ways.values(), key=lambda w: (not _has_staff(w), -w.created_at))
    groups = [
        ("渠道活码", [_code_row(view, way) for way in ways if _fits(view, way.remark, way.state)]),
        (
            "获客链接",
            [
                _link_row(view, link)
                for link in corp.acquisition_links.values()
                if _fits(view, link.link_name)
            ],
        ),
        (
            "群活码",
            [_join_row(view, w) for w in corp.join_ways.values() if _fits(view, w.remark, w.state)],
        ),
    ]
    found = [(title, rows) for title, rows in groups if rows]
    parts = [join([el("h3", title) if len(found) > 1 else None, rows]) for title, rows in found]
    hint = "在应用里新建渠道活码后，会出现在这里"
    nothing = empty("没有找到渠道活码") if view.sel.code else empty("还没有渠道活码", hint)
    return join([search(view, "code", "搜索渠道活码"), parts or nothing])


def _fits(view: View, *words: str) -> bool:
    return view.sel.code.casefold() in " ".join(words).casefold()


def _has_staff(way: ContactWay) -> bool:
    return bool(way.user or way.party)


def _customer(view: View) -> str:
    return view.customer.external_userid if view.customer else ""


def _row(shape: str, name: str, hint: str, button: Markup | None) -> Markup:
    return el(
        "div",
        el("span", icon(shape), class_="thumb"),
        el("span", el("strong", name), el("span", hint, class_="faint")),
        button,
        class_="row",
    )


def _code_row(view: View, way: ContactWay) -> Markup:
    staff = _staff_text(view, way.user, way.party) or "没有可用员工"
    button = el(
        "button",
        "扫码",
        class_="button",
        data_do="scan_contact_way",
        data_args=args(config_id=way.config_id, customer=_customer(view)),
        data_then="chat",
    )
    name = way.remark or way.state or "未命名活码"
    hint = f"{way.state or '无渠道参数'} · {staff}"
    return _row("code", name, hint, button if _has_staff(way) else None)


def _link_row(view: View, link: AcquisitionLink) -> Markup:
    button = el(
        "button",
        "打开",
        class_="button",
        data_do="open_acquisition_link",
        data_args=args(link_id=link.link_id, customer=_customer(view)),
        data_then="chat",
    )
    staff = _staff_text(view, link.user_list, link.department_list)
    return _row("link", link.link_name, f"点击 {link.click_count} 次 · {staff}", button)


def _join_row(view: View, way: JoinWay) -> Markup:
    button = el(
        "button",
        "扫码",
        class_="button",
        data_do="join_group",
        data_args=args(config_id=way.config_id, customer=_customer(view)),
        data_then="group",
    )
    name = way.remark or way.room_base_name or way.state or "未命名群活码"
    return _row("users", name, way.state or "无渠道参数", button)


def _staff_text(view: View, userids: list[str], parties: list[int]) -> str:
    departments = [view.corp.departments[d].name for d in parties if d in view.corp.departments]
    names = [*(view.name_of(userid) for userid in userids), *departments]
    return "、".join(names[:2]) + (f" 等 {len(names)} 人" if len(names) > 2 else "")
