"""Who is signed in, asked at every request (登录校验)."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from org.models import User
from org.selectors.rights import accounts_with_rights, may_act


class AccountBackend(ModelBackend):
    """Accounts by password, and the account behind a session.

    Each request reads the account anew, with its member and its rights in one query: whoever is
    switched off here, or has left the corp at WeCom, is a stranger from their next request on.
    """

    def get_user(self, user_id: Any) -> User | None:
        """Return the account of a session, if it may still act."""
        user = accounts_with_rights().filter(pk=user_id).first()
        return user if user is not None and may_act(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Say whether a right password opens the house."""
        return isinstance(user, User) and may_act(user)
