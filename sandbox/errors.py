"""Refusals of the API: an errcode, and now and then fields that are sent beside it."""

from __future__ import annotations

from sandbox.entities import JSONDict

TEXTS = {
    -1: "system busy",
    6000: "data conflict",
    40001: "invalid credential",
    40003: "invalid UserID",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40035: "invalid parameter",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40071: "UserTag Name Already Exist",
    40093: "invalid signature",
    40096: "invalid external userid",
    40126: "corp tag limit exceeded",
    40129: "customer is being transferred",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "secret missing",
    41035: "external userid missing",
    41048: "no customer to send",
    41050: "invalid welcome code",
    41051: "chat already started",
    41054: "user not activated",
    41063: "message is being dispatched, try later",
    41093: "message has been cancelled",
    41094: "reminded too often",
    41096: "welcome message is being sent",
    42001: "access_token expired",
    42003: "oauth_code expired",
    42022: "code has been used",
    44001: "empty media data",
    45001: "media size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    45035: "the same data is being changed",
    48002: "api forbidden",
    48009: "contacts sync may list ids only",
    50001: "redirect_uri domain not trusted",
    50100: "invalid cursor",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60123: "invalid party id",
    60140: "invalid response_code",
    81013: "user & party & tag all invalid",
    82001: "all empty recipients",
    84061: "not external contact",
    84074: "no permission of external contact",
    90501: "chat is not external group chat",
    91040: "ticket type error",
}


class ApiError(Exception):
    """The API refuses a call."""

    def __init__(self, errcode: int, detail: str = "", **fields: object) -> None:
        """Keep the code, a text for people and extra answer fields."""
        super().__init__(f"{errcode} {detail}".strip())
        self.errcode = errcode
        self.detail = detail
        self.fields: JSONDict = dict(fields)


class ActionError(Exception):
    """A control request that makes no sense in the present world."""


def error_text(errcode: int, detail: str, ip: str, hint: str) -> str:
    """Return an `errmsg` in the shape that the real host uses."""
    text = detail or TEXTS.get(errcode, "request refused")
    return (
        f"{text}, hint: [{hint}], from ip: {ip}, "
        f"more info at https://open.work.weixin.qq.com/devtool/query?e={errcode}"
    )
