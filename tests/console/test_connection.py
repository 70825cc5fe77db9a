"""The connection page: set up from nothing, tested, ticked off, synchronised."""

from datetime import timedelta

import pytest
from django.test import Client

from org.models import AuditRow, ConnectionProbe, ConnectionTick, Job, User
from tests.campaigns.conftest import _no_settling, rung, sandbox_thread, sim
from tests.makers import NOW, make_app, make_corp, make_user
from tests.org.test_connection import receipt
from wecom.models import App, Corp

pytestmark = pytest.mark.django_db
__all__ = ["_no_settling", "rung", "sandbox_thread", "sim"]
FIRST = {"corp_id": "wwNEW", "name": "团绒", "agent_id": "1000002", "secret": "s3cret-value"}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("admin", User.Role.ADMIN))
    return client


def page(client: Client, path: str = "/connection/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_first_set_up_leads_to_the_callback(admin: Client):
    assert "在企业微信后台先做好" in page(admin)
    assert admin.post("/connection/", FIRST)["Location"] == "/connection/"
    app = App.objects.get()
    shown = page(admin)
    assert f"/wecom/callback/wwNEW/{app.slug}" in shown
    assert app.callback_token in shown
    assert "s3cret-value" not in shown
    assert AuditRow.objects.filter(action="connection_changed").count() == 2


@pytest.mark.parametrize(
    ("over", "sentence"),
    [({"corp_id": "不对"}, "字母和数字"), ({"secret": ""}, "必填"), ({"agent_id": "x"}, "整数")],
)
def test_what_is_wrong_with_the_set_up_is_told(admin: Client, over, sentence: str):
    answer = admin.post("/connection/", FIRST | over)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "s3cret-value" not in answer.content.decode()
    assert not Corp.objects.exists()


def test_a_test_that_fails_says_what_to_do(admin: Client, sim):
    app = make_app(secret="wrong")
    admin.post(f"/connection/apps/{app.pk}/probe/")
    shown = page(admin)
    assert "应用密钥(Secret)不对" in shown
    assert "到企业微信后台的应用详情页重新复制 Secret" in shown
    assert "40001" in shown


def test_a_test_that_passes_ticks_the_list(admin: Client, sim):
    app = make_app()
    before = page(admin).count('class="done"')
    admin.post(f"/connection/apps/{app.pk}/probe/")
    assert ConnectionProbe.objects.filter(is_ok=True).count() == 4
    # Secret, IP, range, callable, customer contact, ticket.
    assert page(admin).count('class="done"') == before + 6


def test_an_app_is_added_and_changed_in_the_drawer(admin: Client):
    corp = make_corp()
    path = f"/connection/{corp.pk}/apps/"
    assert admin.get(path).status_code == 200
    words = {"slug": "contacts", "purpose": "contacts", "secret": "abc", "is_enabled": "on"}
    assert admin.post(path, words | {"secret": ""}).status_code == 422
    admin.post(path, words)
    app = App.objects.get()
    assert (app.slug, app.purpose, app.secret) == ("contacts", "contacts", "abc")

    shown = page(admin, f"{path}{app.pk}/")
    assert 'value="abc"' not in shown
    assert app.aes_key not in shown
    admin.post(f"{path}{app.pk}/", {"callback_token": "Token123", "is_enabled": "on"})
    app.refresh_from_db()
    assert (app.callback_token, app.secret, app.is_enabled) == ("Token123", "abc", True)
    bad = admin.post(f"{path}{app.pk}/", {"aes_key": "short"})
    assert bad.status_code == 422
    assert "43" in bad.content.decode()


def test_the_corp_is_changed_in_the_drawer(admin: Client):
    corp = make_corp()
    admin.post(f"/connection/{corp.pk}/", {"name": "改名", "mass_quota": "day_1"})
    corp.refresh_from_db()
    assert (corp.name, corp.mass_quota) == ("改名", "day_1")


def test_points_that_nothing_can_check_are_ticked_by_people(admin: Client):
    corp = make_app().corp
    admin.post(f"/connection/{corp.pk}/ticks/", {"items": ["verified", "secret", "nonsense"]})
    assert [tick.item for tick in ConnectionTick.objects.all()] == ["verified"]
    assert "checked" in page(admin)


def test_a_synchronisation_is_begun_once_and_tells_how_far_it_is(admin: Client):
    corp = make_app().corp
    for _ in range(2):
        admin.post(f"/connection/{corp.pk}/sync/")
    job = Job.objects.get()
    assert (job.kind, job.subject) == ("sync", corp.corp_id)
    running = page(admin, f"/connection/{corp.pk}/sync/progress/")
    assert "正在读通讯录" in running
    assert "every 2s" in running
    Job.objects.update(state="failed", error="gettoken [60020] not allow", finished_at=NOW)
    failed = page(admin, f"/connection/{corp.pk}/sync/progress/")
    assert "服务器的 IP 不在企业可信 IP 里" in failed
    assert "every 2s" not in failed


def test_silence_in_working_hours_is_told(admin: Client, monkeypatch):
    receipt(make_app(), "change_external_contact.edit_external_contact", 1)
    assert "半小时没有" not in page(admin)
    monkeypatch.setattr("common.clock.now", lambda: NOW + timedelta(minutes=31))
    assert "半小时没有收到回调" in page(admin)
    monkeypatch.setattr("common.clock.now", lambda: NOW + timedelta(hours=12))
    assert "半小时没有收到回调" not in page(admin)


def test_a_welcome_in_wecoms_own_console_is_noticed(admin: Client):
    app = make_app()
    for number in range(6):
        receipt(app, "change_external_contact.add_external_contact", number)
    assert "近 7 天 6 次添加里有 6 次没有欢迎语凭证" in page(admin)


def test_the_page_costs_the_same_queries(admin: Client, django_assert_num_queries):
    make_app()
    # session, user; corps, callbacks, apps, leases, probes, ticks, welcomed,
    # welcome codes, codes, tags, friends, pauses, jobs.
    with django_assert_num_queries(15):
        page(admin)


def test_nobody_else_may_look_or_change(rung):
    corp = make_app().corp
    operator = Client()
    operator.force_login(make_user("operator", User.Role.OPERATOR))
    assert operator.get("/connection/").status_code == 403
    for path in ("", f"{corp.pk}/", f"{corp.pk}/ticks/", f"{corp.pk}/sync/", f"{corp.pk}/apps/"):
        assert operator.post(f"/connection/{path}", FIRST).status_code == 403
    assert not Job.objects.exists()
    assert Corp.objects.count() == 1
