"""Callback crypto agrees with the official vectors and refuses what is not whole."""

import base64
import hashlib

import pytest
from wechatpy.crypto.cryptography import WeChatCipher

from tests.wecom.keys import CONFIG, CORP_ID, KEYS, VECTORS
from wecom.crypto import CallbackKeys, decode_aes_key, signature_of
from wecom.errors import CallbackRefused


def _sealed_plain(plain: bytes) -> str:
    """Encrypt raw bytes as they are (no padding, no length added)."""
    return base64.b64encode(WeChatCipher(KEYS.aes_key).encrypt(plain)).decode()


def test_the_aes_key_decodes_to_the_published_bytes():
    assert KEYS.aes_key.hex() == CONFIG["aes_key_hex"]
    assert KEYS.aes_key[:16].hex() == CONFIG["iv_hex"]


def test_a_key_with_stray_trailing_bits_is_decoded_leniently():
    strict = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    assert decode_aes_key(strict[:-1] + "H") == decode_aes_key(strict)


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "é", "a" * 42 + "!"])
def test_a_key_of_another_shape_is_refused(key):
    with pytest.raises(ValueError, match="EncodingAESKey"):
        decode_aes_key(key)


@pytest.mark.parametrize("name", ["post", "get"])
def test_signatures_agree_with_the_vectors(name):
    vector = VECTORS[name]
    encrypt = vector.get("encrypt") or vector["echostr"]
    assert (
        signature_of(
            token=CONFIG["token"],
            timestamp=vector["timestamp"],
            nonce=vector["nonce"],
            encrypt=encrypt,
        )
        == vector["msg_signature"]
    )


def test_the_post_vector_decrypts():
    plain = KEYS.decrypt(VECTORS["post"]["encrypt"])
    assert plain.decode() == VECTORS["post"]["plain_xml"]
    assert len(plain) == VECTORS["post"]["plain_len_bytes"]


def test_the_post_vector_encrypts_to_the_same_ciphertext():
    sealed = KEYS.encrypt(
        VECTORS["post"]["plain_xml"].encode(), random16=CONFIG["random16"].encode()
    )
    assert sealed == VECTORS["post"]["encrypt"]


def test_the_echo_vector_decrypts():
    assert KEYS.decrypt(VECTORS["get"]["echostr"]).decode() == VECTORS["get"]["expected_body"]


def test_a_full_block_of_padding_is_accepted():
    assert KEYS.decrypt(VECTORS["pad_edge"]["encrypt"]).decode() == VECTORS["pad_edge"]["plain"]


def test_the_official_sample_decrypts():
    sample = VECTORS["official_sample"]
    keys = CallbackKeys(
        token=sample["token"],
        aes_key=decode_aes_key(sample["encoding_aes_key"]),
        receive_id=sample["receiveid"],
    )
    keys.verify(
        signature=sample["msg_signature"],
        timestamp=sample["timestamp"],
        nonce=sample["nonce"],
        encrypt=sample["encrypt"],
    )
    assert len(keys.decrypt(sample["encrypt"])) == sample["plain_len"]


@pytest.mark.parametrize("length", range(64))
def test_every_padding_length_survives_the_way_there_and_back(length):
    message = b"x" * length
    assert KEYS.decrypt(KEYS.encrypt(message)) == message


@pytest.mark.parametrize(
    ("sealed", "reason"),
    [
        ("", "ciphertext length"),
        ("%%%%", "base64"),
        ("密文密文", "base64"),
        ("QQ", "base64"),
        ("Q3st Yg==", "base64"),
        (base64.b64encode(b"x" * 15).decode(), "ciphertext length"),
        (_sealed_plain(b"\x00" * 32), "padding"),
        (_sealed_plain(b"\x21" * 64), "padding"),
        (_sealed_plain(b"x" * 29 + b"\x03\x02\x03"), "padding"),
        (_sealed_plain(b"\x10" * 16), "plaintext too short"),
        (_sealed_plain(b"r" * 16 + b"\xff\xff\xff\xff" + b"\x0c" * 12), "inner length"),
        (_sealed_plain(b"r" * 16 + b"\x00\x00\x00\x00" + b"\x0c" * 12), "receive id"),
    ],
)
def test_what_is_not_whole_is_refused(sealed, reason):
    with pytest.raises(CallbackRefused) as refused:
        KEYS.decrypt(sealed)
    assert refused.value.reason == reason


def test_another_corps_message_is_refused_though_the_key_fits():
    other = CallbackKeys(token=KEYS.token, aes_key=KEYS.aes_key, receive_id=CORP_ID + "0")
    with pytest.raises(CallbackRefused, match="receive id"):
        KEYS.decrypt(other.encrypt(b"<xml/>"))


def test_the_keys_are_not_in_the_repr():
    assert CONFIG["token"] not in repr(KEYS)
    assert hashlib.sha256(KEYS.aes_key).hexdigest() not in repr(KEYS)
    assert repr(KEYS) == f"CallbackKeys(receive_id={CORP_ID!r})"
