"""The front lets genuine callbacks through and answers everything else with one refusal."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wecom import hostile
from tests.wecom.keys import CONFIG, CORP_ID, KEYS, VECTORS, add_event_xml, envelope, sealed, sign
from wecom.crypto import CallbackKeys, decode_aes_key
from wecom.errors import CallbackRefused
from wecom.front import open_callback, open_echo

GOOD_XML = add_event_xml()
GOOD_QUERY, GOOD_BODY = sealed(GOOD_XML)


def test_the_official_vector_opens():
    vector = VECTORS["post"]
    query = {name: vector[name] for name in ("msg_signature", "timestamp", "nonce")}
    opened = open_callback(keys=KEYS, query=query, body=vector["body"].encode())
    assert opened.xml.decode() == vector["plain_xml"]
    assert opened.digest == hashlib.sha256(vector["plain_xml"].encode()).digest()


def test_the_agent_id_may_be_absent_or_empty():
    encrypt = KEYS.encrypt(GOOD_XML)
    for agent in ("", "<AgentID></AgentID>", "<AgentID/>"):
        body = f"<xml>{agent}<Encrypt>{encrypt}</Encrypt></xml>".encode()
        assert open_callback(keys=KEYS, query=sign(encrypt), body=body).xml == GOOD_XML


def test_a_declaration_and_white_space_are_fine():
    encrypt = KEYS.encrypt(GOOD_XML)
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + envelope(encrypt) + b"\n"
    assert open_callback(keys=KEYS, query=sign(encrypt), body=body).xml == GOOD_XML


def test_two_deliveries_of_one_event_have_one_digest():
    digests = set()
    for nonce in ("1", "2"):
        query, body = sealed(GOOD_XML, nonce=nonce)
        digests.add(open_callback(keys=KEYS, query=query, body=body).digest)
    assert len(digests) == 1


def test_the_corpus_is_large():
    assert len(hostile.BODIES) >= 60


@pytest.mark.parametrize("name", hostile.BODIES)
def test_a_hostile_body_is_refused(name):
    with pytest.raises(CallbackRefused):
        open_callback(keys=KEYS, query=hostile.GOOD_QUERY, body=hostile.BODIES[name])


@pytest.mark.parametrize("name", hostile.SEALED)
def test_a_signed_body_that_does_not_open_is_refused(name):
    encrypt = hostile.SEALED[name]
    with pytest.raises(CallbackRefused):
        open_callback(keys=KEYS, query=sign(encrypt), body=envelope(encrypt))


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": GOOD_QUERY["msg_signature"].upper()},
        {"msg_signature": GOOD_QUERY["msg_signature"] + "0"},
        {"msg_signature": "é" * 40},
        {"timestamp": "1767225601"},
        {"timestamp": "now"},
        {"timestamp": "１７６７２２５６００"},
        {"timestamp": "1" * 5000},
        {"nonce": "1372623140"},
        {"nonce": ""},
        {"nonce": "a b"},
        {"nonce": "n" * 5000},
    ],
)
def test_a_changed_query_is_refused(change):
    with pytest.raises(CallbackRefused):
        open_callback(keys=KEYS, query=GOOD_QUERY | change, body=GOOD_BODY)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_missing_parameter_is_refused(name):
    query = {key: value for key, value in GOOD_QUERY.items() if key != name}
    with pytest.raises(CallbackRefused, match=name):
        open_callback(keys=KEYS, query=query, body=GOOD_BODY)


def test_another_tokens_signature_is_refused():
    other = CallbackKeys(token="contactsToken01", aes_key=KEYS.aes_key, receive_id=CORP_ID)
    encrypt = KEYS.encrypt(GOOD_XML)
    with pytest.raises(CallbackRefused, match="signature"):
        open_callback(keys=KEYS, query=sign(encrypt, keys=other), body=envelope(encrypt))


def test_another_aes_key_is_refused():
    other = CallbackKeys(
        token=KEYS.token,
        aes_key=decode_aes_key("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
        receive_id=CORP_ID,
    )
    query, body = sealed(GOOD_XML, keys=other)
    with pytest.raises(CallbackRefused):
        open_callback(keys=KEYS, query=query, body=body)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_noise_is_refused(body):
    with pytest.raises(CallbackRefused):
        open_callback(keys=KEYS, query=GOOD_QUERY, body=body)


@settings(max_examples=500, deadline=None)
@given(
    position=st.integers(min_value=0, max_value=len(GOOD_BODY) - 1),
    length=st.integers(min_value=0, max_value=8),
    insert=st.binary(max_size=8),
)
def test_a_mutated_body_opens_to_the_same_event_or_is_refused(position, length, insert):
    body = GOOD_BODY[:position] + insert + GOOD_BODY[position + length :]
    try:
        opened = open_callback(keys=KEYS, query=GOOD_QUERY, body=body)
    except CallbackRefused:
        return
    assert opened.xml == GOOD_XML


@settings(max_examples=300, deadline=None)
@given(data=st.binary(min_size=1, max_size=200).map(KEYS.encrypt))
def test_any_sealed_plaintext_comes_back_unread(data):
    assert open_callback(keys=KEYS, query=sign(data), body=envelope(data)).xml


def test_the_echo_vector_is_answered():
    vector = VECTORS["get"]
    query = {name: vector[name] for name in ("msg_signature", "timestamp", "nonce", "echostr")}
    assert open_echo(keys=KEYS, query=query) == vector["expected_body"]


@pytest.mark.parametrize("echo", ["", "x", "%", "A" * 70000, VECTORS["get"]["echostr"][:-4]])
def test_a_changed_echo_is_refused(echo):
    vector = VECTORS["get"]
    query = {name: vector[name] for name in ("msg_signature", "timestamp", "nonce")}
    with pytest.raises(CallbackRefused):
        open_echo(keys=KEYS, query=query | {"echostr": echo})


def test_an_echo_that_is_not_text_is_refused():
    echo = KEYS.encrypt(b"\xff\xfe")
    with pytest.raises(CallbackRefused, match="encoding"):
        open_echo(keys=KEYS, query=sign(echo) | {"echostr": echo})


def test_the_corpus_uses_the_fixture_token():
    assert KEYS.token == CONFIG["token"]
