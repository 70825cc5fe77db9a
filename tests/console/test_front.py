"""The front door leads each person to where their work is."""

import pytest
from django.test import Client

from org.models import User
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db


def test_strangers_are_sent_to_the_login(client: Client):
    assert client.get("/")["Location"] == "/login/?next=/"


@pytest.mark.parametrize("role", [User.Role.ADMIN, User.Role.OPERATOR])
def test_people_land_on_a_page_they_may_open(role: str):
    client = Client()
    client.force_login(make_user("someone", role, make_staff("someone")))

    assert client.get("/", follow=True).status_code == 200
