"""The page at `/` and what it fetches: regions, static files, media, links opened as somebody."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.actions import find_or_make_customer, open_link
from sandbox.control.base import read_body
from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.pages.messages import is_web
from sandbox.pages.qr import picture
from sandbox.pages.shell import REGIONS, digest, page
from sandbox.pages.view import Selection, View
from sandbox.simulator import Simulator

STATIC = Path(__file__).parent / "static"
IDENTITY_COOKIE = "sandbox_as"
"""Who opened the last link: the OAuth stand-in may take it instead of asking."""

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Pages:
    """The pages of one simulator."""

    def __init__(self, sim: Simulator) -> None:
        """Serve `sim`."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.index),
            Route("/_pages/regions", self.regions),
            Route("/_pages/customers", self.new_customer, methods=["POST"]),
            Route("/_pages/open", self.open),
            Route("/_pages/media/{media_id}", self.media),
            Route("/_pages/static/{name}", self.static),
            Route("/wwpic/{name}/0", self.picture),
        ]

    def _view(self, request: Request) -> View:
        return View.of(self.sim, Selection.parse(request.query_params))

    async def index(self, request: Request) -> Response:
        """The whole page."""
        return HTMLResponse(page(self._view(request)), headers=_HEADERS)

    async def regions(self, request: Request) -> Response:
        """The regions whose content is not the one that `have` (name:digest,…) names."""
        view = self._view(request)
        have = dict(
            pair.split(":", 1)
            for pair in request.query_params.get("have", "").split(",")
            if ":" in pair
        )
        changed: JSONDict = {}
        for name, render in REGIONS.items():
            content = render(view)
            known = digest(content)
            if have.get(name) != known:
                changed[name] = {"hash": known, "html": str(content)}
        return JSONResponse(changed, headers=_HEADERS)

    async def new_customer(self, request: Request) -> Response:
        """A new person with a nickname, a friend of nobody yet."""
        try:
            name = str((await read_body(request)).get("name", "")).strip()[:32]
        except ActionError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        if not name:
            return JSONResponse({"error": "请填写昵称"}, status_code=400)
        handle = f"p-{self.sim.world.count('person'):04d}"
        person = find_or_make_customer(self.sim, self.sim.world.corp(), handle, name)
        return JSONResponse({"external_userid": person.external_userid})

    async def open(self, request: Request) -> Response:
        """Open a link as a customer or member."""
        person, url = request.query_params.get("as", ""), request.query_params.get("url", "")
        corp = self.sim.world.corp()
        if not is_web(url) or not (person in corp.customers or person in corp.members):
            return HTMLResponse("<p>无法打开这个链接</p>", 400, headers=_HEADERS)
        if person in corp.customers:
            open_link(self.sim, corp, customer=person, url=url)
        answer = RedirectResponse(_as_person(url, person), 302, headers=_HEADERS)
        answer.set_cookie(IDENTITY_COOKIE, person, httponly=True, samesite="lax")
        return answer

    async def media(self, request: Request) -> Response:
        """A picture that somebody uploaded; other files are not shown."""
        media = self.sim.world.corp().media.get(request.path_params["media_id"])
        if media is None or media.content_type not in _PICTURES:
            return Response(status_code=404, headers=_HEADERS)
        return Response(media.content, media_type=media.content_type, headers=_HEADERS)

    async def picture(self, request: Request) -> Response:
        """A picture at the address that WeCom's API gave."""
        return picture(self.sim, request)

    async def static(self, request: Request) -> Response:
        """A file of this package."""
        file = STATIC / Path(request.path_params["name"]).name
        kind = _TYPES.get(file.suffix)
        if kind is None or not file.is_file():
            return Response(status_code=404, headers=_HEADERS)
        headers = {**_HEADERS, "Cache-Control": "no-cache"}
        return Response(file.read_bytes(), media_type=kind, headers=headers)


def _as_person(url: str, person: str) -> str:
    """Let a login address of WeCom know who opens it."""
    parts = urlsplit(url)
    if not parts.path.startswith(("/connect/oauth2/", "/wwlogin/")):
        return url
    words = [*parse_qsl(parts.query, keep_blank_values=True), ("as", person)]
    return urlunsplit(parts._replace(query=urlencode(words)))
