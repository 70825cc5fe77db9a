"""One app whose keys are broken does not silence the others."""

import logging

import pytest
from django.db import connection

from common import sql
from tests.wecom.keys import CORP_ID, KEYS, add_event_xml, sealed
from wecom import keys
from wecom.errors import CallbackRefused
from wecom.models import App, CallbackReceipt, Corp
from wecom.services.receipts import receive_callback

pytestmark = pytest.mark.usefixtures("app", "rung")
OTHER = "ww9999999999999999"


@pytest.fixture
def other(corp) -> App:
    """An app of another company, sound at first."""
    return App.objects.create(
        corp=Corp.objects.create(corp_id=OTHER, name="另一家"),
        slug="scrm",
        secret="other-secret",
        callback_token="otherToken01",
        aes_key="0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    )


def _spoil(app, column):
    """Write what does not decrypt over one secret, without the ORM."""
    quoted = connection.ops.quote_name(column)
    sql.execute(f"UPDATE wecom_app SET {quoted} = %s WHERE id = %s", [b"plainToken01", app.pk])  # noqa: S608 - a column of ours


def _is_heard(now):
    query, body = sealed(add_event_xml(), keys=KEYS)
    return receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=now)


@pytest.mark.parametrize("aes_key", ["too-short", "!" * 43, "钥" * 43])
def test_a_mistyped_key_breaks_its_own_app_only(other, now, caplog, aes_key):
    App.objects.filter(pk=other.pk).update(aes_key=aes_key)
    with caplog.at_level(logging.ERROR):
        assert _is_heard(now).receipt_id == CallbackReceipt.objects.get().pk
    with pytest.raises(CallbackRefused):
        keys.ring.receiver(OTHER, "scrm")
    record = caplog.records[0]
    assert (record.message, record.app, record.corp) == ("callback_keys_broken", "scrm", OTHER)
    assert aes_key not in str(vars(record))


@pytest.mark.parametrize("column", ["callback_token", "aes_key"])
def test_an_unreadable_secret_breaks_its_own_app_only(other, now, caplog, column):
    _spoil(other, column)
    with caplog.at_level(logging.ERROR):
        assert _is_heard(now).receipt_id is not None
    with pytest.raises(CallbackRefused):
        keys.ring.receiver(OTHER, "scrm")
    assert caplog.records[0].reason == "a callback secret does not decrypt"
    assert "plainToken01" not in str(vars(caplog.records[0]))


def test_callbacks_need_the_callback_secrets_only(app, now):
    _spoil(app, "secret")
    assert _is_heard(now).receipt_id is not None


def test_all_keys_are_read_in_one_query(other, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert keys.ring.warm_up() == 2
