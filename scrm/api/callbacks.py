"""The door for WeCom's callbacks (回调): keep, then answer; what follows happens elsewhere.

Every refusal looks the same outside. Nothing here is slower than one insert: the fast lane in
`scrm.web.middleware` brings requests here without sessions, locale or CSRF.
"""

import logging
from typing import Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from common import clock
from scrm.web.bodies import declared_length
from wecom.errors import CallbackRefused, CallbackUnavailable
from wecom.services.receipts import receive_callback, verify_url

logger = logging.getLogger(__name__)

PLAIN: Final = "text/plain; charset=utf-8"


@csrf_exempt
def wecom_callback(request: HttpRequest, corp_id: str, app_slug: str) -> HttpResponse:
    """Answer one request to an app's receive-message URL: GET verifies, POST delivers.

    403 for everything not genuine, 413 for what is too large, 503 when neither database nor spool
    can keep it (WeCom delivers again), else 200.
    """
    if request.method not in {"GET", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    try:
        if request.method == "GET":
            echo = verify_url(corp_id=corp_id, app_slug=app_slug, query=request.GET.dict())
            return HttpResponse(echo, content_type=PLAIN)
        if declared_length(request) > settings.CALLBACK_MAX_BYTES:
            return HttpResponse(status=413)
        receive_callback(
            corp_id=corp_id,
            app_slug=app_slug,
            query=request.GET.dict(),
            body=request.read(),
            now=clock.now(),
        )
    except (CallbackRefused, SuspiciousOperation, UnreadablePostError) as error:
        logger.info("callback_refused", extra={"reason": str(error)})
        return HttpResponse(status=403)
    except (CallbackUnavailable, DatabaseError):
        logger.exception("callback_not_kept")
        return HttpResponse(status=503)
    return HttpResponse("success", content_type=PLAIN)
