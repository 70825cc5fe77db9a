"""The front door leads each person to where their work is."""

import pytest
from django.test import Client
from django.urls import reverse

from org.models import User
from scrm.web.navigation import RAIL
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db


def test_strangers_are_sent_to_the_login(client: Client):
    assert client.get("/")["Location"] == "/login/?next=/"


def entered(role: str) -> str:
    client = Client()
    client.force_login(make_user("someone", role, make_staff("someone")))
    response = client.get("/")
    assert response.status_code == 302
    return response["Location"]


@pytest.mark.parametrize("role", [User.Role.ADMIN, User.Role.OPERATOR, User.Role.MANAGER])
def test_those_with_figures_see_the_dashboard(role: str):
    assert entered(role) == reverse("dashboard")


def test_staff_go_to_their_workbench():
    assert entered(User.Role.STAFF) == reverse("workbench")


@pytest.mark.parametrize("place", [place for _, places in RAIL for place in places])
def test_every_place_of_the_rail_is_there(place):
    assert reverse(place.url_name)
