"""Prepared statements: planned once a connection, whatever becomes of connections."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from common import sql

pytestmark = pytest.mark.django_db(transaction=True)
_NAMES = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'scrm_%%' ORDER BY 1"


@pytest.fixture(autouse=True)
def fresh() -> None:
    connection.close()


def prepared_here() -> list[str]:
    return [name for (name,) in sql.fetch_all(_NAMES)]


def test_values_go_to_their_places():
    by_name = sql.Prepared("SELECT %(a)s::int + %(b)s::int, %(a)s::int %% 2, 'a%%'")
    by_place = sql.Prepared("SELECT %s::text || %s::text")

    assert sql.fetch_all(by_name, {"b": 5, "a": 3, "unused": 0}) == [(8, 1, "a%")]
    assert sql.fetch_value(by_place, ["x", "y"]) == "xy"


def test_rows_lists_and_moments_come_through():
    moment = datetime(2026, 11, 27, tzinfo=UTC)
    query = sql.Prepared(
        "SELECT id, %s::timestamptz AS at FROM unnest(%s::bigint[]) AS wanted (id) ORDER BY id"
    )

    assert sql.fetch_dicts(query, [moment, [2, 1]]) == [
        {"id": 1, "at": moment},
        {"id": 2, "at": moment},
    ]
    assert sql.fetch_all(query, [moment, []]) == []


def test_a_statement_is_prepared_once_a_connection():
    query = sql.Prepared("SELECT 1")

    assert [sql.fetch_value(query) for _ in range(3)] == [1, 1, 1]
    assert prepared_here() == [query.name]
    connection.close()
    assert sql.fetch_value(query) == 1
    assert prepared_here() == [query.name]


def test_each_thread_prepares_for_itself():
    query = sql.Prepared("SELECT 2")
    found: list[object] = []

    def work() -> None:
        found.append(sql.fetch_value(query))
        connection.close()

    sql.fetch_value(query)
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2]
    assert sql.fetch_value(query) == 2


def test_a_transaction_that_is_rolled_back_leaves_it_prepared():
    query = sql.Prepared("SELECT 1 / %s::int")

    with pytest.raises(DatabaseError), transaction.atomic():
        sql.fetch_value(query, [0])

    assert sql.fetch_value(query, [1]) == 1


def test_how_many_rows_were_touched_is_known():
    sql.execute("CREATE TEMPORARY TABLE few AS SELECT generate_series(1, 5) AS id")
    query = sql.Prepared("DELETE FROM few WHERE id > %s::int")

    assert sql.execute(query, [3]) == 2
    connection.close()
