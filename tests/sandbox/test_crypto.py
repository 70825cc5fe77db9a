import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import crypto

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "wecom-crypto.json").read_text()
)
CONFIG = VECTORS["config"]
KEY, CORP = CONFIG["encoding_aes_key"], CONFIG["corp_id"]


def test_key_is_the_decoded_encoding_key() -> None:
    assert crypto.aes_key(KEY).hex() == CONFIG["aes_key_hex"]


def test_message_encrypts_to_the_published_ciphertext() -> None:
    post = VECTORS["post"]
    made = crypto.encrypt(KEY, post["plain_xml"], CORP, CONFIG["random16"].encode())
    assert made == post["encrypt"]


def test_signature_of_the_message_is_the_published_one() -> None:
    post = VECTORS["post"]
    made = crypto.signature(CONFIG["token"], post["timestamp"], post["nonce"], post["encrypt"])
    assert made == post["msg_signature"]


def test_echo_string_decrypts_and_its_signature_holds() -> None:
    get = VECTORS["get"]
    assert crypto.decrypt(KEY, get["echostr"], CORP) == get["expected_body"]
    made = crypto.signature(CONFIG["token"], get["timestamp"], get["nonce"], get["echostr"])
    assert made == get["msg_signature"]


def test_full_block_of_padding_decrypts() -> None:
    edge = VECTORS["pad_edge"]
    assert crypto.decrypt(KEY, edge["encrypt"], CORP) == edge["plain"]


def test_sample_of_the_official_sdks_decrypts() -> None:
    sample = VECTORS["official_sample"]
    plain = crypto.decrypt(sample["encoding_aes_key"], sample["encrypt"], sample["receiveid"])
    assert len(plain.encode()) == sample["plain_len"]
    words = (sample["timestamp"], sample["nonce"], sample["encrypt"])
    assert crypto.signature(sample["token"], *words) == sample["msg_signature"]


def test_js_signatures_match_the_published_ones() -> None:
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    words = ("Wm3WZYTPz0wzccnW", "1414587457", "http://mp.weixin.qq.com?params=value#part")
    assert crypto.js_signature(ticket, *words) == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    own = ("n0nce0001", "1767225600", "https://scrm.example.com/h5/sidebar?corp=1&tab=profile")
    assert (
        crypto.js_signature("TICKET-agent-0001", *own) == "5c0101307839283fa0adc271b9b80172d00ebec7"
    )


@pytest.mark.parametrize("length", range(33))
def test_every_padding_length_survives_the_round_trip(length: int) -> None:
    message = "x" * length
    assert crypto.decrypt(KEY, crypto.encrypt(KEY, message, CORP), CORP) == message


def test_message_for_another_receiver_is_refused() -> None:
    made = crypto.encrypt(KEY, "hello", CORP)
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt(KEY, made, "wwother")


def test_two_encryptions_of_one_message_differ() -> None:
    assert crypto.encrypt(KEY, "hello", CORP) != crypto.encrypt(KEY, "hello", CORP)
