"""`/_sim/demo/*`: the import of what WeCom does not hold."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.demo.load import demo_of
from sandbox.state import World
from sandbox.testing import SandboxThread


@pytest.fixture(scope="module")
def box() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxConfig(world="demo", customers=200, seed=3)) as running:
        yield running


@pytest.fixture(scope="module")
def demo(box: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=box.url) as client:
        yield client


def test_history_pages_until_next_is_null(demo: httpx.Client) -> None:
    after: int | None = 0
    ids: list[str] = []
    while after is not None:
        page = demo.get("/_sim/demo/history", params={"after": after, "limit": 500}).json()
        ids += [event["id"] for event in page["events"]]
        after = page["next"]
    assert ids == [f"demo-200-3-{number:07d}" for number in range(page["total"])]


def test_history_speaks_of_customers_that_the_api_knows(demo: httpx.Client) -> None:
    page = demo.get("/_sim/demo/history", params={"limit": 50}).json()
    for event in page["events"]:
        known = demo.get(f"/_sim/customers/{event['external_userid']}")
        assert known.status_code == 200


def test_a_restored_snapshot_still_knows_its_history(box: SandboxThread) -> None:
    world = box.simulator.world
    assert demo_of(World.restore(world.snapshot())) == demo_of(world)
    assert demo_of(World()) is None


def test_company_facts_are_told(demo: httpx.Client) -> None:
    facts = demo.get("/_sim/demo/company").json()
    assert facts["name"] == "团绒宠物"
    assert len(facts["products"]) == 16


@pytest.mark.parametrize("query", ["after=x", "limit=many"])
def test_nonsense_is_refused(demo: httpx.Client, query: str) -> None:
    assert demo.get(f"/_sim/demo/history?{query}").status_code == 400


def test_another_world_has_no_past() -> None:
    with SandboxThread() as box, httpx.Client(base_url=box.url) as client:
        assert client.get("/_sim/demo/history").status_code == 404
        assert client.get("/_sim/demo/company").status_code == 404
