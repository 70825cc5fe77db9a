"""Pictures at WeCom (图片): it names a QR code only by where its picture lies."""

from typing import Final
from urllib.parse import urlsplit

import requests
from django.conf import settings

from wecom.errors import Ambiguous, ItemRefused, NotSent, WeComError

# Where WeCom keeps pictures; nothing else is fetched, whatever an answer says.
HOSTS: Final = (".qpic.cn", ".qlogo.cn", ".weixin.qq.com")
MAX_BYTES: Final = 2 * 1024 * 1024
PIECE_BYTES: Final = 64 * 1024
OK: Final = 200


def fetch_picture(url: str) -> bytes:
    """Return the bytes of a picture at WeCom, unchecked: whoever uses them decodes them.

    `settings.WECOM_PICTURE_BASE_URL` stands in for WeCom's picture host where WeCom is a sandbox.

    Raises:
        WeComError: not an address of WeCom's, not there, too large, or no answer.

    Source: wecom-api §8.1, `qr_code`.
    """
    parts = urlsplit(url)
    address = f"{settings.WECOM_PICTURE_BASE_URL}{parts.path}"
    if not settings.WECOM_PICTURE_BASE_URL:
        if parts.scheme not in {"http", "https"} or not f".{parts.hostname}".endswith(HOSTS):
            raise ItemRefused("not a picture of WeCom's")
        address = parts._replace(scheme="https").geturl()
    failure: WeComError
    try:
        return _read(address)
    except requests.ConnectionError as error:
        failure = NotSent(type(error).__name__)
    except requests.RequestException as error:
        failure = Ambiguous(type(error).__name__)
    raise failure


def _read(address: str) -> bytes:
    timeout = settings.WECOM_CONNECT_SECONDS, settings.WECOM_READ_SECONDS
    with requests.get(address, timeout=timeout, stream=True, allow_redirects=False) as answer:
        if answer.status_code != OK:
            raise ItemRefused(f"HTTP {answer.status_code}")
        data = bytearray()
        for piece in answer.iter_content(PIECE_BYTES):
            data += piece
            if len(data) > MAX_BYTES:
                raise ItemRefused("the picture is too large")
    return bytes(data)
