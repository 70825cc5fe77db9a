"""A reading is on the screens of five sidebars; with `-s` it prints how soon."""

import sys
import time

import pytest

from tests.e2e.browser import expect
from tests.e2e.chat import make_chat, open_link_of, read
from tests.e2e.phone import Phones

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS = 5
READS = 12
ROUNDS = 3
# Notes when each line appears, by the wall clock that this process reads too.
NOTE = """() => {
  window.seenAt = {};
  new MutationObserver((changes) => {
    const now = performance.timeOrigin + performance.now();
    for (const change of changes) for (const node of change.addedNodes) {
      if (node.dataset && node.dataset.key) window.seenAt[node.dataset.key] = now / 1000;
    }
  }).observe(document.getElementById("timeline"), { childList: true });
}"""


def test_from_the_commit_to_the_line_on_five_screens(phones: Phones):
    chat = make_chat()
    link = open_link_of(chat)
    pages = [phones.open("/sidebar/", chat.user, **chat.single) for _ in range(CLIENTS)]
    for page in pages:
        expect(page.get_by_role("heading", name="小林")).to_be_visible()
        page.evaluate(NOTE)
    pages[0].wait_for_timeout(1_000)

    found = [p95_of_a_round(chat, link, pages) for _ in range(ROUNDS)]

    told = " ".join(f"{seconds * 1_000:.1f}" for seconds in found)
    sys.stdout.write(f"p95 of the rounds, in ms: {told}\n")
    assert len(found) == ROUNDS


def p95_of_a_round(chat, link, pages) -> float:
    committed = {}
    for _ in range(READS):
        key = read(chat, link)
        committed[key] = time.time()
        pages[0].wait_for_timeout(80)
    times = []
    for page in pages:
        page.wait_for_function(
            "keys => keys.every((key) => key in window.seenAt)", arg=[*committed]
        )
        seen = page.evaluate("window.seenAt")
        times += [seen[key] - at for key, at in committed.items()]
    assert len(times) == CLIENTS * READS
    return sorted(times)[int(len(times) * 0.95)]
