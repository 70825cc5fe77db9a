"""Whatever customers call themselves, pages, the sidebar and exports show it and nothing more."""

import pytest

from customers.models import Customer
from scrm.web.customer_export import export_now
from tests.authz.expectations import Kind, kind_of
from tests.authz.outcomes import ask
from tests.authz.routes import Route, routes
from tests.authz.tables import thing_of
from tests.authz.world import World
from tests.hostile.names import FORMULAS, NAMES, SCRIPTS
from tests.hostile.pages import problems_of
from tests.hostile.workbooks import cells_of, live_parts_of

PAGES = [
    route for route in routes() if kind_of(route) in {Kind.PAGE, Kind.OWN, Kind.API, Kind.PUBLIC}
]
FAULT = 500
METHOD = 405
UNAVAILABLE = 503
WITH_EVERYBODY = "/customers/"


def text_of(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode(errors="replace")


def is_html(response) -> bool:
    return response.get("Content-Type", "").startswith("text/html")


@pytest.mark.parametrize("route", PAGES, ids=[route.pattern or "/" for route in PAGES])
def test_a_page_shows_names_and_runs_nothing(crowd: World, route: Route):
    values = thing_of(route).make(crowd, "staff", True)
    for who in ("admin", "staff"):
        answered = ask(crowd.browsers[who], "GET", route, values)
        assert answered.status_code < FAULT or answered.status_code == UNAVAILABLE
        if is_html(answered):
            assert problems_of(text_of(answered)) == []


def test_every_customer_of_the_crowd_is_shown_whole(crowd: World):
    browser = crowd.browsers["admin"]
    for customer in Customer.objects.filter(name__in=NAMES):
        answered = browser.get(f"/customers/{customer.uid}/")
        assert answered.status_code == 200, customer.name
        assert problems_of(text_of(answered)) == [], customer.name


def test_every_name_is_found_by_itself(crowd: World):
    """What was typed into the search comes back in the page."""
    browser = crowd.browsers["admin"]
    for name in NAMES:
        answered = browser.get(WITH_EVERYBODY, {"q": name})
        assert answered.status_code == 200, name
        assert problems_of(text_of(answered)) == [], name


def test_the_sidebar_shows_every_customer(crowd: World):
    browser = crowd.browsers["staff"]
    follows = crowd.guides[True].follows.select_related("identity__customer")
    for follow in follows:
        answered = browser.get(f"/sidebar/f/{follow.pk}/")
        assert answered.status_code == 200, follow.remark
        assert problems_of(text_of(answered)) == [], follow.remark


def test_the_oracle_sees_what_it_is_to_see():
    for name in SCRIPTS[:7]:
        assert problems_of(f"<p>{name}</p>") != [], name
    assert problems_of('<a href="javascript:1">x</a><b onclick="x">') != []
    assert problems_of('<a hx-get="/logout/?q=1">x</a>') != []
    assert problems_of('<a hx-get="?q=%2Flogout%2F" hx-push-url="true">x</a>') == []
    assert problems_of('<p>&lt;script&gt;</p><script src="/a.js"></script>') == []


def test_the_list_really_shows_the_crowd(crowd: World):
    shown = text_of(crowd.browsers["admin"].get(WITH_EVERYBODY, {"q": "<svg"}))

    assert "&lt;svg onload=window.pwned=1&gt;" in shown


@pytest.mark.parametrize(
    "path",
    [
        "/customers/export/?everything=1",
        "/audit/export/",
        "/dashboard/people/export/?metric=added",
        "/codes/export/",
    ],
)
def test_an_export_holds_texts_only(crowd: World, path: str):
    browser = crowd.browsers["admin"]
    answered = browser.get(path)
    if answered.status_code == METHOD:
        url, query = path.split("?")
        answered = browser.post(url, dict([query.split("=")]))
    assert answered["Content-Type"].endswith("sheet"), answered.content[:200]

    assert live_parts_of(answered.content) == []


def test_formulas_are_in_the_export_as_they_were_typed(crowd: World):
    content = export_now(crowd.users["admin"], {"query": {}})

    assert live_parts_of(content) == []
    typed = {name.strip() for name in FORMULAS}
    assert typed <= {cell.strip() for cell in cells_of(content)}
