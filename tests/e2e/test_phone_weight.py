"""The sidebar is light on a phone: what a cold browser receives until the card is there."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from common import clock
from scrm.sidebar import entry
from tests.e2e.chat import CONTACT, make_chat
from tests.e2e.test_weight import KILOBYTE, open_cold, production, production_settings
from wecom.tokens import Token

__all__ = ["production", "production_settings"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# A client that says yes to everything.
BRIDGE = f"""window.WeixinJSBridge = {{ on() {{}}, invoke(name, params, done) {{
  done({{ err_msg: `${{name}}:ok`, entry: "single_chat_tools", userId: "{CONTACT}" }});
}} }};"""
AGENT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/107.0 wxwork/4.1.36"


@pytest.mark.parametrize("path", ["/sidebar/", "/m/"])
def test_a_page_on_a_phone_is_light(
    chrome: Browser,
    production: str,
    settings,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
):
    settings.PUBLIC_URL = production
    token = Token("TICKET", 1, clock.now() + timedelta(hours=2))
    monkeypatch.setattr(entry, "_TICKETS", {"corp": lambda _: token, "agent": lambda _: token})
    context = chrome.new_context(base_url=production, user_agent=AGENT)
    context.add_init_script(BRIDGE)
    page, received = open_cold(context, production, make_chat().user)

    page.goto(path)
    page.wait_for_selector(".task")
    page.wait_for_timeout(500)
    context.close()

    assert 5 * KILOBYTE < sum(received) <= 60 * KILOBYTE
