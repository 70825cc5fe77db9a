"""Sensitive words, product album, payments, and modest answers of rarely used areas."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.visibility import OPEN_KINDS

_RANGE = {"user_list": [str], "department_list": [int]}
_RULE = {
    "rule_id": str,
    "rule_name": str,
    "word_list": [str],
    "semantics_list": [int],
    "extra_rule": {"semantics_list": [int]},
    "intercept_type": int,
    "applicable_range": _RANGE,
    "add_applicable_range": _RANGE,
    "remove_applicable_range": _RANGE,
}


def _rule(call: Call) -> JSONDict:
    rule = call.corp.intercept_rules.get(call.need("rule_id"))
    if rule is None:
        raise ApiError(41068, "invalid rule_id")
    return rule


def _check_rule(call: Call, rule_id: str) -> None:
    name = call.text("rule_name", chars=20)
    others = [r for r in call.corp.intercept_rules.values() if r["rule_id"] != rule_id]
    if name and any(rule["rule_name"] == name for rule in others):
        raise ApiError(41077, "rule_name is taken")
    for word in call.texts("word_list", 300):
        if not 1 <= len(word) <= 32:
            raise ApiError(40058, "a word must have 1…32 characters")


@endpoint("POST", "externalcontact/add_intercept_rule", fields=_RULE)
def add_intercept_rule(call: Call) -> JSONDict:
    """Create a rule on sensitive words."""
    call.need("rule_name")
    _check_rule(call, "")
    scope = call.mapping("applicable_range")
    if not scope.get("user_list") and not scope.get("department_list"):
        raise ApiError(40063, "empty applicable_range")
    if len(call.corp.intercept_rules) >= 100:
        raise ApiError(41069, "rule cap")
    rule_id = call.sim.world.mint("rule", 24)
    call.corp.intercept_rules[rule_id] = {
        "rule_id": rule_id,
        "rule_name": call.text("rule_name"),
        "create_time": call.now,
        "word_list": call.texts("word_list", 300),
        "extra_rule": {"semantics_list": call.body.get("semantics_list") or []},
        "intercept_type": call.number("intercept_type", 1),
        "applicable_range": scope,
    }
    return {"rule_id": rule_id}


@endpoint("GET", "externalcontact/get_intercept_rule_list", empty=["rule_list"])
def get_intercept_rule_list(call: Call) -> JSONDict:
    """Answer names of all rules."""
    names = ("rule_id", "rule_name", "create_time")
    rules = call.corp.intercept_rules.values()
    return {"rule_list": [{name: rule[name] for name in names} for rule in rules]}


@endpoint("POST", "externalcontact/get_intercept_rule", fields=_RULE)
def get_intercept_rule(call: Call) -> JSONDict:
    """Answer one rule."""
    return {"rule": {name: v for name, v in _rule(call).items() if name != "create_time"}}


@endpoint("POST", "externalcontact/update_intercept_rule", fields=_RULE)
def update_intercept_rule(call: Call) -> JSONDict:
    """Change the given fields of a rule; ranges grow and shrink."""
    rule = _rule(call)
    _check_rule(call, str(rule["rule_id"]))
    for name in ("rule_name", "word_list", "extra_rule", "intercept_type"):
        if call.body.get(name):
            rule[name] = call.body[name]
    for name in ("user_list", "department_list"):
        removed = call.mapping("remove_applicable_range").get(name) or []
        added = call.mapping("add_applicable_range").get(name) or []
        old = [entry for entry in rule["applicable_range"].get(name) or [] if entry not in removed]
        rule["applicable_range"][name] = old + [entry for entry in added if entry not in old]
    return {}


@endpoint("POST", "externalcontact/del_intercept_rule", fields=_RULE)
def del_intercept_rule(call: Call) -> JSONDict:
    """Delete a rule."""
    del call.corp.intercept_rules[str(_rule(call)["rule_id"])]
    return {}


_PRODUCT = {
    "product_id": str,
    "description": str,
    "price": int,
    "product_sn": str,
    "attachments": object,
}


def _product(call: Call) -> JSONDict:
    product = call.corp.products.get(call.need("product_id"))
    if product is None:
        raise ApiError(41085, "invalid product_id")
    return product


@endpoint("POST", "externalcontact/add_product_album", fields=_PRODUCT)
def add_product_album(call: Call) -> JSONDict:
    """Put a product into the album."""
    product_id = call.sim.world.mint("prod", 24)
    call.corp.products[product_id] = {
        "product_id": product_id,
        "description": call.text("description", chars=300),
        "price": call.number("price"),
        "product_sn": call.text("product_sn", octets=128),
        "attachments": call.body.get("attachments") or [],
        "create_time": call.now,
    }
    return {"product_id": product_id}


@endpoint("POST", "externalcontact/get_product_album", fields=_PRODUCT)
def get_product_album(call: Call) -> JSONDict:
    """Answer one product."""
    return {"product": _product(call)}


@endpoint("POST", "externalcontact/get_product_album_list", fields={"limit": int, "cursor": str})
def get_product_album_list(call: Call) -> JSONDict:
    """Answer all products."""
    rows = list(call.corp.products.values())
    return paged("product_list", *page(call, rows, lambda row: row, default=50, cap=100))


@endpoint("POST", "externalcontact/update_product_album", fields=_PRODUCT)
def update_product_album(call: Call) -> JSONDict:
    """Change the given fields of a product."""
    product = _product(call)
    product |= {name: call.body[name] for name in _PRODUCT if call.body.get(name) is not None}
    return {}


@endpoint("POST", "externalcontact/delete_product_album", fields=_PRODUCT)
def delete_product_album(call: Call) -> JSONDict:
    """Delete a product."""
    del call.corp.products[str(_product(call)["product_id"])]
    return {}


@endpoint(
    "POST",
    "externalpay/get_bill_list",
    right="pay",
    fields={
        "begin_time": int,
        "end_time": int,
        "payee_userid": str,
        "cursor": str,
        "limit": int,
    },
    empty=["bill_list"],
)
def get_bill_list(call: Call) -> JSONDict:
    """Answer payments of a time span."""
    begin, end = call.number("begin_time"), call.number("end_time")
    if end < begin or end - begin > 31 * 86_400:
        raise ApiError(40058, "time span must be within a month")
    payee = call.text("payee_userid")
    rows = [
        bill
        for bill in call.corp.bills
        if begin <= int(bill["pay_time"]) <= end and payee in ("", bill["payee_userid"])
    ]
    shown, cursor = page(call, rows, lambda row: row, default=1000, cap=1000)
    answer: JSONDict = {"bill_list": shown}
    return {**answer, "next_cursor": cursor} if cursor else answer


@endpoint("POST", "msgaudit/get_permit_user_list", right="app", fields={"type": int})
def get_permit_user_list(call: Call) -> JSONDict:
    """Answer the members whose conversations are archived: none here."""
    return {"ids": []}


@endpoint(
    "POST",
    "msgaudit/check_single_agree",
    right="app",
    fields={"info": [{"userid": str, "exteranalopenid": str}]},
)
def check_single_agree(call: Call) -> JSONDict:
    """Answer whether customers agreed to the archive: friends did."""
    rows = []
    for pair in call.body.get("info") or []:
        userid, customer = str(pair.get("userid")), str(pair.get("exteranalopenid"))
        relation = call.corp.relation(userid, customer)
        if relation is None or relation.kind not in OPEN_KINDS:
            raise ApiError(301061, "unknown pair")
        rows.append(
            {
                "status_change_time": relation.createtime,
                "userid": userid,
                "exteranalopenid": customer,
                "agree_status": "Agree",
            }
        )
    return {"agreeinfo": rows}


@endpoint("GET POST", "kf/account/list", right="app")
def kf_account_list(call: Call) -> JSONDict:
    """Answer customer-service accounts: none here."""
    return {"account_list": []}
