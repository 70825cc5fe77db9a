"""The back office is for superusers, shows rare tables, and writes down what was changed."""

import pytest
from django.test import Client
from django.urls import reverse

from org.models import AuditRow, User
from org.services.totp import begin_totp
from scrm.admin import SITE
from tests.makers import NOW, make_user
from touches.models import CapRule

pytestmark = pytest.mark.django_db


def superuser(**over: object) -> User:
    user = make_user("root", User.Role.ADMIN)
    User.objects.filter(pk=user.pk).update(**({"is_superuser": True, "is_staff": True} | over))
    user.refresh_from_db()
    return user


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_superusers_come_in():
    assert browser_of(superuser()).get("/admin/").status_code == 200


@pytest.mark.parametrize("over", [{"is_superuser": False}, {"role": "operator"}])
def test_others_are_sent_home(over):
    out = browser_of(superuser(**over)).get("/admin/", follow=True)

    assert [step for step, _ in out.redirect_chain][:2] == ["/admin/login/?next=/admin/", "/"]


def test_strangers_sign_in_at_the_console(client: Client):
    out = client.get("/admin/touches/caprule/", follow=True)

    assert out.redirect_chain[-1][0].startswith("/login/?next=%2Fadmin%2Ftouches")


def test_where_an_authenticator_is_required_it_is_required_here(settings):
    user = superuser()
    settings.TOTP_REQUIRED_FOR_ADMINS = True
    browser = browser_of(user)
    assert browser.get("/admin/").status_code == 302

    begin_totp(user=user, now=NOW)
    assert browser.get("/admin/").status_code == 302
    user.totp_device.confirmed_at = NOW
    user.totp_device.save()
    assert browser.get("/admin/").status_code == 200


def test_every_table_opens():
    browser = browser_of(superuser())
    for model in SITE._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert browser.get(reverse(name)).status_code == 200, name


def test_no_table_shows_a_secret():
    shown = {
        field.name
        for model, table in SITE._registry.items()
        for field in model._meta.get_fields()
        if type(field).__name__.startswith("Encrypted")
        or (model._meta.label == "axes.AccessAttempt" and field.name in {"get_data", "post_data"})
        if table.fields is None or field.name in table.fields
    }

    assert shown == set()


def test_a_change_is_written_down():
    user = superuser()
    cap = CapRule.objects.create(name="每日", kind="count", limit=1, days=1)
    form = {"name": "每日", "kind": "count", "limit": "2", "days": "1", "hours": "0"}

    browser_of(user).post(f"/admin/touches/caprule/{cap.pk}/change/", form)

    cap.refresh_from_db()
    assert cap.limit == 2
    row = AuditRow.objects.get()
    assert (row.actor, row.action) == (user, "back_office")
    assert (row.subject, row.detail) == (f"touches.caprule:{cap.pk}", {"what": "changed"})


def test_what_is_looked_at_only_cannot_be_changed():
    browser = browser_of(superuser())

    assert browser.get("/admin/org/job/add/").status_code == 403
    assert browser.get("/admin/password_change/")["Location"] == "/security/"
