"""A worker that sends what is due, once: the program that crash tests kill."""

import os

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "scrm.settings"
    django.setup()

    from common import clock
    from touches.services.sending import STAFF_KINDS, send_due

    send_due(STAFF_KINDS, now=clock.now(), budget_seconds=5)
