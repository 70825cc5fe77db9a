"""Who is reading (读者): WeCom's word, turned into an identity of ours."""

from dataclasses import dataclass
from datetime import datetime

from common.secrets import keyed_hash
from content.models import Visit
from customers.services.identities import resolve_identities, wecom_namespace


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader as far as known; `kind` is one of `Visit.Reader`."""

    kind: str = Visit.Reader.UNKNOWN.value
    identity_id: int | None = None
    openid_digest: str = ""


UNKNOWN = Reader()
MEMBER = Reader(kind=Visit.Reader.MEMBER.value)


def customer_reader(*, corp_id: str, external_userid: str, now: datetime) -> Reader:
    """Return the customer whom WeCom named (读者识别); one we never heard of gets a record.

    Args:
        corp_id: WeCom's id of the corp whose OAuth answered.
        external_userid: As `auth/getuserinfo` gave it, never from a query string.
        now: Business time.

    Source: wecom-api §4.2.
    """
    found = resolve_identities(
        namespace=wecom_namespace(corp_id), values=[external_userid], source="link", now=now
    )
    return Reader(kind=Visit.Reader.CUSTOMER.value, identity_id=found[external_userid].identity_id)


def stranger_reader(*, corp_id: str, openid: str) -> Reader:
    """Return somebody who is no customer: only a keyed hash of the openid is kept."""
    digest = keyed_hash(f"{corp_id}:{openid}", purpose="openid")
    return Reader(kind=Visit.Reader.STRANGER.value, openid_digest=digest)
