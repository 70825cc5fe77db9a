import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sandbox.__main__ import read_options
from sandbox.client import SimClient, SimError
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread
from tests.sandbox.wecom import FIRST, NOW, SECOND, Wecom


def test_customers_are_searched_by_name_remark_and_phone(sim: SimClient) -> None:
    for word in ("小林", "林女士", "13900000001", "C-0001"):
        assert [row["external_userid"] for row in sim.customers(word)] == [FIRST]
    assert len(sim.customers()) == 3
    assert [row["name"] for row in sim.customers(offset=1, limit=1)] == ["小陈"]


def test_members_are_listed_with_their_friends(sim: SimClient) -> None:
    friends = {row["userid"]: row["friend_count"] for row in sim.members()}
    assert friends == {"zhangsan": 2, "lisi": 1, "wangwu": 0}


def test_bulk_add_brings_new_people_by_a_code(sim: SimClient, scrm: Wecom) -> None:
    scrm.way(user=["lisi"], state="A01")
    answer = sim.bulk_add(200, state="A01")
    assert answer["added"] == 200
    assert len(set(answer["external_userids"])) == 200
    relation = sim.customer(answer["external_userids"][7])["relations"][0]
    assert (relation["userid"], relation["state"], relation["kind"]) == ("lisi", "A01", "friend")


def test_bulk_add_without_a_code_goes_round_the_sellers(sim: SimClient) -> None:
    ids = sim.bulk_add(3)["external_userids"]
    followers = [sim.customer(one)["relations"][0]["userid"] for one in ids]
    assert followers == ["zhangsan", "lisi", "wangwu"]


def test_bulk_add_keeps_its_pace(sim: SimClient) -> None:
    assert sim.bulk_add(10, per_second=100)["seconds"] >= 0.09


def test_bulk_actions_run_in_order(sim: SimClient) -> None:
    results = sim.bulk_actions(
        [
            {"action": "add_friend", "customer": "c-1", "member": "lisi"},
            {"action": "delete_friend", "customer": "c-1", "member": "lisi"},
        ]
    )
    assert [row["kind"] for row in results] == ["friend", "customer_deleted"]


def test_outbox_is_filtered_and_continued(sim: SimClient) -> None:
    for text in ("a", "b", "c"):
        sim.act("staff_message", customer=FIRST, member="zhangsan", text=text)
    first, *rest = sim.outbox(kind="staff_message", to=FIRST)
    assert [row["payload"]["text"] for row in rest] == ["b", "c"]
    assert sim.outbox(since=first["id"]) == rest
    assert sim.outbox(since=first["id"], limit=1) == rest[:1]
    assert sim.outbox(to=SECOND) == []
    assert first["at"] <= rest[0]["at"] <= rest[1]["at"]
    assert first["sim_at"] == NOW


def test_request_log_hides_secrets(sim: SimClient, scrm: Wecom) -> None:
    scrm.ext("get_corp_tag_list")
    text = json.dumps(sim.requests())
    assert scrm.token not in text
    assert "sandbox-secret-scrm" not in text
    entry = sim.requests(path="externalcontact/get_corp_tag_list")[-1]
    assert (entry["app"], entry["errcode"], entry["body"]) == ("scrm", 0, {})


def test_settings_can_be_changed_and_unknown_ones_are_refused(sim: SimClient) -> None:
    assert sim.change_settings(tag_cap=5, rate_limits=False)["tag_cap"] == 5
    assert sim.call("GET", "settings")["rate_limits"] is False
    sim.change_settings(rate_limits=True)
    with pytest.raises(SimError, match=" 400 "):
        sim.change_settings(colour="red")


def test_app_fields_can_be_changed_but_not_its_kind(sim: SimClient) -> None:
    assert sim.change_app("scrm", name="新")["name"] == "新"
    for slug, field in (("scrm", "kind"), ("scrm", "colour"), ("none", "name")):
        with pytest.raises(SimError, match=" 400 "):
            sim.change_app(slug, **{field: "x"})


def test_unknown_corp_is_refused(sim: SimClient) -> None:
    with pytest.raises(SimError, match=" 400 "):
        sim.call("GET", "members", corp_id="wwnone")


def test_bodies_must_be_objects(sim: SimClient) -> None:
    assert sim.http("POST", "/_sim/faults", "[1]")[0] == 400
    assert sim.http("POST", "/_sim/faults", "{")[0] == 400


def test_clock_moves_by_what_it_is_told(sim: SimClient) -> None:
    assert sim.now() == NOW
    answer = sim.advance(3600)
    assert (answer["now"], answer["offset_seconds"]) == (NOW + 3600, 3600)
    sim.freeze(None)
    assert sim.now() != NOW + 3600


def test_clock_hooks_hear_the_offset_before_the_answer() -> None:
    heard: list[tuple[str | None, dict[str, float]]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["X-Clock-Token"], json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    good = f"http://127.0.0.1:{server.server_address[1]}/clock"
    dead = "http://127.0.0.1:9/none"
    config = SandboxConfig(clock_hooks=(good, dead), clock_token="secret")
    with SandboxThread(config) as box:
        answer = box.sim.advance(60)
        box.sim.advance(40)
    server.shutdown()
    server.server_close()
    assert answer["hooks"] == [
        {"url": good, "status": 204},
        {"url": dead, "error": "ConnectionRefusedError"},
    ]
    assert heard == [
        ("secret", {"offset_seconds": 60.0}),
        ("secret", {"offset_seconds": 100.0}),
    ]


def test_command_line_makes_a_configuration() -> None:
    words = ["--port", "0", "--seed", "9", "--world", "demo", "--customers", "2000"]
    words += ["--callback-base", "http://127.0.0.1:8000", "--ready-file", "/tmp/ready"]  # noqa: S108  # never written
    words += ["--clock-hook", "http://a/1", "--clock-hook", "http://a/2", "--no-rate-limits"]
    assert read_options(words) == SandboxConfig(
        port=0,
        seed=9,
        world="demo",
        customers=2000,
        callback_base="http://127.0.0.1:8000",
        ready_file=Path("/tmp/ready"),  # noqa: S108  # never written
        clock_hooks=("http://a/1", "http://a/2"),
        rate_limits=False,
    )


def test_ready_file_names_the_address(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with SandboxThread(SandboxConfig(world="empty", ready_file=ready)) as box:
        assert json.loads(ready.read_text())["url"] == box.url
        assert box.sim.health()["ok"] is True
