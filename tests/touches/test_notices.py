"""Every notice to staff arrives, also when it says the same of the same customer once more."""

import pytest

from tests.makers import NOW, make_app, make_person, make_staff
from touches.models import Dispatch
from touches.services.notices import Notice, plan_notices

pytestmark = pytest.mark.django_db


def test_equal_notices_are_different_messages_to_wecom():
    app = make_app()
    person, staff = make_person(corp=app.corp), make_staff("zhangsan", app.corp)
    notices = [
        Notice(
            key=f"run:{run}:tell:1",
            identity_id=person.identity_id,
            customer_id=person.customer_id,
            staff_id=staff.pk,
            title="下单",
            body="客户下单",
            origin_kind="journey",
            origin_id=str(run),
        )
        for run in (1, 2)
    ]
    assert plan_notices(notices, now=NOW) == 2
    assert len(set(Dispatch.objects.values_list("payload", flat=True))) == 2
