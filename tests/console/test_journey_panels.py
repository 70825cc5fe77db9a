"""Panels have real fields: what is saved is a program of the engine's language, or is refused."""

from typing import Any

import pytest

from content.services.materials import ArticleText, publish_article
from sop.models import DraftRevision
from sop.services.publishing import problems_of
from tests.console.journey_pages import (
    HTMX,
    WAIT,
    draft,
    post,
    save,
    signed_in,
    steps_of,
    url,
)
from tests.makers import NOW
from tests.sop.world import GREETING

pytestmark = pytest.mark.django_db
NO_CONDITION = {"if__rows": "0", "if__0__what": "group", "if__0__mode": "all"}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def client():
    return signed_in()


def text(response) -> str:
    return response.content.decode()


def only(journey) -> dict[str, Any]:
    (step,) = steps_of(journey)
    return step


def field(prefix: str, n: int, what: str, **values: object) -> dict[str, object]:
    """A row of the builder, one deep."""
    row = {"depth": 1, "what": what} | values
    return {f"{prefix}__{n}__{name}": value for name, value in row.items()}


def test_a_mass_message_is_written(client):
    article = publish_article(ArticleText(title="换粮表", body="正文"), now=NOW)
    journey = draft()
    answer = save(
        client,
        journey,
        "greet",
        lane="M",
        purpose="knowledge",
        title="换粮",
        text="慢慢来。",
        material=article.pk,
        slot="1",
        valid="6",
        valid_unit="hours",
        label="第一封",
        **NO_CONDITION,
    )
    assert answer.status_code == 200
    assert only(journey) == {
        "id": "greet",
        "type": "touch",
        "label": "第一封",
        "lane": "M",
        "purpose": "knowledge",
        "title": "换粮",
        "content": {"text": "慢慢来。", "material_id": article.pk},
        "slot": 1,
        "valid_minutes": 360,
    }
    assert problems_of(journey.draft) == []


TASK = {"lane": "T", "purpose": "care", "title": "问候", "text": "{客户}好", **NO_CONDITION}


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"lane": "M"}, "不能用变量"),
        ({"text": " "}, "请写话术"),
        ({"lane": "M", "text": ""}, "请写文字，或选择素材"),
        ({"title": ""}, "必填"),
        ({"title": "长" * 37}, "36"),
        ({"purpose": "spam"}, "spam"),
        ({"valid": "15", "valid_unit": "days"}, "10 分钟和 14 天之间"),
        ({"lane": "M", "text": "字" * 1400}, "4000 字节"),
        ({"material": "77"}, "77"),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_stands(client, over, message):
    journey = draft()
    refused = save(client, journey, "greet", **(TASK | over))
    assert refused.status_code == 422
    assert refused["HX-Retarget"] == "#panel"
    assert message in text(refused)
    assert only(journey) == GREETING
    assert not DraftRevision.objects.exists()


def test_the_words_say_who_sends(client):
    journey = draft(GREETING | {"lane": "M", "content": {"text": "换季"}})
    shown = text(client.get(url("journey_step", journey, "greet"), headers=HTMX))
    assert "员工一键发送" in shown
    assert "自动发送" not in shown
    assert '<p class="bubble" id="preview-text"' in shown


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"way": "pause", "days": "1", "hours": "2"}, {"for": {"days": 1, "hours": 2}}),
        ({"way": "slot", "day": "3", "slot": "2", "past_due": "next"}, {"day": 3, "slot": 2}),
        (
            {"way": "slot", "day": "0", "slot": "0", "past_due": "go"},
            {"day": 0, "slot": 0, "past_due": "go"},
        ),
        (
            {"way": "time", "time": "09:30", "weekdays": ["5", "1"]},
            {"time": "09:30", "weekdays": [1, 5]},
        ),
    ],
)
def test_waits_have_three_ways(client, values, stored):
    journey = draft(WAIT, GREETING)
    assert save(client, journey, "pause", **values).status_code == 200
    assert steps_of(journey)[0] == {"id": "pause", "type": "wait"} | stored
    assert problems_of(journey.draft) == []


@pytest.mark.parametrize(
    "values",
    [
        {"way": "pause"},
        {"way": "slot", "slot": "0", "past_due": "next"},
        {"way": "slot", "day": "1", "slot": "9"},
        {"way": "time"},
        {"way": "time", "time": "25:00"},
        {"way": "moon"},
    ],
)
def test_a_wait_for_nothing_is_refused(client, values):
    journey = draft(WAIT)
    assert save(client, journey, "pause", **values).status_code == 422
    assert only(journey) == WAIT


def test_an_await_waits_for_an_event_with_limits_or_for_a_condition(client):
    inner = {"id": "x", "type": "exit", "reason": "完"}
    raw = {
        "id": "a",
        "type": "await",
        "event": "order_paid",
        "timeout": {"days": 1},
        "late": [inner],
    }
    journey = draft(raw)
    event = {
        "event__rows": ["0", "1"],
        "event__0__what": "event:link_opened",
        **field("event", 1, "where:purpose", op="=", value="promotion"),
    }
    save(client, journey, "a", way="event", hours="4", **event)
    assert only(journey) == {
        "id": "a",
        "type": "await",
        "event": "link_opened",
        "where": {"purpose": "promotion"},
        "timeout": {"hours": 4},
        "already_true": False,
        "late": [inner],
    }
    when = {
        "when__rows": ["0", "1"],
        "when__0__what": "group",
        **field("when", 1, "tag", value="猫"),
    }
    save(client, journey, "a", way="condition", days="1", already_true="on", **when)
    assert only(journey)["when"] == {"tag": "猫"}
    assert "event" not in only(journey)
    nothing = {"when__rows": "0", "when__0__what": "group"}
    refused = save(client, journey, "a", way="condition", days="1", **nothing)
    assert (refused.status_code, "请添加至少一个条件" in text(refused)) == (422, True)


def decision(journey_client, journey, *arms: dict[str, object]):
    values: dict[str, object] = {"arms": [f"arm-{n}" for n in range(len(arms))], "label": ""}
    for n, arm in enumerate(arms):
        values |= {f"arm-{n}-{name}": value for name, value in arm.items()}
    return post(journey_client, journey, url("journey_step", journey, "d"), values)


def condition(tag: str) -> dict[str, object]:
    return {
        "when-rows": ["0", "1"],
        "when-0-what": "group",
        "when-1-depth": "1",
        "when-1-what": "tag",
        "when-1-value": tag,
    }


def test_arms_of_a_decision_keep_their_steps_when_they_change_places(client):
    arms = [
        {"label": "猫", "when": {"tag": "猫"}, "steps": [WAIT]},
        {"label": "狗", "when": {"tag": "狗"}, "steps": []},
    ]
    journey = draft({"id": "d", "type": "decide", "arms": arms})
    answer = decision(
        client,
        journey,
        {"label": "犬", "origin": "1"} | condition("狗"),
        {"label": "喵", "origin": "0"} | condition("猫"),
        {"label": "其余", "origin": ""},
    )
    assert answer.status_code == 200
    assert only(journey)["arms"] == [
        {"label": "犬", "when": {"tag": "狗"}, "steps": []},
        {"label": "喵", "when": {"tag": "猫"}, "steps": [WAIT]},
        {"label": "其余", "steps": []},
    ]


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        ([{"label": "一"}, {"label": "二"}], "只有最后一个分支可以没有条件"),
        ([{"label": "一", **condition("猫")}, {"label": "一"}], "分支名称重复"),
        ([{"label": ""}], "请填写分支名称"),
        ([{"label": "一", **condition("")}], "请选择标签"),
    ],
)
def test_a_decision_that_decides_nothing_is_refused(client, arms, message):
    stored = {"id": "d", "type": "decide", "arms": [{"label": "x", "steps": []}]}
    journey = draft(stored)
    refused = decision(client, journey, *arms)
    assert refused.status_code == 422
    assert message in text(refused)
    assert only(journey) == stored


def test_an_experiment_has_shares(client):
    arms = [{"label": "A", "steps": [WAIT]}, {"label": "B", "steps": []}]
    journey = draft({"id": "d", "type": "experiment", "arms": arms})
    decision(
        client,
        journey,
        {"label": "A", "weight": "3", "origin": "0"},
        {"label": "B", "weight": "1", "origin": "1"},
    )
    assert [(arm["label"], arm["weight"]) for arm in only(journey)["arms"]] == [("A", 3), ("B", 1)]
    assert only(journey)["arms"][0]["steps"] == [WAIT]
    shown = text(client.get(url("journey", journey)))
    assert "A 75%" in shown
    bad = decision(client, journey, {"label": "A", "weight": "0"}, {"label": "B", "weight": "x"})
    assert bad.status_code == 422
