"""One ASGI root: `/live/…` to the event streams, all else to Django's WSGI application.

Django runs on a fixed pool of threads that live as long as the process and keep one database
connection each; Django's own ASGI handler would open a connection a request, which a callback burst
cannot afford. Streams are kept by the event loop: five hundred of them hold no connection.
"""

from typing import Final

from django.conf import settings

from scrm.wsgi import application as wsgi_application

# The import above sets Django up for those below.
# isort: split
from scrm.live.app import LiveApp
from scrm.public.beacon_lane import BeaconLane
from scrm.web.alive import beat_in_background
from scrm.web.asgi import Receive, Scope, Send
from scrm.web.bridge import Bridge

_pages: Final = Bridge(
    wsgi_application,  # type: ignore[arg-type] # Django says `dict` where WSGI says `Environ`
    workers=settings.WEB_THREADS,
)
_beacons_and_pages: Final = BeaconLane(_pages)
_live: Final = LiveApp()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the event streams or with Django."""
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await _live(scope, receive, send)
    else:
        await _beacons_and_pages(scope, receive, send)


beat_in_background()
