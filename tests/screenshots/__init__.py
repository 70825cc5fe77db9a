"""Pictures of every page of the running demo (`make screenshots`); Django is set up for them."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings")
django.setup()
