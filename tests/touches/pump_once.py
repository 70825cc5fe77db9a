"""A worker that does what is due, once (`staff`, `mass` or `looks`): what crash tests kill."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "scrm.settings"
    django.setup()

    from common import clock
    from touches.services.mass_polling import poll_mass_results
    from touches.services.sending import MASS_KINDS, STAFF_KINDS, send_due

    what = sys.argv[1]
    if what == "looks":
        poll_mass_results(clock.now(), 5)
    else:
        kinds = STAFF_KINDS if what == "staff" else MASS_KINDS
        send_due(kinds, now=clock.now(), budget_seconds=5)
