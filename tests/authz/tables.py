"""What the router cannot say of itself: which doors are open to all, and what hangs on an address.

A new address is a page (`page`, `member_page`, `own_page` say its right), a view of the open API
(its `reads` and `writes` say it), or stands here. One with parameters stands here in any case: with
the thing it is about, and whether that thing belongs to a department or a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from tests.authz import things
from tests.authz.routes import Route
from tests.authz.world import World

# Open to everybody, and why.
PUBLIC: Final[Mapping[str, str]] = {
    "public-oauth-callback": "a reader comes back from WeCom; the state decides",
    "public-picture": "a picture of an article, by an unguessable code",
    "public-link": "a tracked link, by an unguessable code",
    "public-beacon": "a signed beacon of an opened article",
    "healthz": "whether the process lives",
    "readyz": "whether it can work",
    "metrics": "this machine, or a bearer token; tests/api/test_metrics.py",
    "_demo/clock": "demo only, by its token; tests/api/test_demo_clock.py",
    "login": "the sign-in itself",
    "sign-in-code": "second step: only behind a right password",
    "sign-in-totp": "second step: only behind a right password",
    "sign-in-proceed": "second step: only behind a right password",
    "sign-in-password": "second step: only behind a right password",
    "wecom-sign-in": "the sign-in itself",
    "wecom-sign-in-back": "the sign-in itself; the state decides",
    "logout": "ends whatever session there is",
    "set_language": "a cookie",
    "admin:login": "leads to the sign-in",
    "admin:logout": "ends whatever session there is",
    "api/v1/": "nothing is there: a 404 in the words of the API",
    "api-schema": "the contract of the open API; no data",
    "api-docs": "the same for people; no data",
}
# Pages without a right of their own that send people on.
ENTRANCES: Final = frozenset({"home"})
# Who leads nobody has no team to look after, whatever their role may do.
FOR_LEADERS: Final = frozenset({"workbench-team", "workbench-urge"})
# What must be asked for where an empty question would be refused before anybody looks who asks.
QUERIES: Final[Mapping[str, str]] = {
    "dashboard-people": "metric=added",
    "dashboard-people-export": "metric=added",
    "sidebar-signature": f"kind=corp&url={quote(settings.PUBLIC_URL + '/sidebar/')}",
}
# The same for what is sent; values of the thing are filled in.
BODIES: Final[Mapping[str, str]] = {
    "api/v1/customers/<uuid:uid>/identities/": '{"kind": "member", "value": "7", "realm": "shop"}',
    "journey_state": "to=pause",
    "sidebar-open": "external_userid=%(external_userid)s",
    "sidebar-group": "chat_id=%(chat_id)s",
    "sidebar-message": "material_id=%(material_id)s",
    "sidebar-group-message": "material_id=%(material_id)s",
}


class Belongs(StrEnum):
    """Whose the thing of an address is."""

    COMPANY = "company"
    DEPARTMENT = "department"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Thing:
    """What an address is about: `make(world, who, mine)` gives the values of its parameters."""

    belongs: Belongs
    make: Callable[[World, str, bool], dict[str, Any]]


def of_company(make: Callable[[World], dict[str, Any]]) -> Thing:
    """Something that everybody with the right may see."""
    return Thing(Belongs.COMPANY, lambda world, _who, _mine: make(world))


def of_department(make: Callable[[World, bool], dict[str, Any]]) -> Thing:
    """Something about a customer or a guide: another department's is not found."""
    return Thing(Belongs.DEPARTMENT, lambda world, _who, mine: make(world, mine))


def of_person(make: Callable[[World, str, bool], dict[str, Any]]) -> Thing:
    """Something of one's own: anybody else's is not found, whoever asks."""
    return Thing(Belongs.PERSON, make)


def _customer(world: World, mine: bool) -> dict[str, Any]:
    return {"uid": world.customers[mine].uid}


def _code(world: World, mine: bool) -> dict[str, Any]:
    variant = things.code_of(world, mine=mine)
    return {"code_id": variant.channel_code_id, "variant_id": variant.pk}


def _follow(world: World, who: str, mine: bool) -> dict[str, Any]:
    follow = world.follow_of(who, mine=mine)
    return {"follow_id": follow.pk, "external_userid": follow.identity.value}


def _group(world: World, who: str, mine: bool) -> dict[str, Any]:
    group = things.group_of(world, who, mine=mine)
    return {"chat_id": group.chat_id, "material_id": things.material_id()}


def _task(world: World, who: str, mine: bool) -> dict[str, Any]:
    touch = things.touch_of(world, who, mine=mine)
    return _follow(world, who, mine) | {"uid": touch.uid}


def _job(world: World, who: str, mine: bool) -> dict[str, Any]:
    return {"job_id": things.job_of(world, who, mine=mine).pk, "number": 1}


def _touch(world: World, mine: bool) -> dict[str, Any]:
    return {"uid": things.touch_of(world, mine=mine).uid}


_CODE: Final = of_department(_code)
_CUSTOMER: Final = of_department(_customer)
_TOUCH: Final = of_department(_touch)
_CALL: Final = of_department(lambda w, mine: {"call_id": things.call_of(w, mine=mine).pk})
_MATERIAL: Final = of_company(lambda _w: {"material_id": things.material_id()})
_JOURNEY: Final = of_company(
    lambda w: {"uid": things.journey(w).uid, "number": 1, "key": "greet", "part": "entry"}
)
_CONNECTION: Final = of_company(things.connection)
_TAG: Final = of_company(lambda _w: {"tag_id": things.tag().pk, "group_id": things.tag().group_id})
_BACK_OFFICE: Final = of_company(
    lambda _w: {"object_id": "1", "app_label": "org", "content_type_id": 1, "url": "x"}
)
NOTHING: Final = of_company(lambda _w: {})
# By the beginning of the pattern; the longest that fits counts.
THINGS: Final[Mapping[str, Thing]] = {
    "accounts/<int:pk>/": of_company(lambda w: {"pk": w.users["bystander"].pk}),
    "roles/<slug:role>/": of_company(lambda _w: {"role": "staff"}),
    "tokens/<int:pk>/": of_company(lambda w: {"pk": things.token_id(w)}),
    "codes/<int:code_id>/": _CODE,
    "jobs/<int:job_id>/": of_person(_job),
    "connection/<int:corp_pk>/": _CONNECTION,
    "connection/apps/<int:app_pk>/": _CONNECTION,
    "journeys/templates/<slug:code>/": of_company(lambda _w: {"code": things.template_code()}),
    "journeys/<uuid:uid>/": _JOURNEY,
    "journeys/<uuid:uid>/runs/<int:run_id>/": of_department(
        lambda w, mine: {"uid": things.journey(w).uid, "run_id": things.run_of(w, mine=mine).pk}
    ),
    "journeys/<uuid:uid>/why/<uuid:customer>/": of_department(
        lambda w, mine: {"uid": things.journey(w).uid, "customer": w.customers[mine].uid}
    ),
    "content/<int:material_id>/": _MATERIAL,
    "content/scripts/<int:script_id>/": of_company(lambda _w: {"script_id": things.script_id()}),
    "touches/<uuid:uid>/": _TOUCH,
    "dispatches/<uuid:call_id>/": _CALL,
    "customers/<uuid:uid>/": _CUSTOMER,
    "customers/<uuid:uid>/journeys/<uuid:journey_uid>/": of_department(
        lambda w, mine: {"journey_uid": things.journey(w).uid} | _customer(w, mine)
    ),
    "customers/views/<int:view_id>/": of_person(
        lambda w, who, mine: {"view_id": things.view_of(w, who, mine=mine).pk}
    ),
    "tags/groups/<int:group_id>/": _TAG,
    "tags/<int:tag_id>/": _TAG,
    "sidebar/open": of_person(_follow),
    "sidebar/group": of_person(_group),
    "sidebar/f/<int:follow_id>/": of_person(_follow),
    "sidebar/f/<int:follow_id>/message": of_person(
        lambda w, who, mine: {"material_id": things.material_id()} | _follow(w, who, mine)
    ),
    "sidebar/f/<int:follow_id>/tasks/<uuid:uid>": of_person(_task),
    "sidebar/g/<str:chat_id>/": of_person(_group),
    "m/customers/<uuid:uid>/": of_person(
        lambda w, who, mine: {"uid": w.follow_of(who, mine=mine).identity.customer.uid}
    ),
    "m/team/urge/<int:task_id>": of_department(
        lambda w, mine: {"task_id": things.mass_task_of(w, mine=mine).pk}
    ),
    "api/v1/customers/<uuid:uid>/": _CUSTOMER,
    "api/v1/customers/<uuid:uid>/journeys/": of_department(
        lambda w, mine: {"code": things.journey(w).code} | _customer(w, mine)
    ),
    "api/v1/customers/<uuid:uid>/tags/": of_department(
        lambda w, mine: {"tag_id": things.tag().pk} | _customer(w, mine)
    ),
    "api/v1/tags/<int:tag_id>/": _TAG,
    "api/v1/journeys/<uuid:uid>/": _JOURNEY,
    "api/v1/runs/<int:run_id>/": of_department(
        lambda w, mine: {"run_id": things.run_of(w, mine=mine).pk}
    ),
    "api/v1/touches/<uuid:uid>/": _TOUCH,
    "api/v1/dispatches/<uuid:call_id>/": _CALL,
    "api/v1/channel-codes/<int:code_id>/": _CODE,
    "api/v1/materials/<int:material_id>/": _MATERIAL,
    "l/": of_company(lambda _w: {"code": things.link_code()}),
    "admin/": _BACK_OFFICE,
}


def thing_of(route: Route) -> Thing | None:
    """What an address with parameters is about; None where nobody has said it."""
    fitting = [start for start in THINGS if route.pattern.startswith(start)]
    if fitting:
        return THINGS[max(fitting, key=len)]
    return None if route.parameters or "(?P<" in route.pattern else NOTHING
