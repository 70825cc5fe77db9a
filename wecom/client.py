"""Calls to WeCom in the name of one app (接口调用): token, limits, one repetition, errors."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from common import clock
from wecom import limits, tokens
from wecom.answers import load
from wecom.errors import Misconfigured, RateLimited, TokenRejected, WeComError
from wecom.models import App
from wecom.models.corp import AppPurpose
from wecom.models.token_lease import TokenKind
from wecom.tokens import Fetched, Token
from wecom.transport import transport

logger = logging.getLogger(__name__)

RATE_LIMIT_ERRCODE = 45009


class CallInTransaction(RuntimeError):
    """A call to WeCom was about to be made while a database transaction was open."""


@dataclass(frozen=True, slots=True)
class _TokenAnswer:
    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Client:
    """One app of one corp, as WeCom sees it; made by `client_for` or `corp_client`."""

    app_pk: int
    corp_pk: int
    corp_id: str
    agent_id: int | None

    def get(self, api: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Call an API by GET and return its answer.

        Raises:
            WeComError: it did not end well.
            CallInTransaction: a database transaction is open.
        """
        return self._call("GET", api, params=params or {})

    def post(
        self, api: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Call an API by POST with a JSON body and return its answer.

        Raises:
            WeComError: it did not end well.
            CallInTransaction: a database transaction is open.
        """
        return self._call("POST", api, params=params or {}, body=body)

    def upload(
        self, api: str, files: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Call an API by POST with a multipart form and return its answer.

        Raises:
            WeComError: it did not end well.
            CallInTransaction: a database transaction is open.
        """
        return self._call("POST", api, params=params or {}, files=files)

    def require_agent_id(self) -> int:
        """Return the agent id.

        Raises:
            Misconfigured: this app has none (a contacts-sync receiver).
        """
        if self.agent_id is None:
            raise Misconfigured("the app has no agent id")
        return self.agent_id

    def _call(
        self,
        method: str,
        api: str,
        *,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make the call; a refused token is renewed and the call repeated once."""
        refuse_in_transaction()
        token = self.access_token()
        for is_last in (False, True):
            limits.take(corp_pk=self.corp_pk, api=api)
            started = time.monotonic()
            try:
                return transport().send(
                    method,
                    api,
                    params={"access_token": token.value, **params},
                    body=body,
                    files=files,
                )
            except TokenRejected as error:
                if is_last:
                    self._heed(error, api, started)
                    raise
                token = self.access_token(refused=token)
            except WeComError as error:
                self._heed(error, api, started)
                raise
        raise AssertionError("the loop returns or raises")

    def access_token(self, refused: Token | None = None) -> Token:
        """Return a usable access token; not the one that was refused."""
        return tokens.obtain(
            app_pk=self.app_pk,
            kind=TokenKind.ACCESS,
            now=clock.now(),
            fetch=self._fetch_access_token,
            refused=refused,
        )

    def try_secret(self) -> int:
        """Ask WeCom for a token with the secret as it is stored, and do not keep it.

        Returns:
            How many seconds it would live.

        Raises:
            WeComError: WeCom gave none.
        """
        return self._fetch_access_token().expires_in_seconds

    def _fetch_access_token(self) -> Fetched:
        refuse_in_transaction()
        limits.take(corp_pk=self.corp_pk, api="gettoken")
        secret = App.objects.get(pk=self.app_pk).secret
        started = time.monotonic()
        try:
            answer = transport().send(
                "GET", "gettoken", params={"corpid": self.corp_id, "corpsecret": secret}
            )
        except WeComError as error:
            self._heed(error, "gettoken", started)
            raise
        given = load(_TokenAnswer, answer, api="gettoken")
        return Fetched(value=given.access_token, expires_in_seconds=given.expires_in)

    def _heed(self, error: WeComError, api: str, started: float) -> None:
        """Log a failure; close the API's window if WeCom says that it is overrun."""
        if isinstance(error, RateLimited) and error.errcode == RATE_LIMIT_ERRCODE:
            error.retry_after_seconds = limits.pause(
                corp_pk=self.corp_pk, api=api, reason=error.message
            )
        logger.warning(
            "wecom_call_failed",
            extra={
                "api": api,
                "error": type(error).__name__,
                "errcode": error.errcode,
                "errmsg": error.message,
                "seconds": round(time.monotonic() - started, 3),
            },
        )


def client_for(app: App) -> Client:
    """Return the client of one app; its corp is read if it was not loaded with it."""
    return Client(
        app_pk=app.pk, corp_pk=app.corp.pk, corp_id=app.corp.corp_id, agent_id=app.agent_id
    )


def corp_client(corp_pk: int, *, purpose: AppPurpose = AppPurpose.APP) -> Client:
    """Return the client of a corp's enabled app for a purpose, the oldest if there are several.

    Raises:
        Misconfigured: there is none.
    """
    app = (
        App.objects.filter(corp_id=corp_pk, purpose=purpose, is_enabled=True)
        .select_related("corp")
        .order_by("pk")
        .first()
    )
    if app is None:
        raise Misconfigured(f"the corp has no enabled app for {purpose.value}")
    return client_for(app)


def refuse_in_transaction() -> None:
    """Stop a call that would hold a database transaction open while it waits for WeCom.

    Raises:
        CallInTransaction: there is one; tests that wrap all in one allow it by
            `WECOM_ALLOW_IN_TRANSACTION`.
    """
    if connection.in_atomic_block and not settings.WECOM_ALLOW_IN_TRANSACTION:
        raise CallInTransaction("no call to WeCom inside a database transaction")
