"""What each person is to be answered at each address."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Any

from org.permissions import DEFAULT_PERMISSIONS
from tests.authz.outcomes import Outcome
from tests.authz.routes import Route
from tests.authz.tables import ENTRANCES, FOR_LEADERS, PUBLIC, Belongs, thing_of

SAFE = {"GET", "HEAD", "OPTIONS"}
COMPANY_WIDE = {"admin", "operator", "root"}
STRANGERS = {"anonymous", "leaver"}


class Kind(StrEnum):
    """How an address says who may come in."""

    PUBLIC = "public"
    PAGE = "page"
    OWN = "own"
    API = "api"
    BACK_OFFICE = "back office"


def kind_of(route: Route) -> Kind | None:
    """Classify an address; None for one that nobody has classified."""
    if route.key in PUBLIC:
        return Kind.PUBLIC
    if route.pattern.startswith("admin/"):
        return Kind.BACK_OFFICE
    if route.is_page:
        return Kind.OWN if route.view.permission is None else Kind.PAGE
    if route.key in ENTRANCES:
        return Kind.OWN
    is_told = route.api is not None and hasattr(route.api, "reads")
    return Kind.API if is_told else None


def expected(route: Route, method: str, who: str, *, mine: bool) -> AbstractSet[Outcome]:
    """Return what may be answered; METHOD may be answered to anybody where it is so for all."""
    kind = kind_of(route)
    if kind == Kind.PUBLIC:
        return set(Outcome) - {Outcome.BROKEN}
    if who in STRANGERS:
        return {Outcome.LOGIN}
    if kind == Kind.BACK_OFFICE:
        return {Outcome.LOGIN, Outcome.HOME} if who != "root" else set(Outcome) - {Outcome.BROKEN}
    if not _has_right(route, kind, method, who):
        return {Outcome.FORBIDDEN}
    if not mine and not _reaches(route, who):
        return {Outcome.MISSING}
    return {Outcome.OPEN, Outcome.HOME}


def _has_right(route: Route, kind: Kind | None, method: str, who: str) -> bool:
    role = "admin" if who == "root" else who
    rights = DEFAULT_PERMISSIONS[role]
    if route.key in FOR_LEADERS and role == "staff":
        return False
    if kind == Kind.PAGE:
        return route.view.permission in rights
    if kind == Kind.API:
        needs: Any = getattr(route.api, "reads" if method in SAFE else "writes")
        return needs is None or not rights.isdisjoint(needs.rights)
    return True


def _reaches(route: Route, who: str) -> bool:
    """Say whether somebody reaches the thing of another department, or of another person."""
    thing = thing_of(route)
    assert thing is not None
    if thing.belongs == Belongs.PERSON:
        return False
    return thing.belongs == Belongs.COMPANY or who in COMPANY_WIDE
