"""Take the pictures: `python -m tests.screenshots [--into FOLDER] [name ...]`.

The demo must be up (`make run`); its address comes from PORT.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scrm.demo.sign_ins import DEMO_PASSWORD
from tests.e2e.browser import ARGUMENTS, chromium
from tests.screenshots.pages import PICTURES, Picture

BASE: Final = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
INTO: Final = Path("docs/screenshots")
QUALITY: Final = 82
LOWEST: Final = 860
TALLEST: Final = {1440: 1500, 400: 1500}
SETTLE_MS: Final = 700


def main() -> int:
    """Take what was asked for; the exit status says whether every page was there."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, default=INTO)
    arguments.add_argument("names", nargs="*")
    options = arguments.parse_args()
    chosen = [one for one in PICTURES if not options.names or one.name in options.names]
    options.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        missed = list(_take(browser, chosen, options.into))
        browser.close()
    for name in missed:
        sys.stderr.write(f"{name} was not there\n")
    return 1 if missed else 0


def _take(browser: Browser, pictures: Iterable[Picture], into: Path) -> Iterable[str]:
    """Take pictures, person by person, in light and dark; returns the pages that were missing."""
    for dark in (False, True):
        windows: dict[tuple[str | None, int], Page] = {}
        for picture in pictures:
            for width in picture.widths:
                key = (picture.user, width)
                if key not in windows:
                    windows[key] = _window(browser, picture.user, width, dark=dark)
                if not _take_one(windows[key], picture, into, width, dark=dark):
                    yield picture.name
        for page in windows.values():
            page.context.close()


def _window(browser: Browser, user: str | None, width: int, *, dark: bool) -> Page:
    context: BrowserContext = browser.new_context(
        base_url=BASE,
        viewport={"width": width, "height": LOWEST},
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = context.new_page()
    if user is not None:
        page.goto("/login/")
        page.fill("[name=username]", user)
        page.fill("[name=password]", DEMO_PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
    return page


def _take_one(page: Page, picture: Picture, into: Path, width: int, *, dark: bool) -> bool:
    response = page.goto(picture.path)
    if picture.follow:
        link = page.locator(picture.follow).first
        if not link.count():
            return False
        response = page.goto(link.get_attribute("href") or "")
    for key in picture.press:
        page.keyboard.press(key)
    page.wait_for_timeout(SETTLE_MS)
    name = f"{picture.name}-{width}{'-dark' if dark else ''}.webp"
    page.set_viewport_size({"width": width, "height": _height(page, width)})
    page.wait_for_timeout(SETTLE_MS)
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    image.save(into / name, "WEBP", quality=QUALITY, method=6)
    return response is not None and response.status == HTTPStatus.OK


def _height(page: Page, width: int) -> int:
    """Return the height of the page, neither lower than a window nor taller than a picture."""
    page.set_viewport_size({"width": width, "height": LOWEST})
    needed: int = page.evaluate("document.documentElement.scrollHeight")
    return min(max(needed, LOWEST), TALLEST[width])


if __name__ == "__main__":
    raise SystemExit(main())
