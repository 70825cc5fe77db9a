"""How late sleeping journey runs go on.

1. A journey is published; customers sleep in it, a million at full size.
2. `size` of them come due spread over `SPREAD_SECONDS`; one process moves them as the product does:
   it looks again and again while there is something, and after a second when there was nothing.
3. Late is the time from a run's being due to the commit of its next place.
"""

import json

from bench.processes import inside
from bench.report import Result, percentiles
from bench.site import Options, Site

SPREAD_SECONDS = 60


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    spread = SPREAD_SECONDS if not options.is_quick else SPREAD_SECONDS // 6
    with site.world(options.customers, options.seed) as url:
        env = site.env(url, PROCESS_KIND="worker")
        site.empty_redis()
        with inside("journeys", env=env) as worker:
            made = worker.ask(json.dumps({"do": "make", "live": options.customers, "due": 10}))
            order = {"do": "late", "sleeping": options.size, "seconds": spread}
            lateness = worker.ask(json.dumps(order))["lateness"]
    shares = percentiles(lateness)
    return Result(
        name="timers",
        figure=shares["p99"],
        unit="s late (p99)",
        size=options.size,
        seconds=float(spread),
        more={"sleeping": made["count"], "due_a_second": options.size / spread, **shares},
    )
