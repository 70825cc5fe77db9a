"""Two departments with a guide and a customer each, and an account of every role in the first."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from django.test import Client

from customers.models import Customer, Follow
from org.models import Department, Staff, User
from tests.api.people import follow
from tests.makers import (
    NOW,
    make_app,
    make_corp,
    make_department,
    make_person,
    make_staff,
    make_user,
)

ROLES = ("admin", "operator", "manager", "staff")
LATER = NOW + timedelta(hours=3)


@dataclass
class World:
    """Everybody: `guides` and `customers` are the first department's under True.

    Every account but the bystander's stands for a member, who has a customer of their own.
    """

    users: dict[str, User]
    browsers: dict[str, Client]
    cookies: dict[str, SimpleCookie]
    guides: dict[bool, Staff]
    customers: dict[bool, Customer]
    follows: dict[str, Follow]

    def anew(self) -> "World":
        """Return the same people as they were made, with their sessions as they were."""
        for who, browser in self.browsers.items():
            browser.cookies = deepcopy(self.cookies[who])
        rows = ("users", "guides", "customers", "follows")
        return replace(self, **{name: deepcopy(getattr(self, name)) for name in rows})

    def follow_of(self, who: str, *, mine: bool) -> Follow:
        """The relation of somebody's own member, or of the other department's guide."""
        return self.follows[who if mine and who in self.follows else "stranger"]


def make_world() -> World:
    """Make everybody; a customer each is followed by the guide of their department."""
    make_app()
    first = make_department(make_corp(), 10, 0)
    second = make_department(make_corp(), 20, 0)
    guides = {
        True: make_staff("zhangsan", department=first),
        False: make_staff("lisi", department=second),
    }
    members = {
        "admin": make_staff("boss", department=first),
        "operator": make_staff("ops", department=first),
        "manager": make_staff("lead", department=first, is_leader=True),
        "staff": guides[True],
        "leaver": make_staff("gone", department=first, is_leader=True),
    }
    users = {who: make_user(who, _role(who), member) for who, member in members.items()}
    users["bystander"] = make_user("bystander", User.Role.OPERATOR)
    users["root"] = make_user("root", User.Role.ADMIN)
    User.objects.filter(username__in=["root", "leaver"]).update(is_superuser=True, is_staff=True)
    browsers = {"anonymous": Client(raise_request_exception=False)}
    for name, user in users.items():
        browsers[name] = Client(raise_request_exception=False)
        browsers[name].force_login(user)
    leaver = members.pop("leaver")
    Staff.objects.filter(pk=leaver.pk).update(left_at=NOW, status=Staff.Status.LEFT)
    follows = {who: _customer_of(member) for who, member in members.items()}
    follows["stranger"] = _customer_of(guides[False])
    customers = {
        True: follows["staff"].identity.customer,
        False: follows["stranger"].identity.customer,
    }
    cookies = {who: deepcopy(browser.cookies) for who, browser in browsers.items()}
    return World(users, browsers, cookies, guides, customers, follows)


def department_of(world: World, *, mine: bool) -> Department:
    """The first department or the second."""
    return Department.objects.get(staff=world.guides[mine])


def _role(who: str) -> str:
    return User.Role.ADMIN if who == "leaver" else who


def _customer_of(member: Staff) -> Follow:
    customer = Customer.objects.get(pk=make_person().customer_id)
    made: Any = follow(member, customer)
    return Follow.objects.select_related("identity__customer").get(pk=made.pk)
