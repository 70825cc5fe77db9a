"""A broken channel code costs nobody else their welcome; what came too late leaves a trace."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError

from campaigns.models import DefaultWelcome
from campaigns.services import welcome
from campaigns.services.welcome import plan_welcomes
from tests.campaigns.world import add_xml, make_code, receive
from tests.makers import CORP_ID, NOW, make_app
from tests.wecom.keys import sealed
from touches.models import Dispatch, Touch
from wecom import keys, spool
from wecom.crypto import CallbackKeys, decode_aes_key
from wecom.models import CallbackReceipt
from wecom.services.claims import expire_welcomes
from wecom.services.receipts import drain_spool, receive_callback

pytestmark = pytest.mark.django_db

TOO_LATE = "处理时欢迎语已超过 20 秒"
BROKEN = "欢迎语的内容有误, 未能发出, 请检查渠道活码"


@pytest.fixture(autouse=True)
def _fresh_keys():
    keys.ring.forget()


def arrive(*states: str) -> None:
    """Let one friend a channel arrive."""
    for number, state in enumerate(states):
        receive(add_xml(f"wmTEST{number:026d}", state=state, welcome_code=f"CODE-{number}"))


def told() -> list[tuple[str, str, str]]:
    """Who was told what, in the order of arrival."""
    touches = Touch.objects.order_by("identity__value")
    return [
        (touch.origin_kind, touch.state, touch.content.get("text", {}).get("content", ""))
        for touch in touches
    ]


def test_a_broken_channel_gives_way_to_the_companys_welcome(caplog):
    code = make_code(text="甲")
    make_code(state="B02", text="乙", attachments=5)
    DefaultWelcome.objects.create(corp=code.corp, text="欢迎")
    arrive("A01", "B02", "A01")
    with caplog.at_level(logging.ERROR):
        assert plan_welcomes(now=NOW) == 3
    assert told() == [
        ("channel_code", "queued", "甲"),
        ("default_welcome", "queued", "欢迎"),
        ("channel_code", "queued", "甲"),
    ]
    assert not CallbackReceipt.objects.filter(welcome_state="new").exists()
    assert {record.message for record in caplog.records} == {"welcome_not_planned"}
    assert caplog.records[-1].channel == "B02"


@pytest.mark.parametrize("attachments", [None, 7])
def test_with_nothing_else_to_say_the_touch_says_why(attachments):
    code = make_code(text="甲")
    make_code(state="B02", text="乙", attachments=5)
    if attachments:
        DefaultWelcome.objects.create(corp=code.corp, text="欢迎", attachments=attachments)
    arrive("A01", "B02", "A01")
    assert plan_welcomes(now=NOW) == 3
    assert told()[1] == ("welcome", "refused", "")
    assert Touch.objects.get(state="refused").reason == BROKEN
    assert Dispatch.objects.count() == 2
    assert plan_welcomes(now=NOW) == 0


def test_a_broken_welcome_that_came_too_late_has_expired():
    make_code(attachments=5)
    arrive("A01")
    assert plan_welcomes(now=NOW + timedelta(seconds=20)) == 1
    assert Touch.objects.values_list("state", "reason").get() == ("expired", TOO_LATE)


def test_a_lost_connection_is_no_broken_welcome(monkeypatch):
    make_code()
    arrive("A01")

    def fail(**_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(welcome, "open_book", fail)
    with pytest.raises(OperationalError):
        plan_welcomes(now=NOW)
    assert CallbackReceipt.objects.get().welcome_state == "new"
    assert not Touch.objects.exists()


def test_whoever_still_waits_stands_before_those_who_came_too_late(monkeypatch):
    monkeypatch.setattr(welcome, "BATCH_RECEIPTS", 2)
    make_code()
    arrive("A01", "A01", "A01")
    later = NOW + timedelta(hours=1)
    receive(add_xml("wmTEST" + "9" * 26, welcome_code="CODE-9", at=later))
    assert plan_welcomes(now=later) == 1
    assert Touch.objects.get().state == "queued"
    assert [plan_welcomes(now=later) for _ in range(3)] == [2, 1, 0]
    assert Touch.objects.filter(state="expired", reason=TOO_LATE).count() == 3


def test_maintenance_leaves_the_late_ones_to_the_lane():
    make_code()
    arrive("A01")
    later = NOW + timedelta(minutes=5)
    expire_welcomes(now=later)
    assert plan_welcomes(now=later) == 1
    assert Touch.objects.values_list("state", "reason").get() == ("expired", TOO_LATE)


def _delivery(app):
    app_keys = CallbackKeys(app.callback_token, decode_aes_key(app.aes_key), CORP_ID)
    return sealed(add_xml("wmTEST" + "1" * 26), keys=app_keys)


@pytest.mark.parametrize("is_spooled", [False, True])
def test_a_callback_that_arrives_late_leaves_an_expired_touch(settings, tmp_path, is_spooled):
    app = make_app()
    make_code(app)
    settings.SPOOL_DIR = tmp_path / "spool"
    later = NOW + timedelta(minutes=5)
    query, body = _delivery(app)
    if is_spooled:
        waiting = spool.SpooledCallback(CORP_ID, "scrm", query, body, later)
        spool.write(waiting, digest=b"1")
        assert drain_spool(now=later).moved == 1
    else:
        receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=later)
    assert plan_welcomes(now=later) == 1
    assert Touch.objects.values_list("state", "reason").get() == ("expired", TOO_LATE)
    assert not Dispatch.objects.exists()
