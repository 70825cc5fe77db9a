"""The WSGI application: what every page, API call and callback goes through."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings")
os.environ.setdefault("PROCESS_KIND", "web")
django_application = get_wsgi_application()

from scrm.api.callbacks import CallbackLane  # noqa: E402 - needs Django set up, as above

application = CallbackLane(django_application)
