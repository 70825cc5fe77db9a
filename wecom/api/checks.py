"""A self-test of an app's connection and rights (连接自检)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wecom.api.contacts import department_list
from wecom.api.customers import follow_user_list
from wecom.api.jssdk import agent_ticket
from wecom.client import Client
from wecom.errors import WeComError
from wecom.models.corp import AppPurpose

SECRET: Final = "gettoken"  # noqa: S105 - the name of a step
CONTACTS: Final = "department/list"
CUSTOMERS: Final = "externalcontact/get_follow_user_list"
TICKET: Final = "ticket/get"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """One step of the self-test; without an error it went well.

    `found_count` is how many departments or members the app sees.
    """

    name: str
    error: WeComError | None = None
    found_count: int = 0

    @property
    def is_ok(self) -> bool:
        """True if the step went well."""
        return self.error is None


def check_app(client: Client, *, purpose: str = AppPurpose.APP) -> tuple[CheckStep, ...]:
    """Try what an app is there for: its secret, contacts, customers, the ticket of the sidebar.

    Without a good secret nothing else is tried; the other steps are tried whatever became of each
    other. A contacts-sync secret only receives, so it is only tried itself.

    Returns:
        One step each; it never raises `WeComError`.

    Source: wecom-api §33.
    """
    secret = _step(SECRET, client.try_secret)
    if not secret.is_ok or purpose != AppPurpose.APP:
        return (secret,)
    return (
        secret,
        _step(CONTACTS, lambda: len(department_list(client))),
        _step(CUSTOMERS, lambda: len(follow_user_list(client))),
        _step(TICKET, lambda: len(agent_ticket(client).value)),
    )


def _step(name: str, attempt: Callable[[], int]) -> CheckStep:
    try:
        return CheckStep(name=name, found_count=attempt())
    except WeComError as error:
        return CheckStep(name=name, error=error)
