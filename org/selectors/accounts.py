"""Accounts and where they are signed in, as people look at them (账号, 登录会话)."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from org.models import ApiToken, RoleRights, SignInSession, TotpDevice, User

ON: Final = "on"
OFF: Final = "off"
GONE: Final = "gone"


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What a list of accounts is narrowed to; empty means all.

    Attributes:
        text: Part of the name, the sign-in name, or the member's name or userid.
        role: A role.
        state: `on`, `off`, or `gone`: stands for a member who has left.
    """

    text: str = ""
    role: str = ""
    state: str = ""


def accounts_like(wanted: AccountFilter) -> QuerySet[User]:
    """Return accounts with their member, the second step and when they were seen last."""
    confirmed = TotpDevice.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)
    seen = SignInSession.objects.filter(user=OuterRef("pk")).order_by("-seen_at")
    accounts = User.objects.select_related("staff").annotate(
        has_totp=Exists(confirmed), seen_at=Subquery(seen.values("seen_at")[:1])
    )
    if wanted.text:
        accounts = accounts.filter(
            Q(username__icontains=wanted.text)
            | Q(display_name__icontains=wanted.text)
            | Q(staff__name__icontains=wanted.text)
            | Q(staff__userid__icontains=wanted.text)
        )
    if wanted.role:
        accounts = accounts.filter(role=wanted.role)
    states = {
        ON: Q(is_active=True, staff__left_at__isnull=True),
        OFF: Q(is_active=False),
        GONE: Q(staff__left_at__isnull=False),
    }
    if wanted.state in states:
        accounts = accounts.filter(states[wanted.state])
    return accounts.order_by("-is_active", "username")


def account_named(pk: int) -> User | None:
    """Return one account with its member."""
    return User.objects.select_related("staff").filter(pk=pk).first()


def edited_roles() -> frozenset[str]:
    """Return the roles whose rights differ from the defaults because somebody edited them."""
    return frozenset(RoleRights.objects.values_list("role", flat=True))


def sessions_of(user: User) -> QuerySet[SignInSession]:
    """Return where somebody is signed in, used last first."""
    return SignInSession.objects.filter(user=user).order_by("-seen_at")


def tokens_like(*, text: str = "") -> QuerySet[ApiToken]:
    """Return the tokens of the open API with their accounts, newest first."""
    tokens = ApiToken.objects.select_related("user")
    if text:
        tokens = tokens.filter(
            Q(name__icontains=text)
            | Q(prefix__startswith=text)
            | Q(user__username__icontains=text)
            | Q(user__display_name__icontains=text)
        )
    return tokens.order_by("-id")
