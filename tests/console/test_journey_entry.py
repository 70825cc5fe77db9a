"""The entry panel and the condition builder: every condition of the language, without any JSON."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.events import EVENT_TYPES
from scrm.console.journeys.builder import Builder
from scrm.console.journeys.values import Choices
from sop.program.conditions import parse_condition
from sop.services.publishing import problems_of
from tests.console.journey_pages import HTMX, draft, post, settle, signed_in, url
from tests.makers import NOW

CHOICES = Choices(tags=[("宠物", ["猫", "狗"])], materials=[(3, "换粮表")])


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def parsed(raw: Any) -> Any:
    return parse_condition(raw, event_types=EVENT_TYPES)


def posted(builder: Builder) -> QueryDict:
    """What a browser sends for what the builder shows."""
    data = QueryDict(mutable=True)
    for view in builder.views:
        row, names = view.row, view.names
        data.appendlist(f"{builder.prefix}-rows", str(view.index))
        data[names["depth"]], data[names["what"]] = str(row.depth), row.what
        data[names["mode"]], data[names["op"]] = row.mode, row.op
        data[names["not"]] = "1" if row.is_negated else "0"
        data[names["count"]], data[names["since"]] = row.count, row.since
        data[names["span"]] = row.span
        values = row.values if row.op == "in" and view.options else [row.value]
        data.setlist(names["value"], values)
    return data


LEAVES = st.sampled_from(
    [
        {"field": "order_count", "op": ">=", "value": 3},
        {"field": "order_amount_fen", "op": "<", "value": 12_345},
        {"field": "stage", "op": "in", "value": ["first", "member"]},
        {"field": "stage", "op": "!=", "value": "lost"},
        {"field": "order_count", "op": "in", "value": [1, 2]},
        {"field": "is_advocate", "op": "=", "value": True},
        {"tag": "猫"},
        {"event": "link_opened", "since": "entry", "count": 2},
        {"event": "link_opened", "where": {"purpose": "care", "material_id": 3}, "count": 1},
        {"event": "link_dwelled", "where": {"total_seconds": {">=": 60}}, "since": "24h"},
        {"event": "order_paid", "where": {"kind": ["regular", "trial"]}, "since": "7d", "count": 1},
        {"event": "link_opened", "where": {"is_high_intent": True, "title": "换粮"}, "count": 1},
    ]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda part: {"not": part}, inner)
        | st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=6,
)


def plain(raw: Any) -> Any:
    """A condition without what says nothing: double negations."""
    if "not" in raw:
        inner = plain(raw["not"])
        return inner.get("not", {"not": inner})
    for join in ("all", "any"):
        if join in raw:
            return {join: [plain(part) for part in raw[join]]}
    return raw


@settings(max_examples=80, deadline=None)
@given(CONDITIONS)
def test_every_condition_comes_back_as_it_was(raw):
    shown = Builder.of_condition("if", raw, CHOICES)
    assert parsed(shown.compile()) == parsed(plain(raw))
    sent = Builder.posted("if", posted(shown), CHOICES)
    assert parsed(sent.compile()) == parsed(plain(raw))
    assert not sent.has_errors


def test_rows_are_added_and_taken_away_with_what_is_in_them():
    builder = Builder.of_condition("if", None, CHOICES)
    builder.act("add", 0, "field")
    builder.act("add", 0, "group")
    builder.act("add", 2, "tag")
    builder.act("add", 0, "event")
    builder.act("add", 4, "where")
    assert [(row.depth, row.what) for row in builder.rows] == [
        (0, "group"),
        (1, "field:order_count"),
        (1, "group"),
        (2, "tag"),
        (1, "event:link_opened"),
        (2, "where:material_id"),
    ]
    builder.act("remove", 2)
    builder.act("remove", 2)
    assert [row.what for row in builder.rows] == ["group", "field:order_count"]
    builder.act("remove", 0)
    assert builder.compile() is None
    builder.act("remove", 99)
    builder.act("add", 99, "field")
    assert len(builder.rows) == 1


@pytest.mark.parametrize(
    ("what", "value", "message"),
    [
        ("field:order_count", "", "请填写"),
        ("field:order_count", "一", "请填整数"),
        ("field:order_count", "9" * 20, "数字太大"),
        ("field:order_amount_fen", "1.234", "最多两位小数"),
        ("field:order_amount_fen", "NaN", "请填金额"),
        ("field:stage", "gone", "没有这个选项"),
        ("field:gone", "1", "请选择条件"),
        ("tag", "", "请选择标签"),
    ],
)
def test_what_is_no_value_is_said_at_its_row(what, value, message):
    data = QueryDict(mutable=True)
    data.setlist("if-rows", ["0", "1"])
    data["if-0-what"] = "group"
    data["if-1-depth"], data["if-1-what"], data["if-1-value"] = "1", what, value
    builder = Builder.posted("if", data, CHOICES)
    builder.compile()
    assert message in builder.rows[1].error


@pytest.mark.django_db
def test_the_entry_is_set_up():
    client, journey = signed_in(), draft()
    values = {
        "items": "item-0",
        "item__0__event__rows": ["0", "1"],
        "item__0__event__0__what": "event:order_paid",
        "item__0__event__1__depth": "1",
        "item__0__event__1__what": "where:kind",
        "item__0__event__1__op": "=",
        "item__0__event__1__value": "regular",
        "item__0__when__rows": "0",
        "item__0__when__0__what": "group",
        "when__rows": ["0", "1"],
        "when__0__what": "group",
        "when__1__depth": "1",
        "when__1__what": "field:order_count",
        "when__1__op": "=",
        "when__1__value": "1",
        "is_scanned": "on",
        "scan_at": "09:40",
        "late_hours": "48",
        "policy": "keyed",
        "key": "order_no",
    }
    assert settle(client, journey, "entry", **values).status_code == 200
    journey.refresh_from_db()
    assert journey.draft["entry"] == {
        "events": [{"event": "order_paid", "where": {"kind": "regular"}}],
        "when": {"field": "order_count", "op": "=", "value": 1},
        "scan_at": "09:40",
        "late_hours": 48,
        "reentry": {"policy": "keyed", "key": "order_no"},
    }
    assert problems_of(journey.draft) == []
    shown = client.get(url("journey_setting", journey, "entry"), headers=HTMX).content.decode()
    assert '<option value="order_no" selected>' in shown


NOBODY = {"when__rows": "0", "when__0__what": "group", "policy": "once"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({}, "要有触发行为，或者每日扫描"),
        ({"is_scanned": "on", "scan_at": "09:40"}, "每日扫描需要条件"),
        ({"is_scanned": "on"}, "请填写扫描时刻"),
        ({"policy": "window", "days": "30"}, "请填写"),
        ({"policy": "keyed"}, "触发行为没有可用的编号"),
    ],
)
def test_an_entry_that_lets_in_nobody_or_everybody_is_refused(over, message):
    client, journey = signed_in(), draft()
    before = journey.draft
    refused = settle(client, journey, "entry", **(NOBODY | over))
    assert refused.status_code == 422
    assert message in refused.content.decode()
    journey.refresh_from_db()
    assert journey.draft == before


@pytest.mark.django_db
def test_a_button_changes_the_panel_without_saving():
    client, journey = signed_in(), draft()
    address = url("journey_setting", journey, "entry")
    changed = post(client, journey, address, NOBODY | {"act": "item:add", "policy": "window"})
    shown = changed.content.decode()
    assert changed.status_code == 200
    assert 'name="items" value="item-0"' in shown
    assert 'value="window"' in shown
    assert "还没有保存" not in shown
    journey.refresh_from_db()
    assert journey.draft_edits == 0
    for act in ("when:add:0:field", "when:remove:7", "when:add:x", "item:remove:9", "x", ":::"):
        assert post(client, journey, address, NOBODY | {"act": act}).status_code == 200


@pytest.mark.django_db
def test_nothing_posted_saves_nothing():
    client, journey = signed_in(), draft()
    before = journey.draft
    refused = client.post(url("journey_setting", journey, "entry"), headers=HTMX)
    assert refused.status_code == 422
    journey.refresh_from_db()
    assert journey.draft == before
