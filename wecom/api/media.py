"""Uploads (素材), wecom-api §21. A doubled upload does no harm, so it may always be repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from wecom.answers import Key, load, text
from wecom.client import Client

MediaType = Literal["image", "voice", "video", "file"]
LIFETIME: Final = timedelta(days=3)
MARGIN: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedMedia:
    """A temporary media id, usable by all apps of the corp for three days."""

    media_id: str
    created_at: Annotated[datetime, Key("created_at")]

    @property
    def use_until(self) -> datetime:
        """When to upload again: six hours before WeCom forgets it."""
        return self.created_at + LIFETIME - MARGIN


def media_upload(
    client: Client, *, media_type: MediaType, filename: str, data: bytes, content_type: str
) -> UploadedMedia:
    """Upload a temporary file: image 10 MB (JPG, PNG), voice 2 MB (AMR), video 10 MB, file 20 MB.

    Raises:
        ItemRefused: wrong kind, size, or a broken picture (40004 …).

    Source: wecom-api §21, media/upload.
    """
    answer = client.upload(
        "media/upload", {"media": (filename, data, content_type)}, {"type": media_type}
    )
    return load(UploadedMedia, answer, api="media/upload")


def upload_image(client: Client, *, filename: str, data: bytes, content_type: str) -> str:
    """Upload a picture (5 B to 2 MB) and return its permanent URL, shown inside WeCom only.

    Up to 1,000 a day and 3,000 a month for the corp.

    Source: wecom-api §21, media/uploadimg.
    """
    answer = client.upload("media/uploadimg", {"media": (filename, data, content_type)})
    return text(answer, "url", api="media/uploadimg")
