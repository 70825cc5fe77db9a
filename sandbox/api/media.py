"""Uploads and downloads (wecom-api §21)."""

from __future__ import annotations

from sandbox.api.call import Call, RawAnswer, Upload, endpoint
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.traffic import Media

_MEGABYTE = 1024 * 1024
_CAPS = {
    "image": 10 * _MEGABYTE,
    "voice": 2 * _MEGABYTE,
    "video": 10 * _MEGABYTE,
    "file": 20 * _MEGABYTE,
}


def _checked_upload(call: Call, cap: int) -> Upload:
    upload = call.upload
    if upload is None:
        raise ApiError(41005, "media data missing")
    if len(upload.content) <= 5:
        raise ApiError(44001)
    if len(upload.content) > cap:
        raise ApiError(45001)
    return upload


def _store(call: Call, kind: str, upload: Upload, usage: str) -> Media:
    media = Media(
        call.sim.world.mint("MEDIA-", 48),
        kind,
        upload.filename,
        upload.content_type,
        call.now,
        upload.content,
        usage,
    )
    call.corp.media[media.media_id] = media
    return media


def _kind(call: Call, name: str) -> str:
    kind = call.params.get(name, "")
    if kind not in _CAPS:
        raise ApiError(40004)
    return kind


@endpoint("POST", "media/upload", right="app")
def media_upload(call: Call) -> JSONDict:
    """Store a file for three days."""
    kind = _kind(call, "type")
    media = _store(call, kind, _checked_upload(call, _CAPS[kind]), "message")
    return {"type": kind, "media_id": media.media_id, "created_at": str(media.created_at)}


@endpoint("POST", "media/uploadimg", right="app")
def media_uploadimg(call: Call) -> JSONDict:
    """Store a picture for good and answer its address."""
    media = _store(call, "image", _checked_upload(call, 2 * _MEGABYTE), "image_url")
    return {"url": f"https://wework.qpic.cn/wwpic/{media.media_id}/0"}


@endpoint("POST", "media/upload_attachment", right="app")
def media_upload_attachment(call: Call) -> JSONDict:
    """Store a file for Moments (1) or the product album (2)."""
    kind = _kind(call, "media_type")
    usage = {"1": "moment", "2": "album"}.get(call.params.get("attachment_type", ""))
    if usage is None:
        raise ApiError(41072, "invalid attachment_type")
    media = _store(call, kind, _checked_upload(call, 10 * _MEGABYTE), usage)
    return {"type": kind, "media_id": media.media_id, "created_at": media.created_at}


@endpoint("GET", "media/get", right="app")
def media_get(call: Call) -> RawAnswer:
    """Answer a stored file."""
    media = call.corp.media.get(call.params.get("media_id", ""))
    if media is None or media.usage == "image_url":
        raise ApiError(40007)
    if call.now - media.created_at > call.sim.world.settings.media_days * 86_400:
        raise ApiError(40145, "media expired")
    return RawAnswer(media.content, media.content_type, media.filename or media.media_id)
