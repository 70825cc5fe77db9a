"""Programs that run inside the product: Django is set up before any of them is imported.

The harness itself knows no Django. It starts these with their own DATABASE_URL and REDIS_URL and
talks to them in lines: they say `ready`, wait for a line, work, and answer one JSON object.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings")
django.setup()
