"""Writing the audit log (审计日志): one row for each act that somebody may have to answer for."""

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from org.models import AuditRow, User

SUBJECT_CHARACTERS: Final = 200
NAME_CHARACTERS: Final = 128


def record_audit(
    *,
    actor: User | None,
    action: AuditRow.Action,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    now: datetime,
    address: str | None = None,
) -> AuditRow:
    """Write down one act (记审计), in the caller's transaction: both stand or neither.

    Args:
        actor: Who did it; None for the product itself, or for somebody who is not signed in.
        action: What was done.
        subject: What it was done to, as `kind:id`: `customer:UID`, `user:3`, `token:wy_abc`.
        detail: More about it, as JSON; never a secret, a password or a whole phone number.
        now: Business time.
        address: The IP address it came from, as `scrm.web.addresses.address_of` tells it.
    """
    return AuditRow.objects.create(
        at=now,
        actor=actor,
        actor_name=_plain(str(actor) if actor else "")[:NAME_CHARACTERS],
        action=action,
        subject=_plain(subject)[:SUBJECT_CHARACTERS],
        detail=_plain(detail or {}),
        address=_address(address),
    )


def _plain(value: Any) -> Any:
    """Take out of texts what PostgreSQL cannot keep: what was typed comes from anybody."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="ignore").decode()
    if isinstance(value, Mapping):
        return {_plain(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def _address(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text or ""))
    except ValueError:
        return None
