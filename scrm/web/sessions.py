"""The store of sessions (会话): PostgreSQL, with whose each one is and where it came from."""

from datetime import datetime
from typing import Any, Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from common import clock
from org.models import SignInSession

# What a session says of the sign-in that opened it, kept in its data: see `signing_in.let_in`.
SIGN_IN: Final = "sign_in"


class SessionStore(db.SessionStore):
    """Django's store over our own table."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[SignInSession]:
        """Return the table."""
        return SignInSession

    def load(self) -> dict[str, Any]:
        """Read the session, and when it was used last."""
        row = self._get_session_from_db()  # type: ignore[attr-defined] # not in the stubs
        if row is None:
            return {}
        self.seen_at = row.seen_at
        data: dict[str, Any] = self.decode(row.session_data)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> SignInSession:
        """Return the row that keeps these data."""
        row = super().create_model_instance(data)
        return _with_owner(row, data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> SignInSession:
        """Return the row that keeps these data."""
        row = await super().acreate_model_instance(data)
        return _with_owner(row, data)


def _with_owner(row: Any, data: dict[str, Any]) -> SignInSession:
    """Tell the row whose session it is; one of nobody says nothing."""
    if SESSION_KEY in data:
        told = data.get(SIGN_IN, {})
        row.user_id = int(data[SESSION_KEY])
        row.means = told.get("means", "")
        row.signed_in_at = told.get("at")
        row.address = told.get("address")
        row.agent = told.get("agent", "")
        row.seen_at = clock.wall()
    session: SignInSession = row
    return session
