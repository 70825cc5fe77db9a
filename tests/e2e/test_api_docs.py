"""The reference of the open API is a sound page, for people who have not signed in."""

import pytest

from scrm.api.v1.reference import sections
from tests.e2e.browser import OpenPage, check_page, expect

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _made_before():
    """The document is made once a process; on a busy machine that takes a while."""
    sections()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (400, True)])
def test_the_reference_is_sound(open_page: OpenPage, width: int, dark: bool):
    page = open_page("/api/v1/docs/", width=width, dark=dark)

    expect(page.get_by_role("heading", name="Record a batch of events")).to_be_visible()
    check_page(page)


def test_the_contents_lead_to_an_operation(open_page: OpenPage):
    page = open_page("/api/v1/docs/")

    page.get_by_text("events", exact=True).first.click()
    page.get_by_role("link", name="POST Record an event").click()

    expect(page.locator("#events_create")).to_be_in_viewport()
    page.locator("#events_create summary").first.click()
    expect(page.locator("#events_create details[open] table").first).to_be_visible()
