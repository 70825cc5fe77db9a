"""Tags, notices, ends; goals, exits and the control share are set up with real fields."""

import pytest

from customers.models import Tag, TagGroup
from sop.services.publishing import problems_of
from tests.console.journey_pages import HTMX, draft, save, settle, signed_in, steps_of, url
from tests.makers import NOW, make_corp

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


def test_tags_notices_and_ends(client):
    group = TagGroup.objects.create(corp=make_corp(), name="宠物")
    Tag.objects.create(corp=make_corp(), group=group, name="猫")
    tag = {"id": "t", "type": "tag", "add": ["没了"], "remove": []}
    notify = {"id": "n", "type": "notify", "title": "x", "body": "", "to": "owner"}
    journey = draft(tag, notify, {"id": "e", "type": "exit", "reason": "完"})

    assert "已经不存在" in text(client.get(url("journey_step", journey, "t"), headers=HTMX))
    save(client, journey, "t", add=["猫"], **NO_CONDITION)
    save(client, journey, "n", to="lead", title="看一下", body="客户生气了", **NO_CONDITION)
    save(client, journey, "e", reason="未激活")

    stored = {step["id"]: step for step in steps_of(journey)}
    assert (stored["t"]["add"], stored["t"]["remove"]) == (["猫"], [])
    assert (stored["n"]["to"], stored["n"]["body"]) == ("lead", "客户生气了")
    assert stored["e"]["reason"] == "未激活"
    both = save(client, journey, "t", add=["猫"], remove=["猫"], **NO_CONDITION)
    assert (both.status_code, "不能既加上又去掉" in text(both)) == (422, True)


def test_goals_exits_and_the_control_share(client):
    journey = draft()
    event = {"item__0__event__rows": "0", "item__0__event__0__what": "event:order_paid"}
    settle(
        client, journey, "goals", items="item-0", item__0__text="首购", item__0__days="14", **event
    )
    settle(client, journey, "exits", items="item-0", item__0__text="买了", **event)
    settle(client, journey, "control_percent", percent="12.5")
    journey.refresh_from_db()
    assert journey.draft["goals"] == [{"name": "首购", "event": "order_paid", "days": 14}]
    assert journey.draft["exits"] == [{"event": "order_paid", "reason": "买了"}]
    assert journey.draft["control_percent"] == 12.5
    assert problems_of(journey.draft) == []
    for part, values in (
        ("goals", {"items": "item-0", "item__0__text": "首购", "item__0__days": "0", **event}),
        ("exits", {"items": "item-0", "item__0__text": "", **event}),
        ("control_percent", {"percent": "51"}),
    ):
        assert settle(client, journey, part, **values).status_code == 422
    settle(client, journey, "goals")
    journey.refresh_from_db()
    assert journey.draft["goals"] == []
