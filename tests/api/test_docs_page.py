"""The reference page shows every operation of the schema, and nothing that is not in it."""

import re

import pytest
from django.test import Client

from scrm.api.v1.reference import sections
from scrm.api.v1.schema import document

pytestmark = pytest.mark.django_db


def test_every_operation_is_on_the_page():
    response = Client().get("/api/v1/docs/")

    page = response.content.decode()
    assert response.status_code == 200
    shown = set(re.findall(r'<article class="card" id="(\w+)"', page))
    paths = document()["paths"].values()
    told = {one["operationId"] for operations in paths for one in operations.values()}
    assert shown == told
    assert "style=" not in page
    assert "<script>" not in page


def test_an_operation_says_what_it_needs_takes_and_answers():
    found = {one.anchor: one for section in sections() for one in section.operations}
    one = found["events_create"]

    assert (one.method, one.path) == ("POST", "/api/v1/events/")
    assert (one.scopes, one.rights) == (["events:write"], ["events.record"])
    assert one.refusals == ["400", "401", "403", "409", "422"]
    assert [(f.name, f.type, f.is_required, f.depth) for f in one.body[:4]] == [
        ("key", "string ≤ 180", True, 0),
        ("type", "string", True, 0),
        ("identity", "object", True, 0),
        ("kind", "string", True, 1),
    ]
    assert one.body[1].choices == [
        "order_paid",
        "order_refunded",
        "customer_referred",
        "behavior_reported",
    ]
    assert sorted(answer.status for answer in one.answers) == ["200", "201"]


def test_every_operation_names_a_scope_and_a_right():
    for section in sections():
        for one in section.operations:
            assert one.scopes, one.anchor
            assert one.rights, one.anchor
            assert one.summary, one.anchor
