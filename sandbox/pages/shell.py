"""The page around the regions; regions are what changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from sandbox.pages import phone, side, staff
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.view import View

STYLES = ("base", "frame", "controls", "talk", "work", "side")
REGIONS: Mapping[str, Callable[[View], Markup]] = {
    "bar": side.bar,
    "phone-top": phone.top,
    "phone-body": phone.body,
    "phone-foot": phone.foot,
    "staff-top": staff.top,
    "staff-body": staff.body,
    "staff-foot": staff.foot,
    "faults": side.faults,
    "feed": side.feed,
}


def digest(markup: str) -> str:
    """Return a short name of a region's content."""
    return hashlib.sha256(markup.encode()).hexdigest()[:16]


def region(view: View, name: str, tag: str = "div") -> Markup:
    """Return one region with the name of its content."""
    content = REGIONS[name](view)
    return el(tag, content, class_=f"region {name}", data_region=name, data_hash=digest(content))


def page(view: View) -> str:
    """Return the whole document."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{view.corp.name} · 本地企业微信"),
        el("link", rel="icon", href="/_pages/static/icon.svg", type="image/svg+xml"),
        [el("link", rel="stylesheet", href=f"/_pages/static/{name}.css") for name in STYLES],
        el("script", type="module", src="/_pages/static/sandbox.js"),
    )
    document = el("html", head, el("body", _header(view), _main(view), _toast()), lang="zh-CN")
    return "<!doctype html>" + document


def _header(view: View) -> Markup:
    members = sum(1 for member in view.corp.members.values() if not member.left_at)
    counts = f"{members} 名成员 · {len(view.corp.customers):,} 位客户"
    return el(
        "header",
        el("a", el("span", icon("chat"), class_="logo"), "本地企业微信", href="/", class_="brand"),
        el("span", el("strong", view.corp.name), el("span", counts, class_="faint"), class_="corp"),
        region(view, "bar"),
        el("button", icon("moon"), class_="icon-button", data_theme=True, aria_label="切换深浅色"),
        class_="page-head",
    )


def _main(view: View) -> Markup:
    return el(
        "main",
        _device(view, "phone", "客户的手机", "微信"),
        _device(view, "staff", "员工的企业微信", view.corp.name),
        el(
            "aside",
            region(view, "faults", "section"),
            region(view, "feed", "section"),
            class_="side",
        ),
    )


def _device(view: View, name: str, title: str, hint: str) -> Markup:
    inside = [region(view, f"{name}-{part}") for part in ("top", "body", "foot")]
    return el(
        "section",
        el("h2", title, el("span", hint, class_="faint")),
        el("div", inside, class_=f"device {name}"),
        class_="column",
        aria_label=title,
    )


def _toast() -> Markup:
    script = el("p", "这个页面需要 JavaScript 才能操作。", class_="toast shown")
    return join([el("div", class_="toast", role="status", data_toast=True), el("noscript", script)])
