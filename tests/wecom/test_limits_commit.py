"""Taking a token waits for no disk, and leaves every other commit durable."""

import pytest
from django.db import connection, transaction

from common import sql
from tests.wecom.conftest import NOW
from wecom import limits

pytestmark = pytest.mark.django_db(transaction=True)
API = "user/get"
_WATCH = """
CREATE FUNCTION test_tell_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE NOTICE 'commit=%', current_setting('synchronous_commit'); RETURN NULL; END $$;
CREATE TRIGGER test_tell_commit AFTER INSERT OR UPDATE ON wecom_apibucket
   FOR EACH ROW EXECUTE FUNCTION test_tell_commit();
"""


@pytest.fixture
def commits(corp):
    """How each writing of a bucket is going to be committed, on a durable connection."""
    sql.execute(_WATCH)
    sql.execute("SET synchronous_commit = on")
    notices = connection.connection.notices
    notices.clear()
    try:
        yield lambda: [
            line.partition("commit=")[2].strip() for line in notices if "commit=" in line
        ]
    finally:
        sql.execute("RESET synchronous_commit")
        sql.execute("DROP FUNCTION test_tell_commit CASCADE")


def _take(corp):
    limits.take(corp_pk=corp.pk, api=API, now=NOW)


def test_the_buckets_own_transaction_waits_for_no_fsync(corp, commits):
    _take(corp)
    _take(corp)
    assert commits() == ["off", "off"]
    assert sql.fetch_value("SHOW synchronous_commit") == "on"


def test_a_transaction_around_it_stays_durable(corp, commits):
    with transaction.atomic():
        _take(corp)
        assert sql.fetch_value("SHOW synchronous_commit") == "on"
    assert commits() == ["on"]
