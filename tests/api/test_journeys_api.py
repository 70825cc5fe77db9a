"""Journeys are drafted, published, paused and ended by the API; only who may change them does."""

from uuid import uuid4

import pytest

from customers.models import Customer
from org.models import ApiToken, User
from sop.models import Journey, JourneyRun
from tests.api.people import ISSUING, follow
from tests.makers import NOW, make_staff, make_user
from tests.sop.world import GREETING, befriend, live, program, run_until

pytestmark = pytest.mark.django_db
WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}, "label": "歇一天"}
Scope = ApiToken.Scope


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


def path_of(journey, rest=""):
    return f"/journeys/{journey.uid}/{rest}"


def test_a_journey_is_made_as_a_draft_with_its_problems(send, operator):
    body = {"code": "J9", "name": "新客", "program": program({"id": "x", "type": "nothing"})}

    made = send(operator, "POST", "/journeys/", body)

    assert made.status_code == 201
    assert made.json()["state"] == "draft"
    assert made.json()["problems"] == ["步骤 1:没有叫 nothing 的步骤"]
    assert made.json()["draft"] == body["program"]
    assert Journey.objects.get().code == "J9"


def test_a_code_is_given_once(send, operator):
    live("J1")

    refused = send(operator, "POST", "/journeys/", {"code": "J1", "name": "again"})

    assert (refused.status_code, refused.json()["detail"]) == (409, "代号 J1 已被使用")
    assert Journey.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"code": "has space"}, "code"),
        ({"name": ""}, "name"),
        ({"program": []}, "program"),
        ({"program": {"notes": "a\x00b"}}, "program"),
        ({"program": {"notes": "\ud800"}}, "program"),
        ({"subject_kind": "planet"}, "subject_kind"),
    ],
)
def test_what_cannot_be_stored_is_refused(send, operator, over, field):
    body = {"code": "J9", "name": "新客", "program": {}} | over

    refused = send(operator, "POST", "/journeys/", body)

    assert (refused.status_code, list(refused.json()["invalid"])) == (400, [field])
    assert not Journey.objects.exists()


def test_a_draft_is_kept_and_its_problems_are_told(send, operator):
    journey = live()
    changed = program(GREETING | {"lane": "Z"})

    kept = send(operator, "PUT", path_of(journey, "draft/"), {"program": changed})

    assert kept.json() == {"problems": ["步骤 1:通道只能是 M(企业群发)或 T(员工任务)"]}
    journey.refresh_from_db()
    assert journey.draft == changed


def test_publishing_makes_the_next_version(send, operator):
    journey = live()
    send(operator, "PUT", path_of(journey, "draft/"), {"program": program(WAIT, GREETING)})

    published = send(operator, "POST", path_of(journey, "publish/"))

    assert (published.status_code, published.json()["version"]) == (200, 2)
    assert published.json()["state"] == "live"
    versions = send(operator, "GET", path_of(journey, "versions/")).json()["results"]
    assert [(v["number"], v["published_by"]) for v in versions] == [(2, "operator"), (1, None)]
    first = send(operator, "GET", path_of(journey, "versions/1/")).json()
    assert first["program"] == program()
    assert send(operator, "GET", path_of(journey, "versions/3/")).status_code == 404


def test_a_draft_with_problems_is_not_published(send, operator):
    journey = live()
    send(operator, "PUT", path_of(journey, "draft/"), {"program": {"steps": []}})

    refused = send(operator, "POST", path_of(journey, "publish/"))

    assert refused.status_code == 409
    assert refused.json()["problems"][0].startswith("进入条件:")
    assert journey.versions.count() == 1


def test_a_journey_is_paused_resumed_and_archived(send, operator):
    journey = live(raw=program(WAIT))
    befriend()
    states = [
        send(operator, "POST", path_of(journey, f"{step}/")).json()["state"]
        for step in ("pause", "resume", "archive")
    ]

    assert states == ["paused", "live", "archived"]
    assert JourneyRun.objects.values_list("state", "reason").get() == ("stopped", "旅程已归档")
    refused = send(operator, "POST", path_of(journey, "pause/"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "旅程现在是“已归档”")


def test_the_list_counts_active_runs_and_narrows_by_state(call, operator):
    live("J1", program(WAIT))
    live("J2")
    Journey.objects.filter(code="J2").update(state="paused")
    for _ in range(3):
        befriend()
    run_until(NOW)

    shown = call(operator, "/journeys/").json()["results"]

    assert [(j["code"], j["state"], j["active_runs"], j["version"]) for j in shown] == [
        ("J2", "paused", 0, 1),
        ("J1", "live", 3, 1),
    ]
    assert "draft" not in shown[0]
    assert "salt" not in shown[0]
    paused = call(operator, "/journeys/", state="paused").json()["results"]
    assert [j["code"] for j in paused] == ["J2"]
    assert call(operator, "/journeys/", state="gone").status_code == 400


def test_steps_show_how_many_stand_where(call, send, operator):
    journey = live(raw=program(GREETING, WAIT))
    for _ in range(2):
        befriend()
    run_until(NOW)
    befriend()
    other = program(GREETING, {"id": "new", "type": "wait", "for": {"days": 2}})
    send(operator, "PUT", path_of(journey, "draft/"), {"program": other})
    send(operator, "POST", path_of(journey, "publish/"))

    steps = call(operator, path_of(journey, "steps/")).json()["results"]

    assert [(s["step"], s["title"], s["active"], s["is_current"]) for s in steps] == [
        ("", "起点", 1, True),
        ("greet", "员工任务·关怀《问候》", 0, True),
        ("new", "等待 2 天", 0, True),
        ("pause", "歇一天", 2, False),
    ]


def test_counts_are_of_the_viewers_own_customers(call):
    journey = live(raw=program(WAIT))
    mine, _theirs = befriend(), befriend()
    run_until(NOW)
    guide = make_staff("guide")
    follow(guide, Customer.objects.get(pk=mine.customer_id))
    viewer = make_user("guide", User.Role.STAFF, guide)

    assert call(viewer, "/journeys/").json()["results"][0]["active_runs"] == 1
    steps = call(viewer, path_of(journey, "steps/")).json()["results"]
    assert sum(step["active"] for step in steps) == 1


CHANGES = [
    ("POST", "/journeys/", {"code": "J9", "name": "x"}),
    ("PUT", "draft/", {"program": {}}),
    ("POST", "publish/", None),
    ("POST", "pause/", None),
    ("POST", "archive/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.STAFF])
def test_managers_and_staff_change_nothing(send, role, method, path, body):
    journey = live()
    before = Journey.objects.values().get()
    full = path if path.startswith("/") else path_of(journey, path)

    refused = send(make_user("boss", role, make_staff("boss")), method, full, body)

    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert Journey.objects.values().get() == before


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_token_without_the_writing_scope_changes_nothing(send, operator, method, path, body):
    journey = live()
    before = Journey.objects.values().get()
    full = path if path.startswith("/") else path_of(journey, path)
    scopes = [scope for scope in Scope if scope != Scope.JOURNEYS_WRITE]

    refused = send(operator, method, full, body, scopes=scopes)

    assert refused.status_code == 403
    assert Journey.objects.values().get() == before


@pytest.mark.parametrize("path", ["/journeys/", "/runs/", "/touches/", "/dispatches/"])
def test_a_token_for_customers_alone_reads_nothing_else(send, operator, path):
    assert send(operator, "GET", path, scopes=[Scope.CUSTOMERS_READ]).status_code == 403
    assert send(operator, "GET", path).status_code == 200


def test_a_token_for_journeys_alone_reads_no_customers(send, operator):
    assert send(operator, "GET", "/customers/", scopes=[Scope.JOURNEYS_READ]).status_code == 403


def test_an_unknown_journey_is_a_problem(send, operator):
    for method, rest in (
        ("GET", ""),
        ("POST", "publish/"),
        ("GET", "steps/"),
        ("GET", "versions/"),
    ):
        response = send(operator, method, f"/journeys/{uuid4()}/{rest}")
        assert (response.status_code, response.json()["detail"]) == (
            404,
            "There is no such journey.",
        )


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_costs_the_same_queries_however_long(
    call, operator, count, django_assert_num_queries
):
    for n in range(count):
        live(f"J{n}")
    # issue, mark as used; then: token, journeys with versions, counts.
    with django_assert_num_queries(ISSUING + 3):
        call(operator, "/journeys/")
