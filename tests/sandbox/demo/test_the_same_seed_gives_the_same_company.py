"""The generator is repeatable, and moves with the day on which it is loaded."""

import json
from datetime import date, datetime, timedelta

import pytest

from sandbox.demo import build_history, build_world, company_facts
from sandbox.demo.history import History
from sandbox.demo.plan import make_plan
from sandbox.state import Clock, World

TODAY = date(2026, 11, 22)
SMALL = 300


def world_bytes(*, seed: int, today: date = TODAY) -> bytes:
    make_plan.cache_clear()
    world = World(seed=1, clock=Clock())
    build_world(world, customers=SMALL, seed=seed, today=today)
    return world.dumps()


def history_text(*, seed: int, today: date = TODAY) -> str:
    make_plan.cache_clear()
    history = History(make_plan(SMALL, seed, today), "demo")
    return "\n".join(json.dumps(event, ensure_ascii=False) for event in history)


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert world_bytes(seed=7) == world_bytes(seed=7)
    assert history_text(seed=7) == history_text(seed=7)


def test_another_seed_gives_other_people() -> None:
    assert world_bytes(seed=7) != world_bytes(seed=8)
    assert history_text(seed=7) != history_text(seed=8)


def test_a_snapshot_restores_to_the_same_world() -> None:
    world = World(seed=1)
    build_world(world, customers=SMALL, seed=7, today=TODAY)
    assert World.restore(json.loads(world.dumps())).dumps() == world.dumps()


def test_the_story_ends_before_the_day_of_loading_wherever_that_day_is() -> None:
    for today in (TODAY, date(2027, 3, 5)):
        events = list(build_history(customers=SMALL, seed=7, today=today))
        last = datetime.fromisoformat(events[-1]["occurred_at"])
        midnight = datetime.fromisoformat(f"{today}T00:00:00+08:00")
        assert midnight - timedelta(days=2) < last < midnight


def test_history_is_in_time_order_with_unique_ids() -> None:
    events = list(build_history(customers=SMALL, seed=7, today=TODAY))
    times = [event["occurred_at"] for event in events]
    assert times == sorted(times)
    assert len({event["id"] for event in events}) == len(events)


def test_pages_of_history_join_without_gap_or_overlap() -> None:
    history = History(make_plan(SMALL, 7, TODAY), "demo")
    joined = [event for after in range(0, len(history), 97) for event in history.page(after, 97)]
    assert joined == list(history)
    assert history.page(len(history), 10) == []


def test_too_small_a_company_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 50"):
        make_plan(49, 1, TODAY)


def test_the_company_tells_its_facts_in_real_dates() -> None:
    facts = company_facts(date(2026, 11, 29))
    rise = next(day for day in facts["calendar"] if day["kind"] == "price")
    assert (rise["starts_on"], rise["ends_on"]) == ("2026-03-08", "2026-03-08")
    assert [store["name"] for store in facts["stores"]] == [
        "杭州西湖店",
        "杭州滨江店",
        "上海徐汇店",
        "深圳南山店",
    ]
    assert "7 天换粮表" in [article["title"] for article in facts["articles"]]
    assert sum(len(channel["states"]) for channel in facts["channels"]) == 46
