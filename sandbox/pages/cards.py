"""Template cards (模板卡片): notices, buttons, votes, selections, before and after a click."""

from __future__ import annotations

from sandbox.entities import JSONDict
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.messages import link_out
from sandbox.pages.view import args

_BUTTON_STYLES = {1: "primary", 2: "", 3: "danger", 4: "quiet"}


def template_card(
    card: JSONDict, userid: str, msgid: str, update: JSONDict | None, *, clicked: bool
) -> Markup:
    """Return a card as one member sees it.

    Args:
        update: Payload of the last card update, if the app changed the card.
        clicked: The member clicked and the app has not answered yet.
    """
    replaced = str(((update or {}).get("button") or {}).get("replace_name") or "")
    newer: JSONDict = (update or {}).get("template_card") or {}
    shown = newer or card
    if newer:
        replaced = str(newer.get("replace_text") or "")
    is_locked = bool(replaced) or (clicked and not newer)
    waiting = "已点击，等待应用更新" if clicked else ""
    return join(
        [
            _head(shown),
            _rows(shown, userid),
            _jumps(shown, userid),
            el("p", replaced or waiting, class_="card-state")
            if is_locked
            else _controls(shown, userid, msgid),
        ]
    )


def _titled(part: JSONDict, class_: str) -> Markup | None:
    if not part:
        return None
    title, text = str(part.get("title") or ""), str(part.get("desc") or "")
    return el(
        "div",
        el("h4", title) if title else None,
        el("p", text, class_="faint") if text else None,
        class_=class_,
    )


def _head(card: JSONDict) -> Markup:
    source = str((card.get("source") or {}).get("desc") or "")
    quote: JSONDict = card.get("quote_area") or {}
    subtitle = str(card.get("sub_title_text") or "")
    quoted = " ".join(str(quote[key]) for key in ("title", "quote_text") if quote.get(key))
    return join(
        [
            el("p", source, class_="card-source") if source else None,
            _titled(card.get("main_title") or {}, "card-title"),
            _titled(card.get("emphasis_content") or {}, "card-emphasis"),
            el("blockquote", quoted) if quoted else None,
            el("p", subtitle, class_="plain") if subtitle else None,
        ]
    )


def _rows(card: JSONDict, userid: str) -> Markup | None:
    rows = card.get("horizontal_content_list") or []
    if not rows:
        return None
    pairs = []
    for row in rows:
        value = str(row.get("value", ""))
        url = str(row.get("url") or "")
        pairs.append(el("dt", str(row.get("keyname", ""))))
        pairs.append(el("dd", link_out(userid, url, value) if url else value))
    return el("dl", pairs, class_="pairs")


def _jumps(card: JSONDict, userid: str) -> Markup:
    links = [
        link_out(
            userid, str(jump.get("url") or ""), str(jump.get("title", "")), icon("external"),
            class_="card-link",
        )
        for jump in card.get("jump_list") or []
    ]  # fmt: skip
    action = str((card.get("card_action") or {}).get("url") or "")
    if action and not links:
        links.append(link_out(userid, action, "查看详情", icon("external"), class_="card-link"))
    return join(links)


def _controls(card: JSONDict, userid: str, msgid: str) -> Markup:
    buttons = [
        el(
            "button",
            str(button.get("text", "")),
            class_=f"button {_BUTTON_STYLES.get(int(button.get('style') or 2), '')}".rstrip(),
            data_do="click_card",
            data_args=args(member=userid, msgid=msgid, key=str(button.get("key", ""))),
        )
        for button in card.get("button_list") or []
        if not button.get("type")
    ]
    if buttons:
        return el("div", buttons, class_="card-buttons")
    submit: JSONDict = card.get("submit_button") or {}
    return _form(card, submit, userid, msgid) if submit else Markup("")


def _form(card: JSONDict, submit: JSONDict, userid: str, msgid: str) -> Markup:
    return el(
        "form",
        _checkbox(card.get("checkbox") or {}),
        [_select(select) for select in card.get("select_list") or []],
        el("button", str(submit.get("text") or "提交"), class_="button primary"),
        class_="card-form",
        data_do="click_card",
        data_args=args(member=userid, msgid=msgid, key=str(submit.get("key", ""))),
    )


def _checkbox(question: JSONDict) -> Markup:
    kind = "checkbox" if question.get("mode") else "radio"
    name = f"selected.{question.get('question_key', '')}"
    return join(
        el(
            "label",
            el("input", type=kind, name=name, value=str(option.get("id", "")),
               checked=bool(option.get("is_checked"))),
            str(option.get("text", "")),
        )
        for option in question.get("option_list") or []
    )  # fmt: skip


def _select(select: JSONDict) -> Markup:
    options = [
        el(
            "option",
            str(option.get("text", "")),
            value=str(option.get("id", "")),
            selected=option.get("id") == select.get("selected_id"),
        )
        for option in select.get("option_list") or []
    ]
    name = f"selected.{select.get('question_key', '')}"
    return el("label", str(select.get("title", "")), el("select", options, name=name))
