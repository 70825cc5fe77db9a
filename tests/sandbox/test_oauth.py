import http.client
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox import crypto
from sandbox.client import SimClient
from tests.sandbox.wecom import CORP, FIRST, THIRD, Wecom

BACK = "https://scrm.example.com/login?next=%2Fme"


def open_page(sim: SimClient, path: str, **words: str) -> tuple[int, str, str]:
    """Return (status, Location, page) of a login page."""
    query = {"appid": CORP, "redirect_uri": BACK, "state": "s1", **words}
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"))
    connection.request("GET", f"{path}?{urlencode(query)}")
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location") or "", page


def authorize(sim: SimClient, **words: str) -> str:
    """Return the code of a redirect."""
    status, location, _ = open_page(sim, "/connect/oauth2/authorize", **words)
    assert status == 302
    query = parse_qs(urlsplit(location).query)
    assert location.startswith("https://scrm.example.com/login?")
    assert (query["state"], query["next"]) == (["s1"], ["/me"])
    return query["code"][0]


def whoami(scrm: Wecom, code: str) -> dict[str, object]:
    return scrm.get("auth/getuserinfo", code=code)


def test_member_is_known_by_userid(sim: SimClient, scrm: Wecom) -> None:
    answer = whoami(scrm, authorize(sim, **{"as": "zhangsan"}))
    assert answer == {"errcode": 0, "errmsg": "ok", "userid": "zhangsan"}


def test_customer_is_known_by_external_userid(sim: SimClient, scrm: Wecom) -> None:
    answer = whoami(scrm, authorize(sim, **{"as": FIRST}))
    assert answer["external_userid"] == FIRST
    assert answer["openid"] == "oTESTopenid00000000000000001"
    assert "userid" not in answer


def test_customer_of_nobody_visible_has_an_openid_only(sim: SimClient, scrm: Wecom) -> None:
    sim.act("member_delete", customer=THIRD, member="lisi")
    answer = whoami(scrm, authorize(sim, **{"as": THIRD}))
    assert answer["errcode"] == 0
    assert "external_userid" not in answer


def test_code_is_used_once(sim: SimClient, scrm: Wecom) -> None:
    code = authorize(sim, **{"as": "zhangsan"})
    assert whoami(scrm, code)["errcode"] == 0
    assert whoami(scrm, code)["errcode"] == 42022


def test_code_lives_five_minutes(sim: SimClient, scrm: Wecom) -> None:
    code = sim.oauth_code("zhangsan")
    sim.advance(301)
    assert whoami(scrm, code)["errcode"] == 42003


def test_unknown_code_gives_40029(scrm: Wecom) -> None:
    assert whoami(scrm, "none")["errcode"] == 40029


def test_private_scope_gives_a_ticket_for_details(sim: SimClient, scrm: Wecom) -> None:
    words = {"as": "zhangsan", "scope": "snsapi_privateinfo"}
    plain = whoami(scrm, authorize(sim, **words))
    assert "user_ticket" not in plain
    answer = whoami(scrm, authorize(sim, **words, agentid="1000002"))
    detail = scrm.post("auth/getuserdetail", {"user_ticket": answer["user_ticket"]})
    assert (detail["userid"], detail["mobile"]) == ("zhangsan", "13800000001")
    sim.advance(1801)
    body = {"user_ticket": answer["user_ticket"]}
    assert scrm.post("auth/getuserdetail", body)["errcode"] == 84014
    assert scrm.post("auth/getuserdetail", {"user_ticket": "x"})["errcode"] == 84015


def test_web_login_offers_members_only(sim: SimClient) -> None:
    status, _, page = open_page(sim, "/wwlogin/sso/login", agentid="1000002")
    assert status == 200
    assert "张三" in page
    assert "小林" not in page


def test_page_in_wechat_offers_customers_too(sim: SimClient) -> None:
    status, _, page = open_page(sim, "/connect/oauth2/authorize")
    assert status == 200
    assert "张三" in page
    assert "小林" in page


@pytest.mark.parametrize(
    "words",
    [{"appid": "wwother"}, {"redirect_uri": "javascript:alert(1)"}, {"as": "nobody"}],
)
def test_bad_logins_are_refused(sim: SimClient, words: dict[str, str]) -> None:
    assert open_page(sim, "/connect/oauth2/authorize", **words)[0] == 400


def test_redirect_must_go_to_the_trusted_domain(sim: SimClient) -> None:
    sim.change_app("scrm", trusted_domains=["other.example.com"])
    words = {"as": "zhangsan", "agentid": "1000002"}
    status, _, page = open_page(sim, "/connect/oauth2/authorize", **words)
    assert status == 400
    assert "50001" in page
    sim.change_app("scrm", trusted_domains=["scrm.example.com"])
    assert authorize(sim, **words)


def test_person_of_the_last_link_is_not_asked_again(sim: SimClient, scrm: Wecom) -> None:
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"))
    query = urlencode({"appid": CORP, "redirect_uri": BACK, "state": "s1"})
    answers = {}
    for path in ("/connect/oauth2/authorize", "/wwlogin/sso/login"):
        connection.request("GET", f"{path}?{query}", headers={"Cookie": f"sandbox_as={FIRST}"})
        answer = connection.getresponse()
        answer.read()
        answers[path] = (answer.status, answer.getheader("Location") or "")
    connection.close()
    status, location = answers["/connect/oauth2/authorize"]
    assert status == 302
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert whoami(scrm, code)["external_userid"] == FIRST
    assert answers["/wwlogin/sso/login"][0] == 200


def test_js_signature_is_checked_with_the_issued_ticket(sim: SimClient, scrm: Wecom) -> None:
    ticket = scrm.get("ticket/get", type="agent_config")["ticket"]
    url = "https://scrm.example.com/sidebar?tab=1"
    words = {"noncestr": "n1", "timestamp": "1767225600", "url": url, "agentid": 1000002}
    signed = crypto.js_signature(ticket, "n1", "1767225600", url)
    assert sim.call("POST", "jssdk", {**words, "signature": signed}) == {"errcode": 0}
    assert sim.call("POST", "jssdk", {**words, "signature": "bad"}) == {"errcode": 40093}
