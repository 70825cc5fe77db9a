"""Signing in to the open API: `Authorization: Bearer wy_…`."""

from typing import Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common import clock
from org.errors import TokenRefused
from org.models import ApiToken, User
from org.services.tokens import check_token

SCHEME: Final = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """A token of `org.services.tokens`; the request acts with its user's rights."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the user and the token, or None when the request brings no token.

        Raises:
            AuthenticationFailed: the token is not good; every reason reads the same.
        """
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            token = check_token(secret=secret.strip(), now=clock.now())
        except TokenRefused as error:
            raise AuthenticationFailed("The token is unknown, expired or revoked.") from error
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Say how to sign in, so that a refusal is a 401."""
        return f'{SCHEME} realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself
    """How the schema describes the tokens."""

    target_class = "scrm.web.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Describe a bearer token."""
        return {"type": "http", "scheme": "bearer"}
