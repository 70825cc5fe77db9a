"""How often one token may call the open API (接口限次)."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from org.models import ApiToken
from scrm.web.shared_limits import SharedLimit, Verdict

WINDOW: Final = timedelta(minutes=1)
limit = SharedLimit("api", settings.API_REQUESTS_A_MINUTE, window=WINDOW)


class CallerThrottle(BaseThrottle):
    """So many requests a minute for each token, each signed-in person, each stranger's address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request, and say whether it may go on."""
        verdict = limit.count(_caller(request))
        request._request.rate_verdict = verdict  # type: ignore[attr-defined] # for the headers
        self._wait = verdict.resets_in_seconds
        return verdict.is_allowed

    def wait(self) -> float:
        """Return the seconds until the caller may go on."""
        return float(self._wait)


def tell_limit(request: Request, response: Response) -> None:
    """Say in the headers how much is left of this minute."""
    verdict: Verdict | None = getattr(request._request, "rate_verdict", None)
    if verdict is not None:
        response["RateLimit-Limit"] = str(settings.API_REQUESTS_A_MINUTE)
        response["RateLimit-Remaining"] = str(verdict.left)
        response["RateLimit-Reset"] = str(verdict.resets_in_seconds)


def _caller(request: Request) -> str:
    if isinstance(request.auth, ApiToken):
        return f"token:{request.auth.pk}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{request.META.get('REMOTE_ADDR', '')}"
