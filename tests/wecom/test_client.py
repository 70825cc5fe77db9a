"""A call has a token, limits and time-outs, and ends in an answer or one honest error."""

import logging
import socket
import traceback

import pytest
import requests

from tests.wecom.fake import Raw
from wecom import errors, limits
from wecom.client import CallInTransaction, client_for, corp_client
from wecom.errors import Misconfigured
from wecom.models import ApiPause, App
from wecom.transport import transport

SECRET = "sandbox-secret-scrm"


def test_a_get_carries_token_and_parameters(client, fake):
    fake.answers["user/get"] = [{"errcode": 0, "userid": "zhangsan"}]
    assert client.get("user/get", {"userid": "zhangsan"})["userid"] == "zhangsan"
    (asked,) = fake.calls("user/get")
    assert asked.method == "GET"
    assert asked.query == {"access_token": "TOKEN-1", "userid": "zhangsan"}
    (token,) = fake.calls("gettoken")
    assert token.query == {"corpid": "ww1234567890abcdef", "corpsecret": SECRET}


def test_a_post_sends_chinese_as_it_is(client, fake):
    client.post("message/send", {"text": {"content": "您好"}})
    (asked,) = fake.calls("message/send")
    assert asked.method == "POST"
    assert "您好".encode() in asked.body
    assert b"\\u" not in asked.body
    assert asked.query == {"access_token": "TOKEN-1"}


def test_an_answer_without_errcode_is_a_success(client, fake):
    fake.answers["user/get"] = [{"userid": "zhangsan"}]
    assert client.get("user/get") == {"userid": "zhangsan"}


@pytest.mark.parametrize("errcode", [40014, 42001])
def test_a_refused_token_is_renewed_and_the_call_repeated_once(client, fake, errcode):
    fake.answers["user/get"] = [{"errcode": errcode, "errmsg": "x"}, {"errcode": 0, "ok": 1}]
    assert client.get("user/get")["ok"] == 1
    tokens = [asked.query["access_token"] for asked in fake.calls("user/get")]
    assert tokens == ["TOKEN-1", "TOKEN-2"]


def test_a_token_refused_twice_is_an_error_and_no_third_call(client, fake):
    fake.answers["user/get"] = [{"errcode": 40014, "errmsg": "x"}]
    with pytest.raises(errors.TokenRejected):
        client.get("user/get")
    assert len(fake.calls("user/get")) == 2
    assert len(fake.calls("gettoken")) == 2


@pytest.mark.parametrize(
    ("answer", "error", "status"),
    [
        ({"errcode": 84061, "errmsg": "m"}, errors.CustomerUnreachable, 84061),
        ({"errcode": "84061", "errmsg": "m"}, errors.CustomerUnreachable, 84061),
        ({"errcode": -1, "errmsg": "busy"}, errors.Ambiguous, -1),
        ({"errcode": 123456789}, errors.Permanent, 123456789),
        ({"errcode": "x"}, errors.Ambiguous, None),
        (Raw(b"<html>502</html>", 502), errors.Ambiguous, None),
        (Raw(b'{"errcode": 0}', 500), errors.Ambiguous, None),
        (Raw(b"<html>ok</html>"), errors.Ambiguous, None),
        (Raw(b""), errors.Ambiguous, None),
        (Raw(b"[]"), errors.Ambiguous, None),
        (Raw(b"null"), errors.Ambiguous, None),
        (Raw(b'{"errcode": 0, "name": "\xff"}'), errors.Ambiguous, None),
        (Raw(b'{"errcode": 0, "errmsg": "ok"}', cut=10), errors.Ambiguous, None),
        (Raw(cut=0), errors.Ambiguous, None),
        (Raw(b"nothing here", 404), errors.BadRequest, None),
        (Raw(b"no", 403), errors.Misconfigured, None),
        (Raw(b"slow down", 429), errors.RateLimited, None),
        (Raw(b"", 301, {"Location": "https://x.example/"}), errors.Misconfigured, None),
    ],
)
def test_every_other_outcome_is_one_error(client, fake, answer, error, status):
    fake.answers["user/get"] = [answer]
    with pytest.raises(errors.WeComError) as raised:
        client.get("user/get")
    assert type(raised.value) is error
    assert raised.value.errcode == status
    assert raised.value.api == "user/get"
    assert len(fake.calls("user/get")) == 1


def test_no_answer_in_time_is_ambiguous(client, fake, settings):
    client.get("user/get")
    transport().timeout = (0.5, 0.05)
    block = socket.create_server(("127.0.0.1", 0))
    settings.WECOM_API_BASE_URL = f"http://127.0.0.1:{block.getsockname()[1]}"
    transport().timeout = (0.5, 0.05)
    with block, pytest.raises(errors.Ambiguous, match="ReadTimeout"):
        client.get("user/get")


def test_a_refused_connection_was_surely_not_sent(client, fake, settings):
    client.get("user/get")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings.WECOM_API_BASE_URL = f"http://127.0.0.1:{port}"
    with pytest.raises(errors.NotSent, match="NewConnectionError"):
        client.get("user/get")


def test_a_connection_that_times_out_was_surely_not_sent(client, fake, monkeypatch):
    client.get("user/get")

    def time_out(*_: object, **__: object) -> None:
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests.Session, "request", time_out)
    with pytest.raises(errors.NotSent):
        client.get("user/get")


def test_every_request_has_time_outs(client, fake, settings, monkeypatch):
    seen = []
    real = requests.Session.request

    def request(session, **options):
        seen.append(options["timeout"])
        return real(session, **options)

    monkeypatch.setattr(requests.Session, "request", request)
    client.get("user/get")
    assert seen == [(settings.WECOM_CONNECT_SECONDS, settings.WECOM_READ_SECONDS)] * 2
    assert seen[0] == (3, 8)


def test_no_call_inside_a_transaction(client, fake, settings):
    settings.WECOM_ALLOW_IN_TRANSACTION = False
    with pytest.raises(CallInTransaction):
        client.get("user/get")
    with pytest.raises(CallInTransaction):
        client.access_token()
    assert fake.asked == []


def test_45009_pauses_only_this_api(client, fake):
    fake.answers["user/get"] = [{"errcode": 45009, "errmsg": "freq"}]
    with pytest.raises(errors.RateLimited) as first:
        client.get("user/get")
    assert first.value.retry_after_seconds == pytest.approx(60, abs=1)
    with pytest.raises(errors.RateLimited, match="paused") as second:
        client.get("user/get")
    assert 50 < second.value.retry_after_seconds <= 60
    assert len(fake.calls("user/get")) == 1
    client.get("user/list")
    assert ApiPause.objects.get().api == "user/get"


def test_an_empty_bucket_sends_nothing(client, fake, settings):
    settings.WECOM_API_LIMITS = {"user/get": limits.ApiLimit(burst=1, per_second=0.01)}
    client.get("user/get")
    with pytest.raises(errors.RateLimited, match="bucket empty") as refused:
        client.get("user/get")
    assert refused.value.retry_after_seconds == 100
    assert len(fake.calls("user/get")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": 84061, "errmsg": "no, access_token=TOKEN-1, corpsecret=sandbox-secret-scrm"},
        Raw(b"x", 502),
        Raw(b"x", 404),
        Raw(cut=0),
        Raw(b"{}", cut=1),
        {"errcode": 40014},
    ],
)
def test_no_secret_in_any_message_traceback_or_log(client, fake, caplog, answer):
    caplog.set_level(logging.DEBUG)
    fake.answers["user/get"] = [answer]
    with pytest.raises(errors.WeComError) as raised:
        client.get("user/get", {"userid": "zhangsan"})
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    written = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "urllib3" in written
    for secret in (SECRET, "TOKEN-1", "TOKEN-2"):
        assert secret not in told
        assert secret not in written


def test_urllib3s_debug_log_is_cut_before_any_handler_sees_it(client, fake):
    seen = []

    class Collect(logging.Handler):
        def emit(self, record):
            seen.append(record.getMessage())

    handler = Collect()
    source = logging.getLogger("urllib3.connectionpool")
    level = source.level
    source.addHandler(handler)
    source.setLevel(logging.DEBUG)
    try:
        client.get("user/get")
    finally:
        source.removeHandler(handler)
        source.setLevel(level)
    requests_seen = [line for line in seen if "/cgi-bin/user/get" in line]
    assert len(requests_seen) == 1
    assert "TOKEN-1" not in "".join(seen)
    assert SECRET not in "".join(seen)


def test_tokens_are_not_in_reprs(client, fake):
    assert "TOKEN-1" not in repr(client.access_token())
    assert SECRET not in repr(client)


def test_a_corps_client_is_its_oldest_enabled_app(corp, app, contacts_app):
    assert corp_client(corp.pk) == client_for(app)
    assert corp_client(corp.pk, purpose="contacts").app_pk == contacts_app.pk
    App.objects.filter(pk=app.pk).update(is_enabled=False)
    with pytest.raises(Misconfigured):
        corp_client(corp.pk)
