"""Take the pictures: `python -m tests.screenshots [--into FOLDER] [name ...]`.

The demo must be up (`make run`); its address comes from PORT.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from django.template.loader import render_to_string
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from scrm.demo.sign_ins import DEMO_PASSWORD
from tests.e2e.browser import ARGUMENTS, chromium
from tests.screenshots.pages import PICTURES, Picture
from tests.screenshots.world import look

BASE: Final = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
INTO: Final = Path("docs/screenshots")
QUALITY: Final = 76
LOWEST: Final = 860
TALLEST: Final = {1440: 1600, 400: 1600}
# Fields of dates and times speak the language of the browser, and this one may know English only:
# they are shown as a Chinese one shows them.
SHOW_DATES: Final = """for (const field of document.querySelectorAll("[type=date], [type=time]")) {
  const said = field.value.replaceAll("-", "/") || (field.type === "date" ? "年/月/日" : "--:--");
  const width = `${field.getBoundingClientRect().width}px`;
  field.type = "text";
  Object.assign(field.style, { width, flex: `0 0 ${width}` });
  field.value = said;
}"""
SETTLE_MS: Final = 500
CLICK_MS: Final = 8_000


def main() -> int:
    """Take what was asked for; the exit status says whether every page was there."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, default=INTO)
    arguments.add_argument("--theme", choices=("light", "dark"), help="only this one")
    arguments.add_argument("names", nargs="*", help="of the pictures; a name with * for several")
    options = arguments.parse_args()
    chosen = [one for one in PICTURES if not options.names or _is_meant(one, options.names)]
    options.into.mkdir(parents=True, exist_ok=True)
    studio = Studio(options.into, asdict(look()))
    themes = [options.theme] if options.theme else ["light", "dark"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        missed = [name for theme in themes for name in studio.take(browser, chosen, theme)]
        browser.close()
    for name in missed:
        sys.stderr.write(f"{name} was not there\n")
    return 1 if missed else 0


def _is_meant(picture: Picture, names: list[str]) -> bool:
    return any(fnmatch(picture.name, name) for name in names)


class Studio:
    """Takes pictures, person by person."""

    def __init__(self, into: Path, places: dict[str, object]) -> None:
        self._into = into
        self._places = places

    def take(self, browser: Browser, pictures: Iterable[Picture], theme: str) -> Iterable[str]:
        """Take pictures in one theme; returns those whose page was missing."""
        windows: dict[tuple[str | None, int], Page] = {}
        for picture in pictures:
            for width in picture.widths:
                key = (picture.user, width)
                if key not in windows:
                    windows[key] = _window(browser, picture.user, width, theme)
                suffix = "-dark" if theme == "dark" else ""
                path = self._into / f"{picture.name}-{width}{suffix}.webp"
                try:
                    is_there = self._take_one(windows[key], picture, path, width)
                except BrowserError:
                    is_there = False
                if not is_there:
                    yield picture.name
        for page in windows.values():
            page.context.close()

    def _take_one(self, page: Page, picture: Picture, path: Path, width: int) -> bool:
        page.set_viewport_size({"width": width, "height": LOWEST})
        status = self._go(page, picture)
        for selector in picture.click:
            target = page.locator(selector.format(**self._places)).locator("visible=true")
            target.first.click(timeout=CLICK_MS)
            page.wait_for_timeout(SETTLE_MS)
        for key in picture.press:
            page.keyboard.press(key)
        page.wait_for_timeout(SETTLE_MS)
        if not page.locator("dialog[open], :popover-open").count():
            page.set_viewport_size({"width": width, "height": _height(page, width)})
            page.wait_for_timeout(SETTLE_MS)
        page.evaluate(SHOW_DATES)
        image = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
        image.save(path, "WEBP", quality=QUALITY, method=6)
        return status == picture.status

    def _go(self, page: Page, picture: Picture) -> int:
        """Open the page; returns how the server answered, 0 when there was no way to it."""
        path = picture.path.format(**self._places)
        if picture.template:
            # In development Django tells about errors itself; people see these.
            body = render_to_string(picture.template)
            page.route(f"**{path}", lambda route: route.fulfill(status=picture.status, body=body))
        answer = page.goto(path)
        for selector in picture.follow:
            link = page.locator(selector).first
            link.wait_for(state="attached", timeout=CLICK_MS)
            answer = page.goto(link.get_attribute("href") or "")
        return answer.status if answer else 0


def _window(browser: Browser, user: str | None, width: int, theme: str) -> Page:
    context: BrowserContext = browser.new_context(
        base_url=BASE,
        viewport={"width": width, "height": LOWEST},
        color_scheme="dark" if theme == "dark" else "light",
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


def _height(page: Page, width: int) -> int:
    """Return the height of the page, neither lower than a window nor taller than a picture."""
    needed: int = page.evaluate("document.documentElement.scrollHeight")
    return min(max(needed, LOWEST), TALLEST[width])


if __name__ == "__main__":
    raise SystemExit(main())
