import pytest

from bench.databases import cursor_of
from bench.world import World
from tests.bench.conftest import CUSTOMERS


@pytest.fixture(scope="module")
def ask(site):
    with site.world(CUSTOMERS) as url, cursor_of(url) as cursor:

        def one(query):
            cursor.execute(query)
            rows = cursor.fetchall()
            return rows[0] if len(rows) == 1 else rows

        yield one


def test_it_has_ten_events_a_customer_each_with_its_key(ask):
    assert ask("SELECT count(*), count(DISTINCT key), min(id), max(id) FROM customers_event") == (
        CUSTOMERS * 10,
        CUSTOMERS * 10,
        1,
        CUSTOMERS * 10,
    )
    assert ask(
        """SELECT count(*) FROM customers_event JOIN customers_eventkey
             ON digest = encode(substr(sha256(key::bytea), 1, 16), 'hex')::uuid"""
    ) == (CUSTOMERS * 10,)


def test_nobody_acts_before_being_added(ask):
    assert ask(
        """SELECT count(*) FROM customers_event event
             JOIN customers_profile profile USING (customer_id)
            WHERE event.occurred_at < profile.first_added_at"""
    ) == (0,)


def test_every_reading_has_its_visit_by_the_same_customer(ask):
    assert ask(
        """SELECT count(*), count(*) FILTER (WHERE visit.identity_id = event.identity_id)
             FROM customers_event event
             JOIN content_visit visit ON visit.uuid = (payload->>'visit')::uuid"""
    ) == (CUSTOMERS * 6, CUSTOMERS * 6)


def test_profiles_are_what_the_folds_would_have_made(ask, site):
    counted = ask("SELECT sum(event_count), sum(open_count), count(*) FROM customers_profile")

    assert counted == (CUSTOMERS * 10, CUSTOMERS * 3, CUSTOMERS)


def test_the_next_row_gets_a_free_number(ask):
    assert ask("SELECT nextval('customers_event_id_seq')") == (CUSTOMERS * 10 + 1,)
    assert ask(
        """SELECT nextval(pg_get_serial_sequence('customers_customer', 'id'))
                  > (SELECT max(id) FROM customers_customer)"""
    ) == (True,)


def test_another_seed_or_size_is_another_world():
    names = {
        World(100).template,
        World(100, seed=2).template,
        World(200).template,
        World(100, staff=5).template,
    }

    assert len(names) == 4
