import json

import pytest

from sandbox.client import SimClient, SimError
from sandbox.config import SandboxConfig
from sandbox.fixture import CORP_ID, empty_world, fixture_world
from sandbox.state import World
from tests.sandbox.wecom import FIRST, GROUP, NOW, SECOND, THIRD, VIP, Wecom


def play(sim: SimClient) -> None:
    """A short story that touches most kinds of state."""
    scrm = Wecom(sim, "sandbox-secret-scrm")
    config_id = scrm.way(user=["zhangsan", "lisi"], state="A01")
    row = sim.act("scan_contact_way", config_id=config_id, customer="c-new")
    scrm.ext("send_welcome_msg", welcome_code=row["welcome_code"], text={"content": "hi"})
    scrm.ext("add_corp_tag", group_name="g", tag=[{"name": "x"}])
    sim.act("join_group", chat_id=GROUP, customer=SECOND)
    text = {"content": "x"}
    msgid = scrm.ext("add_msg_template", sender="zhangsan", text=text)["msgid"]
    sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
    scrm.ext("add_moment_task", text=text)
    body = {"touser": "lisi", "agentid": 1000002, "msgtype": "text", "text": text}
    scrm.post("message/send", body)
    hand_over = {"handover_userid": "zhangsan", "takeover_userid": "wangwu"}
    scrm.ext("transfer_customer", **hand_over, external_userid=[FIRST])
    sim.act("delete_user", userid="lisi")


def test_snapshot_survives_the_round_trip(sim: SimClient) -> None:
    play(sim)
    snapshot = sim.snapshot()
    again = World.restore(json.loads(json.dumps(snapshot)))
    assert again.snapshot() == snapshot
    assert set(again.corp().by_member) == {"zhangsan", "lisi"}


def test_restored_world_behaves_like_the_old_one(sim: SimClient, scrm: Wecom) -> None:
    before = sim.truth()
    sim.keep_snapshot("before")
    play(sim)
    assert sim.truth() != before
    sim.restore(name="before")
    assert sim.truth() == before
    assert scrm.code("mark_tag", userid="zhangsan", external_userid=SECOND, add_tag=[VIP]) == 0


def test_unknown_snapshot_is_refused(sim: SimClient) -> None:
    with pytest.raises(SimError, match=" 400 "):
        sim.restore(name="never kept")


def test_same_seed_and_story_give_the_same_world(sim: SimClient) -> None:
    worlds = []
    for seed in (5, 5, 6):
        sim.seed("fixture", seed=seed, frozen_at=NOW)
        play(sim)
        worlds.append(sim.snapshot())
    assert worlds[0] == worlds[1]
    assert worlds[0]["corps"] != worlds[2]["corps"]


def test_seed_starts_over(sim: SimClient, scrm: Wecom) -> None:
    play(sim)
    assert sim.seed("empty")["members"] == 0
    assert sim.outbox() == []
    assert sim.call("GET", "report")["warning_counts"] == {}


def test_demo_world_can_be_seeded(sim: SimClient) -> None:
    health = sim.seed("demo", customers=50)
    assert health["customers"] >= 50
    assert health["members"] > 20


def test_ids_are_opaque_unique_and_of_full_length() -> None:
    world = World(seed=3)
    ids = {world.mint("wm") for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {32}
    assert all(one.startswith("wm") for one in ids)


def test_long_ids_have_their_length() -> None:
    assert len(World().mint("AT-", 200)) == 200


def test_chances_are_spread_over_the_whole_range() -> None:
    world = World(seed=3)
    chances = [world.chance("x") for _ in range(1000)]
    assert 0.45 < sum(chances) / 1000 < 0.55
    assert min(chances) >= 0
    assert max(chances) < 1


def test_empty_world_has_the_apps_and_nobody() -> None:
    corp = empty_world(callback_base="http://127.0.0.1:8000/").corp(CORP_ID)
    assert corp.members == {}
    assert corp.apps["scrm"].callback_url == (
        f"http://127.0.0.1:8000/wecom/callback/{CORP_ID}/scrm"
    )
    assert corp.apps["contacts"].callback_url.endswith("/contacts")


def test_fixture_world_finds_people_by_handle_and_secret() -> None:
    corp = fixture_world().corp()
    assert corp.by_handle["c-0001"].external_userid == FIRST
    assert corp.by_secret["sandbox-secret-scrm"].slug == "scrm"


def test_truth_tells_every_relation_with_its_kind(sim: SimClient) -> None:
    sim.act("member_delete", customer=SECOND, member="zhangsan")
    truth = sim.truth()
    kinds = {
        (customer["external_userid"], relation["userid"]): relation["kind"]
        for customer in truth["customers"]
        for relation in customer["relations"]
    }
    assert kinds == {
        (FIRST, "zhangsan"): "friend",
        (FIRST, "lisi"): "friend",
        (SECOND, "zhangsan"): "none",
        (THIRD, "lisi"): "customer_deleted",
    }
    assert truth["customers"][0]["relations"][1]["tags"] == [VIP]
    assert truth["groups"][0]["members"] == sorted(["zhangsan", FIRST])


@pytest.mark.parametrize("words", [{"world": "mars"}, {"latency": "slow"}])
def test_unknown_options_are_refused(words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        SandboxConfig(**words)
