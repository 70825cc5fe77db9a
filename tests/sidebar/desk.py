"""A staff member at work: their browser, their customer, their tasks."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from customers.models import Customer, Follow, Identity
from org.models import Staff, User
from tests.api.people import follow, make_named, resolved
from tests.makers import NOW
from touches.models import Touch
from touches.services.tasks_for_staff import TaskPlan, plan_staff_tasks


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_task(relation: Follow, *, title: str = "首次问候", key: str = "", **over: Any) -> Touch:
    """A task of lane T that has reached its staff member."""
    key = key or f"test:{uuid4()}"
    plan_staff_tasks(
        [
            TaskPlan(
                key=key,
                identity_id=relation.identity_id,
                customer_id=relation.identity.customer_id,
                staff_id=relation.staff_id,
                title=title,
                body="打个招呼",
                due_at=NOW,
                origin_kind="channel_code",
                origin_id="1",
            )
        ],
        now=NOW,
    )
    values = {"state": Touch.State.DISPATCHED, **over}
    Touch.objects.filter(key=key).update(**values)
    return Touch.objects.get(key=key)


def make_journey_task(relation: Follow, text: str, **over: Any) -> Touch:
    """A task of a journey, whose text is ready to be sent."""
    content = {"body": text}
    return make_task(relation, title="一句提问", origin_kind="journey", content=content, **over)


class Desk:
    """One staff member and their customer."""

    def __init__(self, staff: Staff, client: Client) -> None:
        self.staff = staff
        self.client = client
        self.customer: Customer = make_named(f"{staff.userid}的客户")
        self.relation: Follow = follow(staff, self.customer)

    @property
    def external_userid(self) -> str:
        return Identity.objects.get(pk=self.relation.identity_id).value

    @property
    def base(self) -> str:
        return f"/sidebar/f/{self.relation.pk}"

    @property
    def person(self) -> Any:
        return resolved(self.customer)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, **fields: Any) -> Any:
        return self.client.post(path, fields)

    def text(self, path: str) -> str:
        """The page or part at a path, which has to be there."""
        response = self.client.get(path)
        assert response.status_code == 200, response.status_code
        return response.content.decode()


def token() -> str:
    return str(uuid4())


def later(**span: int) -> Any:
    return NOW + timedelta(**span)
