"""A browser that watches: policy violations, errors and requests to outside are remembered."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.architecture.sources import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Tells the console of every violation: the console is what we listen to.
WATCH = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(["CSP", event.effectiveDirective, event.blockedURI, event.sourceFile].join(" ")))"""
# People act on a page that is there: until it has loaded, nothing of it can be seen or clicked.
PATIENT = """{
  const hide = () => {
    if (!document.documentElement || document.readyState === "complete") return false;
    document.documentElement.style.visibility = "hidden";
    return true;
  };
  if (!hide()) new MutationObserver((_, seen) => { if (hide()) seen.disconnect(); })
    .observe(document, {childList: true});
  // What a page puts into focus while it cannot be seen gets it then.
  const focus = HTMLElement.prototype.focus;
  let last = () => {};
  HTMLElement.prototype.focus = function (...options) {
    last = () => focus.apply(this, options);
    last();
  };
  addEventListener("load", () => {
    document.documentElement.style.removeProperty("visibility");
    last();
    HTMLElement.prototype.focus = focus;
  });
}"""
# Milliseconds; a busy machine is slow, not wrong.
TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
AUDIT = "async (options) => (await axe.run(document, options)).violations"
# Nothing is asked for, swapped in or moving any more.
SETTLED = """() => !document.querySelector(
  ".htmx-request, .htmx-swapping, .htmx-settling, button[aria-busy='true']")
  && document.getAnimations().every((one) => one.playState !== "running"
    || one.effect.getComputedTiming().iterations === Infinity)"""
# A page answered with one of these is told as a console error too; a test may expect it.
EXPECTED = tuple(f"status of {code}" for code in (400, 403, 404, 409, 422))


def chromium() -> str | None:
    """Return the Chromium of this machine."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def launch(playwright: Playwright) -> Browser:
    """Start Chromium, or skip the test and say why."""
    path = chromium()
    if path is None:
        pytest.skip("no chromium on PATH: browser tests are not run")
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


class Watch:
    """What went wrong in the pages of one test."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def follow(self, context: BrowserContext, *own: str) -> None:
        """Watch every page of a context; `own` are the addresses that are not outside."""
        context.add_init_script(WATCH)
        context.add_init_script(PATIENT)
        context.on("page", lambda page: self._follow_page(page, own))

    def _follow_page(self, page: Page, own: tuple[str, ...]) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(f"error {error}"))
        page.on("request", lambda request: self._leave(request.url, own))

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(text in message.text for text in EXPECTED):
            self.problems.append(f"console {message.text}")

    def _leave(self, url: str, own: tuple[str, ...]) -> None:
        if not url.startswith((*own, "data:", "blob:")):
            self.problems.append(f"outside {url}")


def findings(page: Page, rules: Mapping[str, Any] = RULES) -> list[str]:
    """Run axe-core and return its A and AA findings.

    The driver puts axe into the page, so the page's own policy stays as strict as it is.
    """
    if not AXE.is_file():
        pytest.fail("axe-core is missing: run `make setup-dev`")
    if not page.evaluate("window.axe !== undefined"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(AUDIT, {"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{rule['id']} {node['target']} {node['failureSummary']} {node['html'][:120]}"
        for rule in found
        for node in rule["nodes"]
    ]


def settle(page: Page) -> None:
    """Wait until the page is whole: loaded, all asked for is there, nothing is moving."""
    page.wait_for_load_state("load")
    page.wait_for_function(SETTLED)


def check_page(page: Page) -> None:
    """Assert that the page as it is now has no accessibility finding and no sideways scroll."""
    settle(page)
    found = findings(page)
    assert found == [], "\n".join(found)
    _check_width(page)


def check_everywhere(page: Page, widths: Sequence[int] = (1440, 400)) -> None:
    """Check the page as it is in each width, light and dark.

    All rules are asked once a width, in the light; the dark changes nothing but colors.
    """
    size = page.viewport_size
    assert size is not None
    for width in widths:
        page.set_viewport_size({"width": width, "height": size["height"]})
        page.emulate_media(color_scheme="light")
        check_page(page)
        page.emulate_media(color_scheme="dark")
        settle(page)
        found = findings(page, CONTRAST)
        assert found == [], "\n".join(["in the dark", *found])
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")


def _check_width(page: Page) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    needed = page.evaluate("document.documentElement.scrollWidth")
    assert needed <= width, f"{page.url} is {needed} px wide in a window of {width} px"


def take_picture(page: Page, name: str, folder: Path) -> Path:
    """Write a screenshot of the whole page."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    return path


OpenPage = Callable[..., Page]
__all__ = [
    "OpenPage",
    "Page",
    "Watch",
    "check_everywhere",
    "check_page",
    "expect",
    "findings",
    "launch",
    "settle",
    "take_picture",
]
