"""What others call our customers (身份标识): kinds of identifiers, and how each is kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import models

from common import secrets
from customers.errors import BadIdentifier

PHONE: Final = "phone"
UNIONID: Final = "unionid:wechat"
MAX_VALUE_CHARACTERS: Final = 128
MAX_REALM_CHARACTERS: Final = 40
_SPACING: Final = re.compile(r"[\s()·-]+")
_COUNTRY: Final = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FOREIGN: Final = re.compile(r"\+\d{7,15}", re.ASCII)


class Kind(models.TextChoices):
    """Kinds of identifiers; `CUSTOMER` is our own, the unified customer ID."""

    CUSTOMER = "customer", "统一客户 ID"
    EXTERNAL_USERID = "external_userid", "企业微信客户"
    UNIONID = "unionid", "微信 unionid"
    OPENID = "openid", "微信 openid"
    PHONE = "phone", "手机号"
    BUYER = "buyer", "店铺买家"
    MEMBER = "member", "会员号"


# Within what a value is unique: the corp, the app, the shop; a programme of members may go unnamed.
WITH_REALM: Final = frozenset({Kind.EXTERNAL_USERID, Kind.OPENID, Kind.BUYER})
REALM_MAY_BE: Final = WITH_REALM | {Kind.MEMBER}
# What WeCom itself tells of its customers is never told from outside.
TOLD_BY_WECOM: Final = frozenset({Kind.EXTERNAL_USERID, Kind.UNIONID})


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier as somebody else tells it.

    Attributes:
        realm: Corp id, app id, shop or programme, where the kind has one.
    """

    kind: Kind
    value: str
    realm: str = ""

    def place(self) -> tuple[str, str]:
        """Return the namespace and value under which it is kept; a phone only as a keyed hash.

        Raises:
            BadIdentifier: it cannot be one of its kind; the message says why.
        """
        _check(self)
        if self.kind == Kind.PHONE:
            return PHONE, secrets.keyed_hash(plain_phone(self.value), purpose=PHONE)
        if self.kind == Kind.UNIONID:
            return UNIONID, self.value
        if self.kind == Kind.EXTERNAL_USERID:
            return f"wecom:{self.realm}", self.value
        return f"{self.kind}:{self.realm}" if self.realm else str(self.kind), self.value


def plain_phone(told: str) -> str:
    """Return a phone number in the one spelling that is kept: 11 digits, or + and the country.

    Raises:
        BadIdentifier: it is no mobile number of China and no number with its country.
    """
    bare = _COUNTRY.sub("", _SPACING.sub("", told))
    if _MOBILE.fullmatch(bare) or _FOREIGN.fullmatch(bare):
        return bare
    raise BadIdentifier("A phone is 11 digits, or + with the country and the number.")


def sole_realm(identifier: Identifier, corp_ids: Iterable[str]) -> Identifier:
    """Fill the corp in where there is only one, and none was told."""
    known = list(corp_ids)
    if identifier.kind == Kind.EXTERNAL_USERID and not identifier.realm and len(known) == 1:
        return Identifier(identifier.kind, identifier.value, known[0])
    return identifier


def _check(identifier: Identifier) -> None:
    kind, value, realm = identifier.kind, identifier.value, identifier.realm
    if not value or value != value.strip() or len(value) > MAX_VALUE_CHARACTERS:
        raise BadIdentifier(f"A value has 1 to {MAX_VALUE_CHARACTERS} characters, none around it.")
    if len(realm) > MAX_REALM_CHARACTERS:
        raise BadIdentifier(f"A realm has up to {MAX_REALM_CHARACTERS} characters.")
    if kind in WITH_REALM and not realm:
        raise BadIdentifier(f"The kind {kind} needs its realm.")
    if realm and kind not in REALM_MAY_BE:
        raise BadIdentifier(f"The kind {kind} has no realm.")
