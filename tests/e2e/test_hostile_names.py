"""In a real browser, too, names run nothing: list, 360 page, dashboard, sidebar."""

import pytest
from playwright.sync_api import Dialog

from customers.models import Customer
from tests.authz.conftest import world
from tests.authz.world import World
from tests.e2e.browser import OpenPage, expect
from tests.hostile.conftest import crowd
from tests.hostile.names import BREAKOUTS, SCRIPTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
__all__ = ["crowd", "world"]
# The browser tells of violations and errors itself; this is what a name would have done.
HARM = "window.pwned !== undefined || document.querySelector('pwn') !== null"


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


def test_names_run_nothing_in_the_sidebar(open_page: OpenPage, crowd: World):
    page = open_page("/m/customers/", crowd.users["staff"], width=400)

    expect(page.get_by_text("<svg onload=window.pwned=1>").first).to_be_visible()

    assert page.evaluate(HARM) is False
