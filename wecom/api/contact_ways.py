"""Contact ways: the QR codes behind channel codes (联系我), wecom-api §8."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from wecom.answers import load, text
from wecom.api.paging import pages
from wecom.client import Client

SINGLE: Final = 1
SEVERAL: Final = 2
SCENE_MINI_PROGRAM: Final = 1
SCENE_QR_CODE: Final = 2
LIST_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWay:
    """A contact way (联系我方式). `type`: 1 one member, 2 several; `scene`: 2 is a QR code."""

    config_id: str
    type: int = SEVERAL
    scene: int = SCENE_QR_CODE
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    qr_code: str = ""
    user: tuple[str, ...] = ()
    party: tuple[int, ...] = ()
    is_temp: bool = False
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContactWay:
    """What WeCom gives for a new contact way; without the `config_id` it can never be changed."""

    config_id: str
    qr_code: str = ""


def add_contact_way(
    client: Client,
    *,
    userids: Sequence[str] = (),
    department_ids: Sequence[int] = (),
    state: str = "",
    remark: str = "",
    skip_verify: bool = True,
    is_exclusive: bool = False,
) -> NewContactWay:
    """Create a QR code that leads to one or several members.

    One member alone makes a code of type 1, anything else of type 2. WeCom picks the member of a
    scan. Not idempotent: after `Ambiguous` look for the `state` by `list_contact_way`.

    Args:
        client: The app's client.
        userids: Members; up to 100 together with the departments' members.
        department_ids: Departments.
        state: Our channel parameter, up to 30 characters; comes back in the add event.
        remark: Up to 30 characters.
        skip_verify: Customers are added without the member's confirmation.
        is_exclusive: A customer who already has one of the members gets that one again.

    Raises:
        QuotaExceeded: too many codes (41045) or members (41041).
        Misconfigured: a member is not activated or not verified (41054, 40098).

    Source: wecom-api §8.1, externalcontact/add_contact_way.
    """
    api = "externalcontact/add_contact_way"
    is_single = len(userids) == 1 and not department_ids
    body: dict[str, Any] = {
        "type": SINGLE if is_single else SEVERAL,
        "scene": SCENE_QR_CODE,
        "remark": remark,
        "skip_verify": skip_verify,
        "state": state,
        "user": list(userids),
        "is_exclusive": is_exclusive,
    }
    if department_ids:
        body["party"] = list(department_ids)
    return load(NewContactWay, client.post(api, body), api=api)


def get_contact_way(client: Client, *, config_id: str) -> ContactWay:
    """Return one contact way.

    Source: wecom-api §8.2, externalcontact/get_contact_way.
    """
    api = "externalcontact/get_contact_way"
    return load(ContactWay, client.post(api, {"config_id": config_id}).get("contact_way"), api=api)


def list_contact_way(
    client: Client, *, created_from: datetime | None = None, created_to: datetime | None = None
) -> Iterator[str]:
    """Yield the config ids of the contact ways made by API (default: in the last 90 days).

    Source: wecom-api §8.2, externalcontact/list_contact_way.
    """
    api = "externalcontact/list_contact_way"
    body: dict[str, Any] = {"limit": LIST_LIMIT}
    if created_from is not None:
        body["start_time"] = int(created_from.timestamp())
    if created_to is not None:
        body["end_time"] = int(created_to.timestamp())
    for answer in pages(client, api, body):
        for row in answer.get("contact_way") or []:
            yield text(row, "config_id", api=api)


def update_contact_way(
    client: Client,
    *,
    config_id: str,
    userids: Sequence[str] | None = None,
    department_ids: Sequence[int] | None = None,
    state: str | None = None,
    remark: str | None = None,
    skip_verify: bool | None = None,
) -> None:
    """Change a contact way; None leaves a field as it is. The QR picture stays the same.

    Source: wecom-api §8.2, externalcontact/update_contact_way.
    """
    body: dict[str, Any] = {"config_id": config_id}
    changes = {
        "user": None if userids is None else list(userids),
        "party": None if department_ids is None else list(department_ids),
        "state": state,
        "remark": remark,
        "skip_verify": skip_verify,
    }
    body |= {name: value for name, value in changes.items() if value is not None}
    client.post("externalcontact/update_contact_way", body)


def del_contact_way(client: Client, *, config_id: str) -> None:
    """Delete a contact way: its code stops working.

    Source: wecom-api §8.2, externalcontact/del_contact_way.
    """
    client.post("externalcontact/del_contact_way", {"config_id": config_id})
