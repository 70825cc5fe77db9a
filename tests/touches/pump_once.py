"""A worker that does what is due, once: what crash tests kill.

`staff`, `mass` and `looks` send; `events`, `journeys` and `slots` are the steps before.
"""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "scrm.settings"
    django.setup()

    from common import clock
    from customers.services.dispatcher import dispatch_due
    from scrm.loop import ROUTES
    from sop.services.executor import advance_due
    from touches.services.mass_polling import poll_mass_results
    from touches.services.sending import MASS_KINDS, STAFF_KINDS, send_due
    from touches.services.slots import slot_due

    what, now = sys.argv[1], clock.now()
    if what == "looks":
        poll_mass_results(now, 5)
    elif what == "events":
        dispatch_due(routes=ROUTES, now=now, budget_seconds=5)
    elif what == "journeys":
        advance_due(now=now, budget_seconds=5)
    elif what == "slots":
        slot_due(now=now, budget_seconds=5)
    else:
        send_due(STAFF_KINDS if what == "staff" else MASS_KINDS, now=now, budget_seconds=5)
