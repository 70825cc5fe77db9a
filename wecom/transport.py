"""HTTP to WeCom: wechatpy's base client with its faults cured (wecom-api §29).

Cured here: a time-out on every request, one session per thread, no recursion on token errors, no
redirects followed, and strict reading of answers. Every outcome is an answer or one `WeComError`,
which says whether the call can have been executed.

Exceptions of requests carry the URL and with it the access token, so they are neither chained nor
quoted: errors are raised outside the `except` block, with the name of the cause only.
"""

import json
import logging
import os
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from wechatpy.client.base import BaseWeChatClient
from wechatpy.exceptions import WeChatClientException

from common.logs import Redact, redacted
from wecom.errcodes import error_for
from wecom.errors import Ambiguous, BadRequest, Misconfigured, NotSent, RateLimited, WeComError

logger = logging.getLogger(__name__)
# urllib3 writes whole URLs into its debug log.
logging.getLogger("urllib3.connectionpool").addFilter(Redact())

SERVER_ERROR: Final = 500
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
WRONG_JSON: Final = "wrong json format"
_STATUS_ERRORS: Final[dict[int, type[WeComError]]] = {
    401: Misconfigured,
    403: Misconfigured,
    407: Misconfigured,
    408: Ambiguous,
    429: RateLimited,
}


class Transport(BaseWeChatClient):  # type: ignore[misc] # wechatpy has no types
    """One thread's connection to WeCom."""

    def __init__(self) -> None:
        super().__init__(
            appid="",
            timeout=(settings.WECOM_CONNECT_SECONDS, settings.WECOM_READ_SECONDS),
            auto_retry=False,
        )
        self.base_url = settings.WECOM_API_BASE_URL.rstrip("/") + "/cgi-bin/"
        self.pid = os.getpid()
        self._http.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=1))
        self._http.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=1))
        # A proxy in the environment is for the internet, not for a local WeCom.
        self._http.trust_env = urlsplit(self.base_url).hostname not in LOOPBACK

    def send(
        self,
        method: str,
        api: str,
        *,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make one request and return the answer of a success.

        Args:
            method: GET or POST.
            api: The path below /cgi-bin/.
            params: The query, the access token among it.
            body: What is sent as JSON, with Chinese characters as they are.
            files: What is sent as a multipart form instead.

        Raises:
            WeComError: every other outcome, sorted by what a caller can do about it.
        """
        # Pairs, not a dict: the base would add a token of its own to a dict without one.
        options: dict[str, Any] = {"params": [*params.items()], "allow_redirects": False}
        if body is not None:
            options["data"] = json.dumps(body, ensure_ascii=False).encode()
            options["headers"] = {"Content-Type": "application/json; charset=utf-8"}
        if files is not None:
            options["files"] = files
        failure: WeComError
        try:
            response = self._request(method, self.base_url + api, **options)
        except WeChatClientException as error:
            failure = _status_failure(error.response.status_code)
        except requests.RequestException as error:
            failure = _network_failure(error)
        else:
            return _answer(response, api=api)
        failure.api = api
        raise failure

    def _handle_result(self, res: requests.Response, *_: object, **__: object) -> requests.Response:
        """Hand the response on: `_answer` reads it strictly."""
        return res


class _PerThread(threading.local):
    transport: Transport | None = None


_own = _PerThread()


def transport() -> Transport:
    """Return this thread's transport; a forked child or a changed address gets a new one."""
    found = _own.transport
    wanted = settings.WECOM_API_BASE_URL.rstrip("/") + "/cgi-bin/"
    if found is None or found.pid != os.getpid() or found.base_url != wanted:
        found = _own.transport = Transport()
    return found


def _network_failure(error: requests.RequestException) -> WeComError:
    """Say whether the request can have left: only a connection that was never made is certain."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    never_connected = (requests.ConnectTimeout, requests.exceptions.SSLError)
    if isinstance(error, never_connected) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    ):
        return NotSent(type(reason or error).__name__)
    return Ambiguous(type(reason or cause or error).__name__)


def _status_failure(status: int) -> WeComError:
    if status >= SERVER_ERROR:
        return Ambiguous(f"HTTP {status}")
    return _STATUS_ERRORS.get(status, BadRequest)(f"HTTP {status}")


def _answer(response: requests.Response, *, api: str) -> dict[str, Any]:
    """Read one answer; `errcode` comes before anything else in it."""
    if response.is_redirect or response.is_permanent_redirect:
        raise Misconfigured("redirected: the base URL must be https", api=api)
    data: object = None
    try:
        data = json.loads(response.content.decode())
        errcode = int(data.get("errcode") or 0) if isinstance(data, dict) else None
    except ValueError:
        errcode = None
    if not isinstance(data, dict) or errcode is None:
        raise Ambiguous("unreadable answer", api=api)
    message = redacted(str(data.get("errmsg", "")))
    if WRONG_JSON in message:
        logger.error("wecom_wrong_json", extra={"api": api, "errmsg": message})
    if errcode:
        raise error_for(errcode, message=message, api=api)
    return data
