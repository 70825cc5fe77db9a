"""Makes members signed in, one sidebar for each of many customers, and visits that can be read on.

    python -m bench.inside.sidebars <sidebars>

Answers the streams to open, and for each of them a visit whose page sends beacons.
"""

import sys
import uuid
from datetime import timedelta

from django.conf import settings
from django.test import Client

from analytics.services.folding import rebuild_figures
from bench.inside.talk import answer, wait_for_go
from common import clock, sql
from content.models import Visit
from content.services.visits import beacon_token
from org.models import Staff, User

# Long enough ago that every second a page tells of is believed.
OPENED_AGO = timedelta(hours=1)
# One sidebar a customer: each reading is awaited on one screen.
_FOLLOWED = """
SELECT DISTINCT ON (follow.identity_id) follow.staff_id, follow.identity_id, customer.uid::text
  FROM customers_follow follow
  JOIN customers_customer customer ON customer.id = follow.identity_id
 WHERE follow.status = 'friend' AND follow.staff_id = ANY(%s)
 ORDER BY follow.identity_id, follow.staff_id LIMIT %s
"""
_LINKS = """
SELECT DISTINCT ON (staff_id) staff_id, id, code FROM content_trackedlink
 WHERE staff_id IS NOT NULL ORDER BY staff_id, id
"""


def prepare(count: int) -> dict[str, object]:
    """Sign everybody in and open the visits."""
    # As in a company that has been there for a while: no years of figures are still to be folded.
    rebuild_figures(now=clock.now())
    links = {staff_id: (link_id, code) for staff_id, link_id, code in sql.fetch_all(_LINKS)}
    cookies = {staff_id: _session(staff_id) for staff_id in links}
    now = clock.now()
    sidebars = []
    for staff_id, identity_id, uid in sql.fetch_all(_FOLLOWED, [list(links), count]):
        link_id, code = links[staff_id]
        visit = Visit.objects.create(
            uuid=uuid.uuid4(),
            link_id=link_id,
            reader=Visit.Reader.CUSTOMER,
            identity_id=identity_id,
            opened_at=now - OPENED_AGO,
            seen_at=now,
        )
        sidebars.append(
            {
                "stream": f"/live/customers/{uid}",
                "cookie": cookies[staff_id],
                "beacon": f"/l/{code}/beacon",
                "token": beacon_token(visit),
                "visit": str(visit.uuid),
            }
        )
    return {"sidebars": sidebars}


def _session(staff_id: int) -> str:
    staff = Staff.objects.get(pk=staff_id)
    user = User.objects.create_user(
        username=f"bench-{staff_id}", role=User.Role.STAFF, staff=staff, password=None
    )
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def main() -> None:
    """Prepare once."""
    if wait_for_go():
        answer(prepare(int(sys.argv[1])))


if __name__ == "__main__":
    main()
