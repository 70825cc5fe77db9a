"""Makers: small typed functions that put one sensible thing into the database."""

import itertools
from datetime import UTC, datetime

from customers.events import FriendAdded, Payload
from customers.services.identities import Resolved, resolve_identities, wecom_namespace
from customers.services.ledger import NewEvent
from org.models import Department, Staff, StaffDepartment, User
from wecom.models import App, Corp

CORP_ID = "ww1234567890abcdef"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_serial = itertools.count(1)


def make_corp(corp_id: str = CORP_ID, name: str = "示例零售") -> Corp:
    """Make a corp, or return the one of that id."""
    return Corp.objects.get_or_create(corp_id=corp_id, defaults={"name": name})[0]


def make_app(corp: Corp | None = None, **over: object) -> App:
    """Make the customer app with the fixture's secrets."""
    values: dict[str, object] = {
        "slug": "scrm",
        "agent_id": 1000002,
        "secret": "sandbox-secret-scrm",
        "callback_token": "scrmTestToken01",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    }
    return App.objects.create(corp=corp or make_corp(), **(values | over))


def make_department(corp: Corp | None = None, wecom_id: int = 2, parent: int = 1) -> Department:
    """Make a department."""
    return Department.objects.create(
        corp=corp or make_corp(), wecom_id=wecom_id, parent_wecom_id=parent, name=f"部门{wecom_id}"
    )


def make_staff(
    userid: str = "zhangsan",
    corp: Corp | None = None,
    department: Department | None = None,
    *,
    is_leader: bool = False,
) -> Staff:
    """Make a staff member, seated in a department when one is given."""
    staff = Staff.objects.create(
        corp=corp or make_corp(),
        userid=userid,
        userid_folded=userid.lower(),
        name=userid,
        is_follow_user=True,
    )
    if department is not None:
        StaffDepartment.objects.create(staff=staff, department=department, is_leader=is_leader)
    return staff


def make_user(
    username: str = "operator", role: str = User.Role.OPERATOR, staff: Staff | None = None
) -> User:
    """Make someone who may sign in; the password is `correct horse`."""
    return User.objects.create_user(
        username=username, password="correct horse", role=role, staff=staff
    )


def make_person(external_userid: str | None = None, corp: Corp | None = None) -> Resolved:
    """Make a customer with one WeCom identity."""
    value = external_userid or f"wmTEST{next(_serial):026d}"
    namespace = wecom_namespace((corp or make_corp()).corp_id)
    return resolve_identities(namespace=namespace, values=[value], source="test", now=NOW)[value]


def make_event(
    person: Resolved,
    payload: Payload | None = None,
    *,
    key: str | None = None,
    occurred_at: datetime = NOW,
    staff: Staff | None = None,
) -> NewEvent:
    """Make an event that is ready to be recorded."""
    return NewEvent(
        payload=payload or FriendAdded(),
        key=key or f"test:{next(_serial)}",
        identity_id=person.identity_id,
        occurred_at=occurred_at,
        staff_id=staff.pk if staff else None,
        source="test",
    )
