"""A channel code's counts, and who may see it."""

import pytest

from campaigns.selectors.channel_codes import (
    ChannelCodeCounts,
    channel_codes_visible_to,
    count_channel_codes,
)
from campaigns.services.welcome import plan_welcomes
from customers.models import Follow
from tests.campaigns.world import add_xml, make_code, receive
from tests.makers import NOW, make_person, make_staff, make_user
from tests.touches.world import Script, pump
from touches.models import Dispatch
from wecom import errors

pytestmark = pytest.mark.django_db


def test_counts_are_read_from_what_happened(django_assert_num_queries):
    code, quiet = make_code(), make_code(state="B01")
    staff = code.staff.get()
    for number, status in enumerate(("friend", "friend", "customer_deleted")):
        external = f"wmTESTcount{number:021d}"
        person = make_person(external, code.corp)
        Follow.objects.create(
            staff=staff,
            identity_id=person.identity_id,
            status=status,
            state="A01",
            added_at=NOW,
        )
        receive(add_xml(external, welcome_code=f"CODE-{number}"))
    plan_welcomes(now=NOW)
    pump(Script(errors.WelcomeNotNeeded("41051")), Dispatch.Kind.WELCOME)
    with django_assert_num_queries(1):
        counts = count_channel_codes([code, quiet])
    assert counts == {
        code.pk: ChannelCodeCounts(
            added_count=3,
            friend_count=2,
            last_added_at=NOW,
            welcomed_count=2,
            unwelcomed_count=1,
        ),
        quiet.pk: ChannelCodeCounts(),
    }


def test_staff_see_the_codes_that_lead_to_them():
    code = make_code()
    zhangsan = code.staff.get()
    lisi = make_staff("lisi", code.corp)
    seen = {
        user.username: list(channel_codes_visible_to(user))
        for user in (
            make_user("operator"),
            make_user("zhangsan", role="staff", staff=zhangsan),
            make_user("lisi", role="staff", staff=lisi),
        )
    }
    assert seen == {"operator": [code], "zhangsan": [code], "lisi": []}
