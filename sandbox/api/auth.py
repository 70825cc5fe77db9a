"""Tokens, tickets, login codes, address lists (wecom-api §2, §4, §5)."""

from __future__ import annotations

import math

from sandbox.api.call import Call, endpoint
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.visibility import OPEN_KINDS, in_range, is_seller


@endpoint("GET", "gettoken", right="none")
def gettoken(call: Call) -> JSONDict:
    """Answer the token of the app that owns the secret."""
    corp_id, secret = call.params.get("corpid", ""), call.params.get("corpsecret", "")
    if not corp_id:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    corp = call.sim.world.corps.get(corp_id)
    if corp is None:
        raise ApiError(40013)
    app = corp.by_secret.get(secret)
    if app is None:
        raise ApiError(40001)
    if app.trusted_ips and call.client_ip not in app.trusted_ips:
        raise ApiError(60020)
    token = call.sim.tokens.issue(corp_id, app.slug)
    left = math.ceil(token.expires_at - call.sim.world.clock.now())
    return {"access_token": token.value, "expires_in": max(left, 1)}


@endpoint("GET", "get_api_domain_ip", right="any")
def get_api_domain_ip(call: Call) -> JSONDict:
    """Answer the addresses of the API host."""
    return {"ip_list": ["127.0.0.1"]}


@endpoint("GET", "getcallbackip", right="any")
def getcallbackip(call: Call) -> JSONDict:
    """Answer the addresses that callbacks come from."""
    return {"ip_list": ["127.0.0.1"]}


@endpoint("GET", "get_jsapi_ticket", right="app")
def get_jsapi_ticket(call: Call) -> JSONDict:
    """Answer the corp's JS ticket."""
    return _ticket(call, "")


@endpoint("GET", "ticket/get", right="app")
def ticket_get(call: Call) -> JSONDict:
    """Answer the app's JS ticket."""
    if call.params.get("type") != "agent_config":
        raise ApiError(91040)
    return _ticket(call, call.app.slug)


def _ticket(call: Call, slug: str) -> JSONDict:
    lifetime = call.sim.world.settings.token_seconds
    left = lifetime - int(call.sim.world.clock.now()) % lifetime
    return {"ticket": call.sim.tokens.ticket(call.corp.corp_id, slug), "expires_in": left}


@endpoint("GET", "auth/getuserinfo", right="app")
def getuserinfo(call: Call) -> JSONDict:
    """Answer who opened the page: a member, or a customer."""
    code = call.sim.oauth_codes.get(call.params.get("code", ""))
    if code is None or code.corp_id != call.corp.corp_id:
        raise ApiError(40029)
    if code.used:
        raise ApiError(42022)
    if call.sim.world.clock.now() - code.issued_at > call.sim.world.settings.oauth_code_seconds:
        raise ApiError(42003)
    code.used = True
    if code.userid:
        return _member_identity(call, code.userid, code.scope)
    return _customer_identity(call, code.external_userid)


def _member_identity(call: Call, userid: str, scope: str) -> JSONDict:
    answer: JSONDict = {"userid": userid}
    member = call.corp.members.get(userid)
    if scope == "snsapi_privateinfo" and member and in_range(call.corp, call.app, member):
        answer["user_ticket"] = call.sim.new_oauth_code(
            call.corp, userid=userid, external_userid="", scope="user_ticket"
        )
    return answer


def _customer_identity(call: Call, external_userid: str) -> JSONDict:
    customer = call.corp.customers.get(external_userid)
    if customer is None:
        return {"openid": f"o{external_userid[2:]}"}
    answer: JSONDict = {"openid": customer.openid or f"o{external_userid[2:]}"}
    is_known = "customer" in call.app.callable_apps and any(
        relation.kind in OPEN_KINDS and is_seller(call.corp, call.app, relation.userid)
        for relation in call.corp.relations_of_customer(external_userid)
    )
    if is_known:
        answer["external_userid"] = external_userid
    return answer


@endpoint("POST", "auth/getuserdetail", right="app", fields={"user_ticket": str})
def getuserdetail(call: Call) -> JSONDict:
    """Answer the private fields of a member who agreed."""
    ticket = call.sim.oauth_codes.get(call.need("user_ticket", 84015))
    if ticket is None or ticket.scope != "user_ticket":
        raise ApiError(84015)
    if call.sim.world.clock.now() - ticket.issued_at > 1800:
        raise ApiError(84014)
    member = call.corp.members[ticket.userid]
    return {
        "userid": member.userid,
        "gender": member.gender,
        "avatar": member.avatar,
        "mobile": member.mobile,
        "email": member.email,
        "biz_mail": "",
        "address": "",
        "qr_code": "",
    }
