"""The API does what its schema says, whatever is sent: no fault of ours, no undocumented answer."""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection

from org.models import ApiToken
from org.services.tokens import issue_token
from scrm.api.v1.schema import document
from scrm.web import throttling
from scrm.web.shared_limits import SharedLimit
from tests.api.world import World, let_wecom_make_codes, make_world
from tests.makers import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 6
WINDOW = throttling.WINDOW


@pytest.fixture(autouse=True)
def _one_transaction():
    """Requests stay on the test's own connection, as the test client's do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(db, monkeypatch) -> World:
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    monkeypatch.setattr(throttling, "limit", SharedLimit("fuzz", 10**6, window=WINDOW))
    let_wecom_make_codes(monkeypatch)
    return make_world()


@pytest.fixture
def headers(world) -> dict[str, str]:
    issued = issue_token(
        user=world.operator,
        name="fuzz",
        expires_at=NOW.replace(year=2036),
        now=NOW,
        scopes=list(ApiToken.Scope),
    )
    # The runner reads bodies as they come.
    return {"Authorization": f"Bearer {issued.secret}", "Accept-Encoding": "identity"}


schema: Any = schemathesis.openapi.from_dict(document())
schema.app = WSGIHandler()
# What is well formed may name what is not there: no schema can say so.
schema.config.checks.positive_data_acceptance.expected_statuses.append("422")
# No PostgreSQL text holds it; that it is refused is tested elsewhere.
schema.config.generation.allow_x00 = False
# Each event of a batch is refused by itself, in an answer that says so.
LENIENT = {"POST /api/v1/events/batch/": [negative_data_rejection]}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_to_the_schema(case, headers, world):
    lead_to_what_is_there(case, world)
    excluded = LENIENT.get(case.operation.label, [])
    case.call_and_validate(headers=headers, excluded_checks=excluded)


def lead_to_what_is_there(case, world: World) -> None:
    """Let every other address name something that exists, so that more than 404 is looked at."""
    area = case.path.removeprefix("/api/v1/").split("/")[0]
    there = {
        "uid": world.uids.get(area),
        "code": world.journey.code,
        "number": 1,
        "run_id": world.run.pk,
        "call_id": world.call.pk,
        "code_id": world.code.pk,
        "material_id": world.material.pk,
        "tag_id": world.tag.pk,
    }
    path = case.meta.components.get(ParameterLocation.PATH)
    if path is None or path.mode.is_negative:
        return
    for name, value in case.path_parameters.items():
        if there.get(name) is not None and sum(str(value).encode()) % 2:
            case.path_parameters[name] = str(there[name])
