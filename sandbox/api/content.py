"""Checks of message content that welcome, mass message and Moment share (wecom-api §10–§12)."""

from __future__ import annotations

from sandbox.api.call import Call, check_length
from sandbox.entities import JSONDict
from sandbox.errors import ApiError

_KINDS = ("image", "link", "miniprogram", "video", "file")


def check_media(call: Call, media_id: str, *usages: str) -> None:
    """Refuse media that are unknown, expired or uploaded by the wrong API (40007)."""
    media = call.corp.media.get(media_id)
    lifetime = call.sim.world.settings.media_days * 86_400
    if media is None or media.usage not in usages or call.now - media.created_at > lifetime:
        raise ApiError(40007)


def check_message(call: Call) -> tuple[JSONDict, list[JSONDict]]:
    """Return (text, attachments) of a message to customers.

    Raises:
        ApiError: 40063 empty, 40058 too long, 41064 too many, 41065 unknown kind, 40007 media.
    """
    text = call.mapping("text")
    attachments = list(call.body.get("attachments") or [])
    check_length(str(text.get("content") or ""), "text.content", octets=4000)
    if not text.get("content") and not attachments:
        raise ApiError(40063, "text and attachments are empty")
    if len(attachments) > 9:
        raise ApiError(41064, "more than 9 attachments")
    for attachment in attachments:
        _check_attachment(call, attachment)
    return text, attachments


def _check_attachment(call: Call, attachment: JSONDict) -> None:
    kind = str(attachment.get("msgtype") or "")
    body = attachment.get(kind)
    if kind not in _KINDS or not isinstance(body, dict):
        raise ApiError(41065, "unknown attachment")
    if kind == "link":
        _check_link(body)
    elif kind == "miniprogram":
        check_length(str(body.get("title") or ""), "miniprogram.title", octets=64)
        if not body.get("appid") or not body.get("page"):
            raise ApiError(40063, "miniprogram needs appid and page")
        check_media(call, str(body.get("pic_media_id") or ""), "message")
    elif kind == "image" and body.get("pic_url") and not body.get("media_id"):
        check_length(str(body["pic_url"]), "image.pic_url", octets=2048)
    else:
        check_media(call, str(body.get("media_id") or ""), "message")


def _check_link(link: JSONDict) -> None:
    if not link.get("title") or not link.get("url"):
        raise ApiError(40063, "link needs title and url")
    for name, octets in (("title", 128), ("desc", 512), ("picurl", 2048), ("url", 2048)):
        check_length(str(link.get(name) or ""), f"link.{name}", octets=octets)
