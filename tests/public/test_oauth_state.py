"""The way back from WeCom is open once, to the browser that left, and leads nowhere else."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.models import Visit
from customers.models import Event, Identity
from tests.content.makers import NOON, WECHAT, make_corp, make_link
from tests.public.conftest import come_back, read, state_of
from wecom.models import App, OAuthRound
from wecom.services.oauth_rounds import prune_rounds

pytestmark = pytest.mark.django_db

REFUSED = "这次打开已经失效"


def test_the_address_of_wecom_carries_what_it_must(phone: Client, settings):
    settings.PUBLIC_URL = "https://scrm.example"

    out = phone.get(f"/l/{make_link().code}")

    address = urlsplit(out["Location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/connect/oauth2/authorize"
    assert query["scope"] == "snsapi_base"
    assert query["redirect_uri"] == "https://scrm.example/l/oauth/callback"
    assert len(query["state"]) == 32
    assert query["state"].isalnum()


def test_a_state_is_kept_only_as_a_digest(phone: Client):
    out = phone.get(f"/l/{make_link().code}")

    login = OAuthRound.objects.get()
    assert state_of(out) not in login.state_digest
    assert len(login.state_digest) == 64


def test_a_used_state_is_refused(phone: Client, oauth):
    out = phone.get(f"/l/{make_link().code}")
    come_back(phone, out)

    again = come_back(phone, out)

    assert again.status_code == 403
    assert REFUSED in again.content.decode()
    assert oauth.codes == ["CODE1"]


def test_another_browser_cannot_use_the_state(phone: Client, oauth):
    out = phone.get(f"/l/{make_link().code}")
    other = Client(headers={"User-Agent": WECHAT})
    other.get(f"/l/{make_link().code}")

    assert come_back(other, out).status_code == 403
    assert come_back(Client(), out).status_code == 403
    assert oauth.codes == []


def test_a_state_lives_ten_minutes(phone: Client, monkeypatch):
    out = phone.get(f"/l/{make_link().code}")
    monkeypatch.setattr("common.clock.now", lambda: NOON + timedelta(minutes=10))

    assert come_back(phone, out).status_code == 403
    assert prune_rounds(now=NOON + timedelta(minutes=10, seconds=1)) == 1


def test_two_pages_of_one_browser_may_be_on_their_way_together(phone: Client):
    first, second = make_link(batch="1"), make_link(batch="2")
    out_first, out_second = phone.get(f"/l/{first.code}"), phone.get(f"/l/{second.code}")

    assert come_back(phone, out_second)["Location"] == f"/l/{second.code}"
    assert come_back(phone, out_first)["Location"] == f"/l/{first.code}"


def test_an_answer_for_one_corp_says_nothing_to_another(phone: Client):
    read(phone, make_link().code)
    other = make_corp("ww0000000000000000")
    App.objects.create(
        corp=other, slug="scrm", agent_id=1000003, secret="s", callback_token="", aes_key=""
    )

    assert phone.get(f"/l/{make_link(corp_id=other.pk).code}").status_code == 302


@pytest.mark.parametrize("value", ["", "forged", "eyJjb3JwIjoxfQ:1abc:xyz"])
def test_a_forged_reader_cookie_is_worth_nothing(phone: Client, value: str):
    phone.cookies["reader"] = value

    assert phone.get(f"/l/{make_link().code}").status_code == 302
    assert not Visit.objects.exists()


def test_a_reader_whose_record_was_deleted_is_asked_again(phone: Client):
    read(phone, make_link().code)
    Visit.objects.all().delete()
    Event.objects.all().delete()
    Identity.objects.all().delete()

    assert phone.get(f"/l/{make_link().code}").status_code == 302


def test_cookies_cannot_be_read_by_scripts(phone: Client):
    out = phone.get(f"/l/{make_link().code}")
    back = come_back(phone, out)

    for cookie in (out.cookies["oauth_browser"], back.cookies["reader"]):
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
    assert back.cookies["reader"]["max-age"] == 30 * 24 * 3_600


hostile = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    ),
)


@given(state=hostile, code=hostile, extra=hostile)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_query_leads_anywhere_else(phone: Client, state: str, code: str, extra: str):
    query = {"state": state, "code": code, "next": extra, "url": extra, "redirect_uri": extra}

    response = phone.get("/l/oauth/callback", query)

    assert response.status_code == 403
    assert "Location" not in response


@given(extra=hostile)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_way_back_leads_to_the_stored_link_whatever_the_query(phone: Client, extra: str):
    link = make_link()
    out = phone.get(f"/l/{link.code}", {"next": extra, "code": extra})
    phone.cookies.pop("reader", None)

    back = come_back(phone, out, next=extra, url=extra, redirect_uri=extra)

    assert back["Location"] == f"/l/{link.code}"
    phone.cookies.pop("reader", None)
