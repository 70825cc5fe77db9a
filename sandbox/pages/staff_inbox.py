"""The messages of a member: cards of apps in order of arrival, and what customers wrote."""

from __future__ import annotations

from sandbox.entities import JSONDict, Member
from sandbox.pages.cards import template_card
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.messages import description, link_out, rich_text
from sandbox.pages.view import View, avatar, clock_text, empty

SHOWN = 60
GAP_SECONDS = 300
_KINDS = frozenset({"app_message", "customer_message", "mass_task", "mass_reminder"})


def inbox(view: View, member: Member) -> Markup:
    """Return the stream of a member's messages, newest at the bottom."""
    own = [e for e in view.entries if e["to_kind"] == "member" and e["to"] == member.userid]
    shown = [entry for entry in own if entry["kind"] in _KINDS][-SHOWN:]
    if not shown:
        return empty("还没有消息", "应用消息、任务卡片和客户来信会出现在这里")
    updates = {e["payload"]["msgid"]: e["payload"] for e in own if e["kind"] == "card_update"}
    rows: list[Markup] = []
    told_at = 0.0
    for entry in shown:
        if entry["sim_at"] - told_at > GAP_SECONDS:
            rows.append(el("p", clock_text(entry["sim_at"]), class_="moment-of"))
        told_at = entry["sim_at"]
        rows.append(_entry(view, member, entry, updates))
    return el("div", rows, class_="chat", data_bottom=True, data_key=f"inbox-{member.userid}")


def _entry(view: View, member: Member, entry: JSONDict, updates: dict[str, JSONDict]) -> Markup:
    if entry["kind"] == "customer_message":
        return _from_customer(view, entry)
    if entry["kind"] == "app_message":
        return _from_app(view, member, entry, updates)
    text = (
        "有一条企业群发待你确认" if entry["kind"] == "mass_task" else "管理员催你确认一条企业群发"
    )
    return view.go(join([icon("bell"), text, "，去发送"]), class_="notice", tab="sends")


def _from_customer(view: View, entry: JSONDict) -> Markup:
    name = view.customer_name(entry["from"])
    return el(
        "a",
        avatar(name, entry["from"]),
        el("span", el("strong", name), el("span", str(entry["payload"]["text"]))),
        el("span", "回复", class_="chip"),
        href=view.sel.href(tab="customers", focus=entry["from"], find=""),
        class_="row letter",
        data_go=True,
    )


def _from_app(view: View, member: Member, entry: JSONDict, updates: dict[str, JSONDict]) -> Markup:
    payload = entry["payload"]
    kind, msgid = str(payload["msgtype"]), str(payload["msgid"])
    app = view.corp.apps.get(entry["from"])
    message = view.corp.app_messages.get(msgid)
    content: JSONDict = payload.get(kind) or {}
    if message is not None and message.recalled:
        inside: Markup = el("p", "此消息已被撤回", class_="faint")
    elif kind == "template_card":
        codes = view.corp.response_codes.values()
        clicked = any(c.msgid == msgid and c.userid == member.userid for c in codes)
        inside = template_card(content, member.userid, msgid, updates.get(msgid), clicked=clicked)
    else:
        inside = _plain(kind, content, member.userid)
    name = (app.name if app else "") or str(entry["from"])
    return el(
        "div",
        el("p", el("span", icon("bell"), class_="thumb"), name, class_="app-name"),
        inside,
        class_="app-card",
    )


def _plain(kind: str, content: JSONDict, userid: str) -> Markup:
    if kind == "text":
        return el("p", rich_text(str(content.get("content", "")), userid), class_="plain")
    if kind == "markdown":
        return el("p", str(content.get("content", "")), class_="plain")
    if kind == "textcard":
        return _textcard(content, userid)
    if kind == "news":
        return join([_textcard(article, userid) for article in content.get("articles") or []])
    return el("p", f"[{kind}] {content.get('title') or content.get('media_id') or ''}")


def _textcard(card: JSONDict, userid: str) -> Markup:
    return join(
        [
            el("h4", str(card.get("title", ""))),
            el("div", description(str(card.get("description", ""))), class_="plain"),
            link_out(
                userid,
                str(card.get("url", "")),
                str(card.get("btntxt") or "详情"),
                icon("external"),
                class_="card-link",
            ),
        ]
    )
