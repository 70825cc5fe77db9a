import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import CORP, Wecom


def gettoken(sim: SimClient, **params: str) -> int:
    return int(sim.api("GET", "gettoken", **params)["errcode"])


def test_token_is_the_same_while_it_is_valid(sim: SimClient, scrm: Wecom) -> None:
    answer = sim.api("GET", "gettoken", corpid=CORP, corpsecret="sandbox-secret-scrm")
    assert answer["access_token"] == scrm.token
    assert 0 < answer["expires_in"] <= 7200


def test_two_apps_have_two_tokens(scrm: Wecom, contacts: Wecom) -> None:
    assert scrm.token != contacts.token


@pytest.mark.parametrize(
    ("params", "errcode"),
    [
        ({"corpsecret": "sandbox-secret-scrm"}, 41002),
        ({"corpid": CORP}, 41004),
        ({"corpid": "wwother", "corpsecret": "sandbox-secret-scrm"}, 40013),
        ({"corpid": CORP, "corpsecret": "wrong"}, 40001),
    ],
)
def test_wrong_credentials_are_refused(
    sim: SimClient, params: dict[str, str], errcode: int
) -> None:
    assert gettoken(sim, **params) == errcode


def test_call_without_token_gives_41001(sim: SimClient) -> None:
    assert sim.api("GET", "department/list")["errcode"] == 41001


def test_unknown_token_gives_40014_beside_empty_lists(sim: SimClient) -> None:
    answer = sim.api("GET", "externalcontact/list", userid="zhangsan", access_token="AT-none")
    assert answer["errcode"] == 40014
    assert answer["external_userid"] == []


def test_token_expires_after_7200_simulated_seconds(sim: SimClient, scrm: Wecom) -> None:
    sim.age_tokens()
    fresh = scrm.fetch_token()
    sim.advance(7100)
    scrm.token = fresh
    assert scrm.get("department/list")["errcode"] == 0
    sim.advance(101)
    assert scrm.get("department/list")["errcode"] == 42001


def test_killed_token_gives_40014_until_a_new_one_is_fetched(sim: SimClient, scrm: Wecom) -> None:
    assert sim.kill_tokens("scrm") == 1
    assert scrm.get("department/list")["errcode"] == 40014
    scrm.token = scrm.fetch_token()
    assert scrm.get("department/list")["errcode"] == 0


def test_aged_token_gives_42001(sim: SimClient, scrm: Wecom, contacts: Wecom) -> None:
    sim.age_tokens("scrm")
    assert scrm.get("department/list")["errcode"] == 42001
    assert contacts.get("department/list")["errcode"] == 0


def test_untrusted_address_gives_60020(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", trusted_ips=["203.0.113.9"])
    assert scrm.get("department/list")["errcode"] == 60020
    secret = "sandbox-secret-scrm"
    assert gettoken(sim, corpid=CORP, corpsecret=secret) == 60020


def test_app_without_the_tick_gets_48002_from_customer_apis(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", callable_apps=[])
    assert scrm.get("externalcontact/get_follow_user_list")["errcode"] == 48002
    assert scrm.get("user/get", userid="zhangsan")["errcode"] == 0


def test_contacts_secret_may_list_ids_but_not_customers(scrm: Wecom, contacts: Wecom) -> None:
    assert contacts.post("user/list_id")["errcode"] == 0
    assert scrm.post("user/list_id")["errcode"] == 48002
    assert contacts.get("externalcontact/get_follow_user_list")["errcode"] == 48002
    assert contacts.get("user/get", userid="zhangsan")["errcode"] == 48009


def test_unknown_path_is_http_404(sim: SimClient) -> None:
    assert sim.http("GET", "/cgi-bin/no/such/path")[0] == 404


def test_wrong_verb_gives_40058(scrm: Wecom) -> None:
    assert scrm.get("externalcontact/mark_tag")["errcode"] == 40058
    assert scrm.post("user/get", {"userid": "zhangsan"})["errcode"] == 40058


def test_error_message_carries_hint_address_and_help_link(sim: SimClient) -> None:
    text = sim.api("GET", "department/list")["errmsg"]
    assert ", hint: [" in text
    assert "from ip: 127.0.0.1" in text
    assert text.endswith("devtool/query?e=41001")


def test_wrong_type_is_refused_with_the_json_warning(sim: SimClient, scrm: Wecom) -> None:
    answer = scrm.ext("mark_tag", userid=7, external_userid="wm", add_tag=["x"])
    assert answer["errcode"] == 40058
    assert "Warning: wrong json format." in answer["errmsg"]
    assert sim.report()["warning_counts"] == {"wrong JSON type": 1}


def test_broken_json_is_refused_with_the_json_warning(sim: SimClient, scrm: Wecom) -> None:
    target = f"/cgi-bin/externalcontact/remark?access_token={scrm.token}"
    _, data = sim.http("POST", target, "{not json")
    assert b"Warning: wrong json format." in data


def test_unknown_fields_are_accepted_and_counted(sim: SimClient, scrm: Wecom) -> None:
    answer = scrm.ext("get_corp_tag_list", colour="red")
    assert answer["errcode"] == 0
    assert sim.report()["unknown_fields"] == {"externalcontact/get_corp_tag_list colour": 1}


def test_unknown_nested_fields_are_counted_with_their_place(sim: SimClient, scrm: Wecom) -> None:
    link = {"title": "t", "url": "https://a.example", "colour": "red"}
    scrm.ext(
        "send_welcome_msg",
        welcome_code="none",
        attachments=[{"msgtype": "link", "link": link}],
    )
    assert sim.report()["unknown_fields"] == {
        "externalcontact/send_welcome_msg attachments.link.colour": 1
    }


def test_address_lists_are_answered(scrm: Wecom) -> None:
    assert scrm.get("get_api_domain_ip")["ip_list"] == ["127.0.0.1"]
    assert scrm.get("getcallbackip")["ip_list"] == ["127.0.0.1"]


def test_tickets_differ_between_corp_and_app(scrm: Wecom) -> None:
    corp = scrm.get("get_jsapi_ticket")
    app = scrm.get("ticket/get", type="agent_config")
    assert corp["errcode"] == app["errcode"] == 0
    assert corp["ticket"] != app["ticket"]
    assert 0 < app["expires_in"] <= 7200


def test_ticket_of_unknown_type_gives_91040(scrm: Wecom) -> None:
    assert scrm.get("ticket/get", type="other")["errcode"] == 91040


def test_rate_limit_blocks_an_api_for_the_rest_of_the_minute(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(rate_per_minute=0)
    assert scrm.get("externalcontact/get_follow_user_list")["errcode"] == 45009
    sim.change_settings(rate_per_minute=10_000)
    assert scrm.get("externalcontact/get_follow_user_list")["errcode"] == 0
