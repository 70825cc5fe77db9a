"""Accounts are made and changed within one's own rights, and an admin always stays."""

import pytest

from org.errors import GrantTooWide, LastAdmin, StaffTaken, UsernameTaken
from org.models import AuditRow, User
from org.services.accounts import (
    AccountSpec,
    change_account,
    create_account,
    may_grant,
    reset_password,
    set_account_active,
)
from org.services.roles import edit_role
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db
BY = {"now": NOW, "address": "192.0.2.1"}


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


@pytest.fixture
def lin(boss: User) -> User:
    """An operator who may manage accounts."""
    edit_role(
        role="operator",
        permissions=["accounts.manage", "customers.view", "workbench.use"],
        actor=boss,
        **BY,
    )
    return make_user("lin", User.Role.OPERATOR)


def spec(role: str = "staff", **over: object) -> AccountSpec:
    return AccountSpec(**({"display_name": "新人", "role": role} | over))


def test_a_new_account_has_a_password_to_be_changed(boss: User):
    made = create_account(username="new", spec=spec(), actor=boss, **BY)

    user = User.objects.get(username="new")
    assert user.check_password(made.password)
    assert user.password_is_temporary
    assert (user.is_superuser, user.is_staff) == (False, False)
    row = AuditRow.objects.get()
    assert (row.actor, row.action) == (boss, "account_created")
    assert made.password not in str(row.detail)


def test_name_and_member_are_taken_once(boss: User):
    staff = make_staff()
    create_account(username="new", spec=spec(staff=staff), actor=boss, **BY)

    with pytest.raises(UsernameTaken):
        create_account(username="new", spec=spec(), actor=boss, **BY)
    with pytest.raises(StaffTaken):
        create_account(username="other", spec=spec(staff=staff), actor=boss, **BY)
    assert User.objects.count() == 2


def test_the_last_admin_stays(boss: User):
    with pytest.raises(LastAdmin):
        set_account_active(user_pk=boss.pk, is_active=False, actor=boss, **BY)
    with pytest.raises(LastAdmin):
        change_account(user_pk=boss.pk, spec=spec(), actor=boss, **BY)

    boss.refresh_from_db()
    assert (boss.is_active, boss.role) == (True, "admin")
    assert not AuditRow.objects.exists()


def test_an_admin_who_left_is_none(boss: User):
    other = make_user("other", User.Role.ADMIN, make_staff())
    other.staff.left_at = NOW
    other.staff.save()

    with pytest.raises(LastAdmin):
        set_account_active(user_pk=boss.pk, is_active=False, actor=boss, **BY)


def test_with_another_admin_one_may_go(boss: User):
    make_user("other", User.Role.ADMIN)

    change_account(user_pk=boss.pk, spec=spec(display_name="老板"), actor=boss, **BY)

    boss.refresh_from_db()
    assert boss.role == "staff"
    detail = AuditRow.objects.get().detail
    assert detail["role"] == {"from": "admin", "to": "staff"}


def test_who_is_no_admin_any_more_has_no_back_office(boss: User):
    User.objects.filter(pk=boss.pk).update(is_superuser=True, is_staff=True)
    make_user("other", User.Role.ADMIN)

    change_account(user_pk=boss.pk, spec=spec("operator"), actor=boss, **BY)

    boss.refresh_from_db()
    assert (boss.is_superuser, boss.is_staff) == (False, False)


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_nobody_makes_accounts_above_themselves(lin: User, role: str):
    with pytest.raises(GrantTooWide):
        create_account(username="new", spec=spec(role), actor=lin, **BY)

    assert not User.objects.filter(username="new").exists()


def test_below_themselves_they_may(lin: User):
    create_account(username="new", spec=spec("staff"), actor=lin, **BY)

    assert User.objects.get(username="new").role == "staff"


def test_nobody_touches_accounts_above_themselves(boss: User, lin: User):
    before = boss.password
    with pytest.raises(GrantTooWide):
        reset_password(user_pk=boss.pk, actor=lin, **BY)
    with pytest.raises(GrantTooWide):
        set_account_active(user_pk=boss.pk, is_active=False, actor=lin, **BY)
    with pytest.raises(GrantTooWide):
        change_account(user_pk=boss.pk, spec=spec("staff"), actor=lin, **BY)
    with pytest.raises(GrantTooWide):
        change_account(user_pk=lin.pk, spec=spec("admin"), actor=lin, **BY)

    boss.refresh_from_db()
    assert (boss.password, boss.is_active, boss.role) == (before, True, "admin")


def test_a_narrow_reach_gives_no_wide_one(boss: User):
    """A manager whose rights equal an operator's still sees one department only."""
    everything = ["accounts.manage", "workbench.use"]
    for role in ("manager", "operator"):
        edit_role(role=role, permissions=everything, actor=boss, **BY)
    manager = make_user("m", User.Role.MANAGER)

    assert not may_grant(manager, "operator")
    assert may_grant(manager, "manager")
