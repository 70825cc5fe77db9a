"""One ASGI root: Django's WSGI application on a fixed pool of threads.

A pool of threads that live as long as the process keeps one database connection each; Django's own
ASGI handler would open a connection a request, which a callback burst cannot afford.
"""

from a2wsgi import WSGIMiddleware
from django.conf import settings

from scrm.wsgi import application as wsgi_application

# The import above sets Django up for the one below.
# isort: split
from scrm.web.alive import beat_in_background

application = WSGIMiddleware(
    wsgi_application,  # type: ignore[arg-type] # Django says `dict` where WSGI says `Environ`
    workers=settings.WEB_THREADS,
)
beat_in_background()
