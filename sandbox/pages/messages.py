"""How a message looks on a device: text with links, cards, pictures."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from sandbox.entities import JSONDict
from sandbox.pages.icons import icon
from sandbox.pages.markup import Child, Markup, el, join

_URL = re.compile(r"https?://[^\s<>\"'，。；、）】》]+")
_ANCHOR = re.compile(r"<a\s+href=[\"']([^\"']*)[\"'][^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_DIV = re.compile(r"<div class=[\"'](gray|highlight|normal)[\"']>(.*?)</div>", re.DOTALL)


def open_href(person: str, url: str) -> str:
    """Return the address that opens `url` as `person` (a customer or member id)."""
    return "/_pages/open?" + urlencode({"as": person, "url": url})


def is_web(url: str) -> bool:
    """Tell whether an address may be opened in a browser."""
    return urlsplit(url).scheme in {"http", "https"}


def link_out(person: str, url: str, *children: Child, class_: str = "") -> Markup:
    """Return a link that opens as a person, plain text when the address is not of the web."""
    if not is_web(url):
        return el("span", *children, class_=class_ or None)
    href = open_href(person, url)
    return el(
        "a", *children, href=href, target="_blank", rel="noopener noreferrer", class_=class_ or None
    )


def tool_href(url: str, member: str, **chat: str) -> str:
    """Return the address that opens an app's page as a member, from a chat of theirs.

    A real client answers `getContext` and its like by itself; a page that is opened here finds the
    answers in its address: `sim_entry`, `sim_contact` or `sim_chat`, `sim_member`.
    """
    said = urlencode({f"sim_{name}": value for name, value in {**chat, "member": member}.items()})
    return open_href(member, f"{url}{'&' if '?' in url else '?'}{said}")


def rich_text(text: str, person: str) -> Markup:
    """Return text in which `<a href>` anchors and bare addresses can be opened."""
    parts: list[Child] = []
    end = 0
    for found in _ANCHOR.finditer(text):
        parts.append(_with_addresses(text[end : found.start()], person))
        parts.append(link_out(person, found[1], found[2]))
        end = found.end()
    parts.append(_with_addresses(text[end:], person))
    return join(parts)


def _with_addresses(text: str, person: str) -> Markup:
    parts: list[Child] = []
    end = 0
    for found in _URL.finditer(text):
        parts += [text[end : found.start()], link_out(person, found[0], found[0])]
        end = found.end()
    return join([*parts, text[end:]])


def description(text: str) -> Markup:
    """Return a card description with WeCom's three grey levels."""
    parts: list[Child] = []
    end = 0
    for found in _DIV.finditer(text):
        parts += [text[end : found.start()], el("p", found[2], class_=f"desc-{found[1]}")]
        end = found.end()
    return join([*parts, text[end:]])


def bubble(content: Child, *, mine: bool, kind: str = "") -> Markup:
    """Return one message of a chat."""
    side = "mine" if mine else "theirs"
    return el("div", content, class_=f"bubble {side} {kind}".rstrip())


def parts_of(payload: JSONDict) -> list[JSONDict]:
    """Return the single messages of a welcome, mass message, staff message or Moment."""
    if "msgtype" in payload:
        return [payload]
    text = payload.get("text")
    content = text.get("content") if isinstance(text, dict) else text
    parts: list[JSONDict] = [{"msgtype": "text", "text": {"content": content}}] if content else []
    return parts + list(payload.get("attachments") or [])


def part_bubble(part: JSONDict, person: str, *, mine: bool = False) -> Markup:
    """Return one message as a bubble that `person` can open."""
    kind = str(part.get("msgtype"))
    body: JSONDict = part.get(kind) or {}
    if kind == "text":
        return bubble(rich_text(str(body.get("content", "")), person), mine=mine)
    if kind == "link":
        return bubble(link_card(body, person), mine=mine, kind="card")
    if kind == "image":
        return bubble(_picture(body), mine=mine, kind="card")
    if kind == "miniprogram":
        return bubble(_tile("小程序", str(body.get("title", "")), "phone"), mine=mine, kind="card")
    label = {"video": "视频", "file": "文件"}.get(kind, kind)
    return bubble(_tile(label, str(body.get("media_id", "")), "file"), mine=mine, kind="card")


def link_card(link: JSONDict, person: str) -> Markup:
    """Return a link card (图文链接)."""
    return link_out(
        person,
        str(link.get("url", "")),
        el("strong", str(link.get("title", ""))),
        el("span", str(link.get("desc") or urlsplit(str(link.get("url", ""))).netloc)),
        el("span", icon("link"), class_="thumb"),
        class_="link-card",
    )


def _picture(image: JSONDict) -> Markup:
    media_id = str(image.get("media_id") or "")
    if not media_id:
        return _tile("图片", str(image.get("pic_url", "")), "image")
    return el("img", src=f"/_pages/media/{media_id}", alt="图片", loading="lazy", class_="picture")


def _tile(label: str, text: str, icon_name: str) -> Markup:
    return el(
        "div", el("span", icon(icon_name), class_="thumb"), el("strong", label), el("span", text),
        class_="tile",
    )  # fmt: skip
