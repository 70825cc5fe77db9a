"""Whatever goes wrong below /api/v1/ is told as problem details, under the request's name."""

import json

import pytest
from django.db import OperationalError
from django.test import Client

from customers.selectors.customers import customers_visible_to
from scrm.web.problems import ProblemSerializer
from tests.makers import make_user

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.fixture
def operator():
    return make_user()


def told(response) -> tuple[int, str, str]:
    """Status, kind of body and detail, when the body is a whole problem."""
    body = response.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(body)
    assert set(body) <= set(ProblemSerializer().fields)
    assert body["status"] == response.status_code
    assert body["request_id"] == response["X-Request-ID"] != ""
    return response.status_code, response["Content-Type"], body["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["nothing/", "customers/1/", "journeys/x/publish/"])
def test_an_address_that_is_not_there(method, path):
    response = Client().generic(method, f"/api/v1/{path}")

    assert told(response) == (404, PROBLEM, "There is nothing at this address.")


def test_an_address_without_its_slash_is_told_so():
    response = Client().get("/api/v1/customers")

    assert told(response) == (
        404,
        PROBLEM,
        "There is nothing at this address. Addresses end with a slash.",
    )


def test_a_method_that_the_address_does_not_know(send, operator):
    response = send(operator, "DELETE", "/customers/", {})

    assert told(response)[:2] == (405, PROBLEM)
    assert response["Allow"] == "GET, HEAD"


def test_an_answer_in_another_form_is_not_to_be_had(call, operator):
    response = call(operator, "/customers/").wsgi_request
    client = Client(headers={**_authorization(response), "Accept": "text/html"})

    assert told(client.get("/api/v1/customers/"))[:2] == (406, PROBLEM)


def _authorization(request) -> dict[str, str]:
    return {"Authorization": request.headers["Authorization"]}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/csv", "a,b", 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", '"x"', 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/json", '{"code": "J9", "name": "x", "program": NaN}', 400),
    ],
)
def test_a_body_that_cannot_be_read(call, operator, kind, body, status):
    client = Client(headers=_authorization(call(operator, "/journeys/").wsgi_request))
    scopes = ["journeys:read", "journeys:write"]
    operator.api_tokens.update(scopes=scopes)

    response = client.generic("POST", "/api/v1/journeys/", body, content_type=kind)

    assert told(response)[:2] == (status, PROBLEM)


def test_a_body_that_is_too_long_is_not_read(send, operator, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    response = send(operator, "POST", "/journeys/", {"code": "J9", "name": "x" * 200})

    assert told(response) == (413, PROBLEM, "The body is too large.")


def test_what_is_wrong_inside_is_named_by_its_path(send, operator):
    response = send(operator, "POST", "/journeys/", {"code": "!", "program": []})

    assert told(response)[:2] == (400, PROBLEM)
    assert sorted(response.json()["invalid"]) == ["code", "name", "program"]


def test_a_fault_of_ours_tells_nothing_of_itself(call, operator, monkeypatch, caplog):
    def broken(viewer):
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("scrm.api.v1.customers.customers_visible_to", broken)
    response = call(operator, "/customers/")

    detail = "Something went wrong here. The fault has been logged."
    assert told(response) == (500, PROBLEM, detail)
    assert b"secret" not in response.content
    faults = [record for record in caplog.records if record.message == "api_fault"]
    assert [str(record.exc_info[1]) for record in faults] == ["a secret of ours"]


def test_a_database_that_does_not_answer_is_no_fault(call, operator, monkeypatch):
    def slow(viewer):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr("scrm.api.v1.customers.customers_visible_to", slow)
    response = call(operator, "/customers/")

    assert told(response) == (503, PROBLEM, "The service is busy. Try again later.")
    assert response["Retry-After"] == "5"
    monkeypatch.setattr("scrm.api.v1.customers.customers_visible_to", customers_visible_to)
    assert call(operator, "/customers/").status_code == 200


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("abc-1.2_3", True), ("", False), ("a b", False), ("x" * 65, False), ("é", False)],
)
def test_a_request_keeps_a_good_name_and_gets_one_otherwise(given, is_kept):
    response = Client().get("/api/v1/customers/", headers={"X-Request-ID": given})

    assert (response["X-Request-ID"] == given) is is_kept
    assert len(response["X-Request-ID"]) == (len(given) if is_kept else 32)
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_answers_are_never_kept(call, operator):
    assert call(operator, "/customers/")["Cache-Control"] == "no-store"


def test_the_schema_knows_problems_everywhere():
    document = json.loads(Client().get("/api/v1/schema/").content)
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status == "default" or int(status) >= 400:
                    assert response["content"] == {PROBLEM: problem}, (path, method, status)
