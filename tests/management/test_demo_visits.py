"""What the imported past says of readings can be read as visits."""

import pytest

from content.models import Visit
from content.selectors.catalog import MaterialFigures, figures_of_materials
from customers.events import LinkCompleted, LinkDwelled, LinkOpened
from customers.services.identities import Resolved
from customers.services.ledger import record_events
from scrm.demo.visits import remember_visits
from tests.content.makers import NOON, after, make_article, make_corp, make_staff
from tests.makers import make_event, make_person, make_user

pytestmark = pytest.mark.django_db


def told(payload, person: Resolved, staff, seconds: float):
    event = make_event(person, payload, occurred_at=after(seconds), staff=staff)
    return type(event)(
        **{name: getattr(event, name) for name in event.__slots__} | {"source": "import"}
    )


def test_each_imported_opening_becomes_a_visit_once():
    article, staff, person = make_article(), make_staff(), make_person()
    subject = ("", article.pk, article.title, "knowledge", "v-1")
    record_events(
        [
            told(LinkOpened(*subject), person, staff, 0),
            told(LinkDwelled(*subject, 40, 40, 95), person, staff, 40),
            told(LinkCompleted(*subject, 40), person, staff, 40),
            told(LinkOpened(*subject[:4], "v-2"), person, staff, 90),
        ],
        now=after(100),
    )

    assert remember_visits(make_corp(), now=after(200)) == 2
    assert remember_visits(make_corp(), now=after(200)) == 0

    figures = figures_of_materials([article], viewer=make_user(), since=NOON)
    assert figures[article.pk] == MaterialFigures(2, 20.0, 1, 1)
    first = Visit.objects.order_by("opened_at")[0]
    assert (first.total_seconds, first.recorded_seconds, first.max_depth_percent) == (40, 40, 95)
    assert (first.completed_at, first.link.staff, first.link.batch) == (
        after(40),
        staff,
        "history",
    )
