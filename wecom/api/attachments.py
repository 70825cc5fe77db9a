"""What may hang on a message to customers (附件): welcome and mass messages share it.

Up to 9 per message; they arrive as messages of their own. Source: wecom-api §10, §11.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias


def _filled(values: dict[str, str]) -> dict[str, str]:
    """Leave out what is empty."""
    return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture (图片): a media id, or a URL from `upload_image`."""

    media_id: str = ""
    pic_url: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the attachment as WeCom takes it."""
        body = _filled({"media_id": self.media_id, "pic_url": self.pic_url})
        return {"msgtype": "image", "image": body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link card (图文链接): title up to 128 bytes, desc 512, url and picurl 2,048."""

    title: str
    url: str
    picurl: str = ""
    desc: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the attachment as WeCom takes it."""
        optional = _filled({"picurl": self.picurl, "desc": self.desc})
        return {"msgtype": "link", "link": {"title": self.title, "url": self.url, **optional}}


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgram:
    """A mini-program card (小程序): title up to 64 bytes."""

    title: str
    pic_media_id: str
    appid: str
    page: str

    def to_json(self) -> dict[str, Any]:
        """Return the attachment as WeCom takes it."""
        return {
            "msgtype": "miniprogram",
            "miniprogram": {
                "title": self.title,
                "pic_media_id": self.pic_media_id,
                "appid": self.appid,
                "page": self.page,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video (视频) by media id."""

    media_id: str

    def to_json(self) -> dict[str, Any]:
        """Return the attachment as WeCom takes it."""
        return {"msgtype": "video", "video": {"media_id": self.media_id}}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file (文件) by media id."""

    media_id: str

    def to_json(self) -> dict[str, Any]:
        """Return the attachment as WeCom takes it."""
        return {"msgtype": "file", "file": {"media_id": self.media_id}}


Attachment: TypeAlias = Image | Link | MiniProgram | Video | File


def content(*, text: str, attachments: Sequence[Attachment]) -> dict[str, Any]:
    """Return the message part of a body; what is empty is left out."""
    body: dict[str, Any] = {}
    if text:
        body["text"] = {"content": text}
    if attachments:
        body["attachments"] = [attachment.to_json() for attachment in attachments]
    return body
