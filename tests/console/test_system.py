"""The system page tells what runs and what happened, to each in their scope."""

from datetime import timedelta

import pytest
from django.test import Client

from common.heartbeat import beat
from customers.events import EVENT_TYPES, LinkDwelled, OrderPaid, StageChanged, TouchSent
from customers.services.ledger import record_events
from org.models import Job, User
from scrm.web.event_words import event_words
from scrm.web.wording import duration_words
from tests.api.people import make_named, resolved
from tests.makers import NOW, make_corp, make_event, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    monkeypatch.setattr("scrm.console.system.telling.redis_answers", lambda: True)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return sign_in(make_user("operator", User.Role.OPERATOR))


def page(client: Client, **extra) -> str:
    response = client.get("/system/", **extra)
    assert response.status_code == 200
    return response.content.decode()


def test_strangers_are_sent_to_the_login(client: Client):
    assert client.get("/system/")["Location"] == "/login/?next=/system/"


def test_an_event_is_told_in_words(operator: Client):
    staff = make_staff("周宁")
    customer = make_named("小林")
    record_events([make_event(resolved(customer), staff=staff)], now=NOW)

    shown = page(operator)

    for words in ("小林", "添加为好友", "周宁", "11-22 11:00:00"):
        assert words in shown


def test_the_fragment_is_the_inner_part_only(operator: Client):
    shown = page(operator, headers={"X-Fragment": "1"})

    assert "最近动态" in shown
    assert "<html" not in shown


def test_processes_numbers_and_jobs_are_told(operator: Client):
    make_corp()
    beat("worker-fast")
    Job.objects.create(
        kind="sync", title="同步企业微信", done_count=40, total_count=120, created_at=NOW
    )

    shown = page(operator)

    for words in ("快速队列", "最久未处理回调", "同步企业微信", "40 / 120", "待归集行为"):
        assert words in shown


@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.STAFF])
def test_others_see_no_machinery(role: str):
    assert sign_in(make_user("guide", role)).get("/system/").status_code == 403


def test_old_events_are_not_news(operator: Client):
    old = make_event(resolved(make_named("小林")), occurred_at=NOW - timedelta(days=3))
    record_events([old], now=NOW)

    assert "小林" not in page(operator)


def test_a_hostile_name_is_written_out_escaped(operator: Client):
    customer = make_named("<script>alert(1)</script>")
    record_events([make_event(resolved(customer))], now=NOW)

    assert "<script>alert" not in page(operator)


@pytest.mark.parametrize("count", [1, 9])
def test_the_page_costs_the_same_queries_however_much_happened(
    operator: Client, count: int, django_assert_num_queries
):
    events = [make_event(resolved(make_named(f"客户{n}"))) for n in range(count)]
    record_events(events, now=NOW)
    # session, user; events, four numbers, heartbeats, running jobs, other jobs, queues.
    with django_assert_num_queries(8):
        page(operator)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_type_of_event_has_words(event_type: str):
    fields = EVENT_TYPES[event_type].__dataclass_fields__
    payload = {name: 3 if field.type is int else "x" for name, field in fields.items()}

    words = event_words(event_type, payload)

    assert words.title != event_type
    assert "{" not in words.title + words.detail


@pytest.mark.parametrize(
    ("payload", "title", "detail"),
    [
        (
            LinkDwelled("c", 1, "换粮表", "knowledge", "v", 10, 63, 80),
            "阅读《换粮表》",
            "累计 63 秒 · 读到 80%",
        ),
        (OrderPaid("no1", 26_800, title="成猫粮"), "下单 ¥268.00", "成猫粮"),
        (OrderPaid("no1", 990, kind="trial"), "试用装 ¥9.90", ""),
        (TouchSent("u", "W", "欢迎"), "欢迎语已送达", "欢迎"),
        (StageChanged("potential", "first", "order"), "生命周期 潜在 → 首购", ""),
    ],
)
def test_words_say_what_happened(payload, title: str, detail: str):
    fields = {name: getattr(payload, name) for name in payload.__dataclass_fields__}

    words = event_words(payload.type, fields)

    assert (words.title, words.detail) == (title, detail)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 秒"), (59, "59 秒"), (61, "1 分 1 秒"), (3_660, "1 小时 1 分")],
)
def test_durations_are_said_in_two_units(seconds: int, words: str):
    assert duration_words(seconds) == words
