"""In a real browser, too, names run nothing: list, 360 page, dashboard, workbench."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog

from customers.models import Customer
from tests.authz.standing import stand_still
from tests.authz.world import World
from tests.e2e.browser import OpenPage, expect
from tests.hostile.crowd import make_crowd
from tests.hostile.names import BREAKOUTS, SCRIPTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# The browser tells of violations and errors itself; this is what a name would have done.
HARM = "window.pwned !== undefined || document.querySelector('pwn') !== null"

PAGES_OF_THE_WORKBENCH = 3


@pytest.fixture
def crowd(transactional_db, monkeypatch, settings, tmp_path) -> World:
    """A customer for each hostile name, where the live server sees them."""
    stand_still(monkeypatch, settings, tmp_path)
    return make_crowd()


def test_names_run_nothing(open_page: OpenPage, crowd: World):
    page = open_page("/customers/", crowd.users["admin"])
    dialogs: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    hostile = Customer.objects.filter(name__in=[*SCRIPTS[:8], *BREAKOUTS[:8]])
    paths = ["/customers/?size=200", "/dashboard/"]
    paths += [f"/customers/{customer.uid}/" for customer in hostile]

    for path in paths:
        page.goto(path)
        expect(page.locator("#main")).to_be_visible()
        assert page.evaluate(HARM) is False, path
    assert dialogs == []


def test_names_run_nothing_on_the_phone(open_page: OpenPage, crowd: World):
    page = open_page("/m/customers/", crowd.users["staff"], width=400)

    for number in range(1, PAGES_OF_THE_WORKBENCH + 1):
        page.goto(f"/m/customers/?page={number}")
        expect(page.get_by_text(f"{number} / {PAGES_OF_THE_WORKBENCH}")).to_be_visible()
        assert page.evaluate(HARM) is False, number
    page.goto(f"/m/customers/?q={quote('<svg onload')}")
    expect(page.get_by_text("<svg onload=window.pwned=1>").first).to_be_visible()
    assert page.evaluate(HARM) is False
