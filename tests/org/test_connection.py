"""WeCom is connected with secrets that go in and never come out, and what was changed is told."""

import json

import pytest

from common import sql
from org.errors import BadConnection
from org.models import AuditRow, ConnectionProbe, ConnectionTick
from org.services.connection import (
    AppSpec,
    change_corp,
    connect_corp,
    connect_first,
    new_callback_keys,
    probe_app,
    save_app,
    set_ticks,
)
from tests.campaigns.conftest import _no_settling, rung, sandbox_thread, sim
from tests.makers import CORP_ID, NOW, make_app, make_corp, make_user
from wecom.crypto import decode_aes_key
from wecom.models import App, Corp, TokenLease
from wecom.selectors.callbacks import CallbackTimes, callback_times, welcome_codes

pytestmark = pytest.mark.django_db
__all__ = ["_no_settling", "rung", "sandbox_thread", "sim"]
SECRET = "very-secret-secret"


def connect(**over: object) -> App:
    values: dict[str, object] = {
        "corp_id": CORP_ID,
        "name": "团绒宠物",
        "app": AppSpec("scrm", agent_id=1000002, secret=SECRET),
        "now": NOW,
        "actor": make_user("admin", "admin"),
    }
    return connect_first(**(values | over))


def test_the_first_connection_makes_corp_app_and_callback_keys():
    app = connect()
    assert (app.corp.name, app.slug, app.agent_id, app.secret) == (
        "团绒宠物",
        "scrm",
        1000002,
        SECRET,
    )
    assert len(app.callback_token) == 32
    assert len(decode_aes_key(app.aes_key)) == 32
    told = json.dumps(list(AuditRow.objects.values_list("detail", flat=True)))
    assert SECRET not in told
    assert app.aes_key not in told
    stored = sql.fetch_value("SELECT secret FROM wecom_app")
    assert SECRET.encode() not in bytes(stored)


@pytest.mark.parametrize(
    "over",
    [
        {"corp_id": "a b"},
        {"app": AppSpec("scrm", secret=SECRET)},
        {"app": AppSpec("scrm", agent_id=1)},
        {"app": AppSpec("scrm", agent_id=1, secret="x", callback_token="有汉字")},
        {"app": AppSpec("scrm", agent_id=1, secret="x", aes_key="short")},
        {"app": AppSpec("scrm", agent_id=1, secret="x", purpose="nonsense")},
    ],
)
def test_a_first_connection_that_cannot_be_leaves_nothing(over):
    with pytest.raises(BadConnection):
        connect(**over)
    assert not Corp.objects.exists()
    assert not AuditRow.objects.exists()


def test_the_same_corp_is_connected_once():
    connect()
    with pytest.raises(BadConnection, match="已经连接"):
        connect_corp(corp_id=CORP_ID, name="又一次", now=NOW, actor=None)
    with pytest.raises(BadConnection, match="网址名称"):
        save_app(Corp.objects.get(), AppSpec("scrm", agent_id=2, secret="x"), now=NOW, actor=None)
    assert App.objects.count() == 1


def test_an_empty_secret_stays_and_a_new_one_ends_the_old_tokens():
    app = make_app()
    lease = TokenLease.objects.create(
        app=app, kind="access", value="AT", version=3, expires_at=NOW, failed_errcode=40001
    )
    save_app(app.corp, AppSpec("scrm", agent_id=7), app=app, now=NOW, actor=None)
    app.refresh_from_db()
    lease.refresh_from_db()
    assert (app.agent_id, app.secret, lease.value) == (7, "sandbox-secret-scrm", "AT")

    save_app(app.corp, AppSpec("scrm", agent_id=7, secret="new"), app=app, now=NOW, actor=None)
    app.refresh_from_db()
    lease.refresh_from_db()
    assert (app.secret, app.callback_token) == ("new", "scrmTestToken01")
    assert (lease.value, lease.failed_errcode, lease.version) == (None, None, 3)
    assert [row.detail["secret_changed"] for row in AuditRow.objects.order_by("id")] == [
        False,
        True,
    ]


def test_the_quota_is_one_of_wecoms():
    corp = make_corp()
    change_corp(corp, name="新名字", mass_quota="week_7", now=NOW, actor=None)
    corp.refresh_from_db()
    assert (corp.name, corp.mass_quota) == ("新名字", "week_7")
    with pytest.raises(BadConnection):
        change_corp(corp, name="x", mass_quota="always", now=NOW, actor=None)


def test_keys_differ_and_can_be_used():
    made = {new_callback_keys() for _ in range(20)}
    assert len(made) == 20
    assert all(len(decode_aes_key(key)) == 32 for _token, key in made)


def test_what_the_self_test_found_is_kept(sim):
    app = make_app()
    probes = probe_app(app, now=NOW)
    assert [(probe.step, probe.is_ok) for probe in probes] == [
        ("gettoken", True),
        ("department/list", True),
        ("externalcontact/get_follow_user_list", True),
        ("ticket/get", True),
    ]
    app.secret = "wrong"
    app.save()
    probe_app(app, now=NOW)
    [kept] = ConnectionProbe.objects.all()
    assert (kept.step, kept.is_ok, kept.errcode) == ("gettoken", False, 40001)
    assert "wrong" not in kept.problem


def test_ticks_are_kept_as_they_stand_and_who_was_first_stays():
    corp, first, second = make_corp(), make_user("first"), make_user("second")
    set_ticks(corp, ["verified", "domain"], now=NOW, actor=first)
    set_ticks(corp, ["domain", "sidebar"], now=NOW, actor=second)
    ticks = {tick.item: tick.ticked_by for tick in ConnectionTick.objects.all()}
    assert ticks == {"domain": first, "sidebar": second}


def receipt(app: App, kind: str, number: int, welcome: str = "none") -> None:
    sql.execute(
        """INSERT INTO wecom_callbackreceipt (corp_id, app_id, digest, body, event_kind, subject_id,
               event_at, received_at, is_late, welcome_state, welcome_deadline_at, state, attempts,
               next_attempt_at, last_error)
           VALUES (%s, %s, %s, ''::bytea, %s, '', %s, %s, false, %s, %s, 'done', 1, %s, '')""",
        [app.corp_id, app.pk, bytes([number]), kind, NOW, NOW, welcome, NOW, NOW],
    )


def test_the_last_callbacks_are_told_by_app(django_assert_num_queries):
    app = make_app()
    other = make_app(app.corp, slug="contacts", purpose="contacts")
    receipt(app, "change_external_contact.edit_external_contact", 1)
    receipt(other, "change_contact.create_user", 2)
    with django_assert_num_queries(1):
        times = callback_times(app.corp_id)
    assert times == {app.pk: CallbackTimes(NOW, NOW), other.pk: CallbackTimes(NOW, None)}


def test_adds_without_a_welcome_code_are_a_sign_when_they_are_most():
    app = make_app()
    kind = "change_external_contact.add_external_contact"
    for number in range(4):
        receipt(app, kind, number)
    assert not welcome_codes(app.corp_id, now=NOW).is_suspicious
    receipt(app, kind, 10)
    found = welcome_codes(app.corp_id, now=NOW)
    assert (found.add_count, found.missing_count, found.is_suspicious) == (5, 5, True)
    for number in range(20, 26):
        receipt(app, kind, number, welcome="done")
    assert not welcome_codes(app.corp_id, now=NOW).is_suspicious
