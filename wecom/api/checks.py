"""A self-test of an app's connection and rights (连接自检)."""

from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Final

from wecom.api.contacts import department_list
from wecom.api.customers import follow_user_list
from wecom.client import Client
from wecom.errors import WeComError

TOKEN: Final = "gettoken"  # noqa: S105 - the name of a step
CONTACTS: Final = "department/list"
CUSTOMERS: Final = "externalcontact/get_follow_user_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """One step of the self-test; `problem` is empty if it went well."""

    name: str
    problem: str = ""
    errcode: int | None = None
    found_count: int = 0

    @property
    def is_ok(self) -> bool:
        """True if the step went well."""
        return not self.problem


def check_connection(client: Client) -> tuple[CheckStep, ...]:
    """Try the token, the contacts and the customer right of an app; stop at the first fault.

    Returns:
        One step each, the failed one last; it never raises `WeComError`.

    Source: wecom-api §33.
    """
    steps: dict[str, Callable[[], Sized]] = {
        TOKEN: lambda: (client.access_token(),),
        CONTACTS: lambda: department_list(client),
        CUSTOMERS: lambda: follow_user_list(client),
    }
    done: list[CheckStep] = []
    for name, step in steps.items():
        try:
            done.append(CheckStep(name=name, found_count=len(step())))
        except WeComError as error:
            problem = f"{type(error).__name__}: {error.message}"
            done.append(CheckStep(name=name, problem=problem, errcode=error.errcode))
            break
    return tuple(done)
