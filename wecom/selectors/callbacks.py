"""How callbacks come in (回调健康): the last ones, and adds whose welcome code was missing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common import sql
from wecom.models import App

ADD_KINDS: Final = (
    "change_external_contact.add_external_contact",
    "change_external_contact.add_half_external_contact",
)
RECENT: Final = timedelta(days=7)
# Fewer adds say nothing: some come without a code for good reasons.
ENOUGH_ADDS: Final = 5

# The newest rows of the table, read backwards: an app that receives stands near its end.
_LAST: Final = """
SELECT app.id,
       (SELECT received_at FROM wecom_callbackreceipt receipt
         WHERE receipt.app_id = app.id AND receipt.id > newest.id - 100000
         ORDER BY receipt.id DESC LIMIT 1),
       (SELECT received_at FROM wecom_callbackreceipt receipt
         WHERE receipt.app_id = app.id AND receipt.id > newest.id - 100000
           AND receipt.event_kind LIKE 'change\\_external%%'
         ORDER BY receipt.id DESC LIMIT 1)
  FROM wecom_app app
 CROSS JOIN (SELECT coalesce(max(id), 0) AS id FROM wecom_callbackreceipt) newest
 WHERE app.corp_id = %s
"""
_ADDS: Final = """
SELECT count(*), count(*) FILTER (WHERE welcome_state = 'none')
  FROM wecom_callbackreceipt
 WHERE corp_id = %(corp)s AND received_at >= %(since)s AND event_kind = ANY(%(kinds)s)
"""


@dataclass(frozen=True, slots=True)
class CallbackTimes:
    """When an app last received anything, and anything about customers."""

    any_at: datetime | None = None
    customer_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WelcomeCodes:
    """How many new friends of a week came, and how many without a welcome code (欢迎语凭证)."""

    add_count: int
    missing_count: int

    @property
    def is_suspicious(self) -> bool:
        """True when most came without: somebody set a welcome in WeCom's own console."""
        return self.add_count >= ENOUGH_ADDS and self.missing_count * 2 > self.add_count


def callback_times(corp_pk: int) -> dict[int, CallbackTimes]:
    """Return when each app of a corp last received callbacks, by app; one query."""
    return {
        app: CallbackTimes(any_at, customer_at)
        for app, any_at, customer_at in sql.fetch_all(_LAST, [corp_pk])
    }


def welcome_codes(corp_pk: int, *, now: datetime) -> WelcomeCodes:
    """Return how many adds of the last week brought no welcome code; one query.

    WeCom leaves the code out when its own console has a welcome for the member, when the two have
    talked before, and after a half add whose code was used: so only most of many is a sign.

    Source: wecom-api §10.
    """
    [(adds, missing)] = sql.fetch_all(
        _ADDS, {"corp": corp_pk, "since": now - RECENT, "kinds": list(ADD_KINDS)}
    )
    return WelcomeCodes(adds, missing)


def apps_of(corp_pk: int) -> list[App]:
    """Return the apps of a corp with their tokens' leases, the oldest first; two queries."""
    apps = App.objects.filter(corp_id=corp_pk).select_related("corp")
    return list(apps.prefetch_related("token_leases").order_by("id"))
