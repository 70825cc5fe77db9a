"""The cookie of a reader: who they are."""

from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponse

from content.models import Visit
from content.selectors.readers import reader_exists
from content.services.readers import Reader
from scrm.web.cookies import PREFIX, set_cookie

# How long WeCom's answer is believed: a stranger may become a customer any minute.
_LIFETIMES: Final = {
    Visit.Reader.CUSTOMER.value: timedelta(days=30),
    Visit.Reader.MEMBER.value: timedelta(days=1),
    Visit.Reader.STRANGER.value: timedelta(minutes=30),
    Visit.Reader.UNKNOWN.value: timedelta(minutes=10),
}
_LONGEST: Final = max(_LIFETIMES.values())
_SALT: Final = "public.reader"
READER_COOKIE: Final = f"{PREFIX}reader"


def known_reader(request: HttpRequest, *, corp_pk: int) -> Reader | None:
    """Return who this browser belongs to as WeCom told us, or None: unknown, too old, forged."""
    try:
        value = signing.loads(request.COOKIES.get(READER_COOKIE, ""), salt=_SALT, max_age=_LONGEST)
    except signing.BadSignature:
        return None
    if value["corp"] != corp_pk:
        return None
    reader = Reader(
        kind=value["kind"], identity_id=value["identity"], openid_digest=value["openid"]
    )
    return reader if reader_exists(reader.identity_id) else None


def remember_reader(response: HttpResponse, reader: Reader, *, corp_pk: int) -> None:
    """Keep WeCom's answer in a signed cookie that scripts cannot read."""
    value: dict[str, Any] = {
        "corp": corp_pk,
        "kind": reader.kind,
        "identity": reader.identity_id,
        "openid": reader.openid_digest,
    }
    set_cookie(response, READER_COOKIE, signing.dumps(value, salt=_SALT), _LIFETIMES[reader.kind])
