"""The first steps are read from the data, and gone once all are done."""

import pytest
from django.test import RequestFactory

from campaigns.models import ChannelCode
from org.models import User
from scrm.web.onboarding import first_steps
from sop.models import Journey, JourneyVersion
from tests.api.people import make_named
from tests.makers import NOW, make_app, make_corp, make_user

pytestmark = pytest.mark.django_db


def steps(role: str = User.Role.ADMIN) -> list[tuple[bool, bool]]:
    request = RequestFactory().get("/")
    request.user = (
        make_user(f"someone-{role}", role) if not User.objects.exists() else User.objects.get()
    )
    return [(step.is_done, step.is_next) for step in first_steps(request)]


def test_a_fresh_system_begins_with_the_connection():
    assert steps() == [(False, True), (False, False), (False, False), (False, False)]


def test_what_is_done_is_ticked_and_the_next_one_is_marked():
    make_app()
    make_named("汪欣怡")

    assert steps() == [(True, False), (True, False), (False, True), (False, False)]


def test_once_all_is_done_the_list_is_gone():
    app = make_app()
    make_named("汪欣怡")
    ChannelCode.objects.create(
        app=app, corp=make_corp(), name="门店", state="store", created_at=NOW
    )
    journey = Journey.objects.create(code="J01", name="新客", created_at=NOW)
    version = JourneyVersion.objects.create(journey=journey, number=1, program={}, published_at=NOW)
    Journey.objects.update(current=version, state=Journey.State.LIVE)

    assert steps() == []


def test_the_steps_lead_only_where_one_may_go():
    request = RequestFactory().get("/")
    request.user = make_user("operator", User.Role.OPERATOR)

    assert [step.url for step in first_steps(request)] == ["", "", "/codes/", "/journeys/"]
