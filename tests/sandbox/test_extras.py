import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import FIRST, NOW, SECOND, Wecom

RULE = {
    "rule_name": "价格承诺",
    "word_list": ["全网最低", "返现"],
    "semantics_list": [1, 2],
    "intercept_type": 1,
    "applicable_range": {"user_list": ["zhangsan"], "department_list": [2]},
}


def test_rule_is_kept_changed_and_deleted(scrm: Wecom) -> None:
    rule_id = scrm.ext("add_intercept_rule", **RULE)["rule_id"]
    listed = scrm.get("externalcontact/get_intercept_rule_list")["rule_list"]
    assert listed == [{"rule_id": rule_id, "rule_name": "价格承诺", "create_time": NOW}]
    change = {
        "rule_id": rule_id,
        "word_list": ["返现"],
        "add_applicable_range": {"user_list": ["lisi"]},
        "remove_applicable_range": {"user_list": ["zhangsan"]},
    }
    assert scrm.code("update_intercept_rule", **change) == 0
    assert scrm.ext("get_intercept_rule", rule_id=rule_id)["rule"] == {
        "rule_id": rule_id,
        "rule_name": "价格承诺",
        "word_list": ["返现"],
        "extra_rule": {"semantics_list": [1, 2]},
        "intercept_type": 1,
        "applicable_range": {"user_list": ["lisi"], "department_list": [2]},
    }
    assert scrm.code("del_intercept_rule", rule_id=rule_id) == 0
    assert scrm.code("get_intercept_rule", rule_id=rule_id) == 41068


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"rule_name": ""}, 40063),
        ({"rule_name": "字" * 21}, 40058),
        ({"word_list": ["字" * 33]}, 40058),
        ({"word_list": ["x"] * 301}, 40058),
        ({"applicable_range": {}}, 40063),
    ],
)
def test_bad_rules_are_refused(scrm: Wecom, words: dict[str, object], errcode: int) -> None:
    assert scrm.code("add_intercept_rule", **{**RULE, **words}) == errcode


def test_rule_names_are_unique(scrm: Wecom) -> None:
    scrm.ext("add_intercept_rule", **RULE)
    assert scrm.code("add_intercept_rule", **RULE) == 41077


def test_product_album_keeps_products(scrm: Wecom) -> None:
    product = {"description": "成猫粮", "price": 12900, "product_sn": "C15"}
    product_id = scrm.ext("add_product_album", **product)["product_id"]
    assert scrm.code("update_product_album", product_id=product_id, price=9900) == 0
    shown = scrm.ext("get_product_album", product_id=product_id)["product"]
    assert (shown["description"], shown["price"]) == ("成猫粮", 9900)
    assert len(scrm.ext("get_product_album_list")["product_list"]) == 1
    assert scrm.code("delete_product_album", product_id=product_id) == 0
    assert scrm.code("get_product_album", product_id=product_id) == 41085


def test_payments_are_listed_by_payee_and_time(sim: SimClient, scrm: Wecom) -> None:
    sim.act("buy", customer=FIRST, member="zhangsan", total_fee=12900)
    sim.act("buy", customer=SECOND, member="lisi", total_fee=990)
    span = {"begin_time": NOW - 10, "end_time": NOW + 10}
    bills = scrm.post("externalpay/get_bill_list", span)["bill_list"]
    assert [(bill["payee_userid"], bill["total_fee"]) for bill in bills] == [
        ("zhangsan", 12900),
        ("lisi", 990),
    ]
    mine = scrm.post("externalpay/get_bill_list", {**span, "payee_userid": "lisi"})
    assert [bill["external_userid"] for bill in mine["bill_list"]] == [SECOND]
    later = {"begin_time": NOW + 5, "end_time": NOW + 10}
    assert scrm.post("externalpay/get_bill_list", later)["bill_list"] == []
    long = {"begin_time": NOW - 40 * 86_400, "end_time": NOW}
    assert scrm.post("externalpay/get_bill_list", long)["errcode"] == 40058


def test_archive_answers_modestly(scrm: Wecom) -> None:
    assert scrm.post("msgaudit/get_permit_user_list", {})["ids"] == []
    info = [{"userid": "zhangsan", "exteranalopenid": FIRST}]
    (row,) = scrm.post("msgaudit/check_single_agree", {"info": info})["agreeinfo"]
    assert row["agree_status"] == "Agree"
    info = [{"userid": "zhangsan", "exteranalopenid": "wmX"}]
    assert scrm.post("msgaudit/check_single_agree", {"info": info})["errcode"] == 301061


def test_customer_service_accounts_are_answered_by_both_verbs(scrm: Wecom) -> None:
    assert scrm.get("kf/account/list")["account_list"] == []
    assert scrm.post("kf/account/list", {"offset": 0, "limit": 10})["account_list"] == []
