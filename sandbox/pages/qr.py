"""Pictures under the addresses that the real WeCom gives: QR codes and uploaded images."""

from __future__ import annotations

import io

import segno
from starlette.requests import Request
from starlette.responses import Response

from sandbox.simulator import Simulator

BORDER_MODULES = 2
SCALE = 12


def picture(sim: Simulator, request: Request) -> Response:
    """Answer what `https://wework.qpic.cn/wwpic/NAME/0` would: a QR code, or an upload."""
    corp, name = sim.world.corp(), request.path_params["name"]
    media = corp.media.get(name)
    if media is not None and media.content_type.startswith("image/"):
        return Response(media.content, media_type=media.content_type)
    if name in corp.contact_ways or name in corp.join_ways:
        return Response(qr_png(f"https://work.weixin.qq.com/ca/{name}"), media_type="image/png")
    return Response(status_code=404)


def qr_png(text: str) -> bytes:
    """Draw a QR code."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        buffer, kind="png", scale=SCALE, border=BORDER_MODULES
    )
    return buffer.getvalue()
