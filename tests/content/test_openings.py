"""Who opened what: customers reach the ledger, strangers and machines leave only a visit."""

from datetime import timedelta

import pytest

from content.models import Visit
from content.services.readers import MEMBER, UNKNOWN, Reader, stranger_reader
from content.services.visits import Beacon, apply_beacon, beacon_token, open_visit, prune_visits
from customers.models import Event, Identity
from tests.content.makers import (
    CORP_ID,
    NOON,
    WECHAT,
    after,
    make_customer,
    make_link,
    make_staff,
    opened,
    reader_of,
)

pytestmark = pytest.mark.django_db


def test_a_customers_opening_is_one_event_with_the_sender():
    staff = make_staff()
    link = make_link(staff_id=staff.pk, batch="welcome")
    identity = make_customer()

    visit = opened(link, identity)

    event = Event.objects.get()
    assert (event.type, event.identity_id, event.staff_id) == ("link_opened", identity.pk, staff.pk)
    assert (event.occurred_at, event.source) == (NOON, "link")
    assert event.payload == {
        "link_code": link.code,
        "material_id": link.material_id,
        "title": "7 天换粮表",
        "purpose": "knowledge",
        "visit": str(visit.uuid),
        "is_high_intent": False,
    }


@pytest.mark.parametrize("reader", [UNKNOWN, MEMBER, stranger_reader(corp_id="ww1", openid="oA")])
def test_whoever_is_no_customer_leaves_a_visit_and_no_event(reader: Reader):
    visit = open_visit(link=make_link(), reader=reader, user_agent=WECHAT, now=NOON)
    apply_beacon(
        code=visit.link.code,
        token=beacon_token(visit),
        beacon=Beacon(seq=1, active_seconds=40, depth_percent=100),
        now=after(40),
    )

    stored = Visit.objects.get()
    assert (stored.reader, stored.total_seconds) == (reader.kind, 40)
    assert stored.completed_at == after(40)
    assert not Event.objects.exists()


def test_a_strangers_openid_is_kept_only_as_a_keyed_hash():
    reader = stranger_reader(corp_id=CORP_ID, openid="oSECRET")
    visit = open_visit(link=make_link(), reader=reader, user_agent=WECHAT, now=NOON)

    assert len(visit.openid_digest) == 64
    assert visit.openid_digest == stranger_reader(corp_id=CORP_ID, openid="oSECRET").openid_digest
    assert visit.openid_digest != stranger_reader(corp_id="ww2", openid="oSECRET").openid_digest


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "WhatsApp/2.23",
        "facebookexternalhit/1.1",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider)",
    ],
)
def test_a_machine_is_suspect_and_makes_no_event(user_agent: str):
    visit = open_visit(link=make_link(), reader=UNKNOWN, user_agent=user_agent, now=NOON)

    assert (visit.is_suspect, visit.agent_family) == (True, "bot")
    assert not Event.objects.exists()


def test_a_customer_whom_wecom_named_is_a_person_whatever_the_program():
    reader = reader_of(make_customer())

    visit = open_visit(link=make_link(), reader=reader, user_agent="curl/8", now=NOON)

    assert not visit.is_suspect
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (WECHAT, "wechat"),
        (WECHAT + " wxwork/4.1", "wecom"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36", "chrome"),
        ("Mozilla/5.0 (Macintosh) Version/17.4 Safari/605.1.15", "safari"),
        ("something new", "other"),
    ],
)
def test_the_program_is_sorted_into_a_family(user_agent: str, family: str):
    visit = open_visit(link=make_link(), reader=UNKNOWN, user_agent=user_agent, now=NOON)

    assert (visit.agent_family, visit.is_suspect) == (family, False)


def test_a_customer_we_never_heard_of_gets_a_record():
    identity = make_customer("wmNEVERSEEN")

    assert Identity.objects.get().pk == identity.pk
    assert (identity.namespace, identity.source) == (f"wecom:{CORP_ID}", "link")


def test_old_visits_of_nobody_go_and_those_of_customers_stay_two_years():
    link, identity = make_link(), make_customer()
    for reader in (UNKNOWN, reader_of(identity)):
        for days in (89, 91, 729, 731):
            open_visit(link=link, reader=reader, user_agent=WECHAT, now=NOON - timedelta(days=days))

    assert prune_visits(now=NOON) == 4
    left = Visit.objects.order_by("reader", "-opened_at").values_list("reader", "opened_at")
    assert [(reader, (NOON - opened_at).days) for reader, opened_at in left] == [
        ("customer", 89),
        ("customer", 91),
        ("customer", 729),
        ("unknown", 89),
    ]
    assert Event.objects.filter(type="link_opened").count() == 4
