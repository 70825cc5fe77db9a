"""What a role may do is edited by people, and never so that nobody could give it back."""

import pytest

from org.errors import GrantTooWide, LastAdmin
from org.models import AuditRow, RoleRights, User
from org.permissions import DEFAULT_PERMISSIONS, Permission
from org.selectors.rights import accounts_with_rights, permissions_of, rights_by_role
from org.services.roles import edit_role, edit_roles, reset_role
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db
BY = {"now": NOW, "address": "192.0.2.1"}


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


def rights(user: User) -> frozenset[str]:
    return permissions_of(accounts_with_rights().get(pk=user.pk))


def test_until_it_is_edited_a_role_has_its_defaults(boss: User):
    assert rights(boss) == frozenset(Permission)
    assert rights_by_role()["staff"] == {"workbench.use"}


def test_an_edited_role_has_just_what_was_ticked(boss: User):
    guide = make_user("guide", User.Role.STAFF)

    edit_role(role="staff", permissions=["customers.view", "nonsense"], actor=boss, **BY)

    assert rights(guide) == {"customers.view"}
    assert permissions_of(guide) == {"customers.view"}
    row = AuditRow.objects.get()
    assert (row.action, row.subject) == ("rights_changed", "role:staff")
    assert row.detail == {"given": ["customers.view"], "taken": ["workbench.use"]}


def test_defaults_come_back(boss: User):
    edit_role(role="staff", permissions=[], actor=boss, **BY)

    reset_role(role="staff", actor=boss, **BY)

    assert rights_by_role()["staff"] == DEFAULT_PERMISSIONS["staff"]
    assert not RoleRights.objects.exists()


def test_admins_cannot_take_accounts_from_themselves(boss: User):
    with pytest.raises(LastAdmin):
        edit_role(role="admin", permissions=["audit.view"], actor=boss, **BY)

    assert rights(boss) == frozenset(Permission)
    assert not AuditRow.objects.exists()


def test_nobody_gives_what_they_have_not(boss: User):
    edit_role(role="operator", permissions=["accounts.manage", "customers.view"], actor=boss, **BY)
    lin = make_user("lin", User.Role.OPERATOR)

    with pytest.raises(GrantTooWide):
        edit_role(role="staff", permissions=["audit.view"], actor=lin, **BY)
    with pytest.raises(GrantTooWide):
        edit_role(role="admin", permissions=list(Permission), actor=lin, **BY)
    assert "audit.view" not in rights_by_role()["staff"]
    with pytest.raises(GrantTooWide):  # workbench.use is not lin's to take
        edit_role(role="staff", permissions=["customers.view"], actor=lin, **BY)

    edit_role(role="staff", permissions=["customers.view", "workbench.use"], actor=lin, **BY)
    assert rights_by_role()["staff"] == {"customers.view", "workbench.use"}


def test_several_roles_change_together_or_not_at_all(boss: User):
    wanted = {"staff": {"customers.view"}, "admin": {"customers.view"}}

    with pytest.raises(LastAdmin):
        edit_roles(wanted=wanted, actor=boss, **BY)

    assert rights_by_role()["staff"] == {"workbench.use"}
    assert edit_roles(wanted={"staff": {"workbench.use"}}, actor=boss, **BY) == []
    assert not RoleRights.objects.exists()


def test_who_left_has_no_rights(boss: User):
    guide = make_user("guide", User.Role.STAFF, make_staff())
    guide.staff.left_at = NOW
    guide.staff.save()

    assert rights(guide) == frozenset()


def test_account_member_and_rights_are_one_query(boss: User, django_assert_num_queries):
    guide = make_user("guide", User.Role.STAFF, make_staff())
    with django_assert_num_queries(1):
        assert rights(guide) == {"workbench.use"}
