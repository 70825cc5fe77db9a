"""Tokens of the open API (接口令牌): issued once, kept as a digest, checked on every request."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from org.errors import GrantTooWide, TokenRefused
from org.models import ApiToken, AuditRow, User
from org.selectors.rights import edited_rights, may_act
from org.services.accounts import may_grant
from org.services.audit import record_audit

MARK: Final = "wy_"
PREFIX_CHARACTERS: Final = 10
MAX_CHARACTERS: Final = 100
USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; `secret` is shown now and never again."""

    secret: str
    token: ApiToken

    def __repr__(self) -> str:
        return f"IssuedToken({self.token.prefix}…)"


def issue_token(
    *,
    user: User,
    name: str,
    expires_at: datetime,
    now: datetime,
    scopes: Iterable[ApiToken.Scope] = (ApiToken.Scope.CUSTOMERS_READ,),
    actor: User | None = None,
    address: str = "",
) -> IssuedToken:
    """Issue a token (发放令牌) that acts for its user, within its scopes. One transaction.

    Args:
        user: Whose rights it has.
        name: What it is for, as its owner calls it.
        expires_at: From when on it is refused.
        now: Business time.
        scopes: What it is good for.
        actor: Who issues it, for the audit log; None for a program.
        address: Where from.

    Raises:
        GrantTooWide: the token would act for somebody who may do more than `actor`.
    """
    if actor is not None and actor != user and not may_grant(actor, user.role):
        raise GrantTooWide
    secret = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=secret[:PREFIX_CHARACTERS],
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        if actor is not None:
            record_audit(
                actor=actor,
                action=AuditRow.Action.TOKEN_ISSUED,
                subject=f"token:{token.prefix}",
                detail={"name": name, "for": user.username, "scopes": token.scopes},
                now=now,
                address=address,
            )
    return IssuedToken(secret=secret, token=token)


def check_token(*, secret: str, now: datetime) -> ApiToken:
    """Return the token behind a secret, with its user; its use is noted at most once a minute.

    Raises:
        TokenRefused: unknown, expired, revoked, or its user is switched off or gone.
    """
    if len(secret) > MAX_CHARACTERS:
        raise TokenRefused
    token = (
        ApiToken.objects.select_related("user__staff")
        .annotate(edited_rights=edited_rights("user__role"))
        .filter(digest=_digest(secret), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token is None or not may_act(token.user):
        raise TokenRefused
    token.user.edited_rights = token.edited_rights  # type: ignore[attr-defined] # one query for both
    if token.last_used_at is None or token.last_used_at <= now - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=now), pk=token.pk).update(
            last_used_at=now
        )
    return token


def revoke_token(
    *, token: ApiToken, now: datetime, actor: User | None = None, address: str = ""
) -> None:
    """Refuse a token from now on (吊销令牌); a second time changes nothing. One transaction."""
    with transaction.atomic():
        revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
        if revoked and actor is not None:
            record_audit(
                actor=actor,
                action=AuditRow.Action.TOKEN_REVOKED,
                subject=f"token:{token.prefix}",
                detail={"name": token.name},
                now=now,
                address=address,
            )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
