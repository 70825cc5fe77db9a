"""Every address × method × person × {own, another department's}: each cell is asserted."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction

from tests.authz.expectations import Kind, expected, kind_of
from tests.authz.outcomes import Outcome, Watched, ask, outcome_of
from tests.authz.routes import METHODS, Route, routes
from tests.authz.tables import PUBLIC, THINGS, Belongs, thing_of
from tests.authz.world import ROLES, World

PEOPLE = (*ROLES, "leaver", "anonymous", "root")
REFUSALS = {Outcome.LOGIN, Outcome.FORBIDDEN, Outcome.MISSING, Outcome.METHOD}
ALL = routes()


def people_of(route: Route) -> tuple[str, ...]:
    """Who is asked for; a superuser is an admin everywhere but in the back office."""
    return PEOPLE if kind_of(route) == Kind.BACK_OFFICE else PEOPLE[:-1]


def things(world: World, route: Route) -> dict[tuple[str, bool], dict[str, Any]]:
    """The values of the parameters for each person: of their own thing, and of a foreign one.

    What belongs to the whole company is one thing for everybody.
    """
    thing = thing_of(route)
    both = (True,) if thing.belongs == Belongs.COMPANY else (True, False)
    if thing.belongs == Belongs.PERSON:
        return {
            (who, mine): thing.make(world, who, mine) for who in people_of(route) for mine in both
        }
    made = {mine: thing.make(world, "", mine) for mine in both}
    return {(who, mine): made[mine] for who in people_of(route) for mine in both}


def answers(
    world: World, route: Route
) -> Iterator[tuple[tuple[str, str, bool], tuple[Outcome, list[str]]]]:
    """Ask for each cell, see what was answered and written, and undo it."""
    made = things(world, route)
    before = transaction.savepoint()
    for (who, mine), values in made.items():
        browser = world.browsers[who]
        for method in METHODS:
            cookies = dict(browser.cookies)
            with Watched() as watched:
                outcome = outcome_of(ask(browser, method, route, values))
            if watched.has_written or outcome == Outcome.BROKEN:
                transaction.savepoint_rollback(before)
            browser.cookies = SimpleCookie()
            browser.cookies.update(cookies)
            yield (method, who, mine), (outcome, watched.writes)


def test_no_address_is_unclassified():
    assert [route.key for route in ALL if kind_of(route) is None] == []
    assert [route.pattern for route in ALL if thing_of(route) is None] == []


def test_the_tables_name_nothing_that_is_gone():
    keys = {route.key for route in ALL}
    assert set(PUBLIC) - keys == set()
    patterns = [route.pattern for route in ALL]
    assert [start for start in THINGS if not any(p.startswith(start) for p in patterns)] == []


def test_there_are_addresses_of_every_kind():
    assert {kind_of(route) for route in ALL} == set(Kind)
    assert len(ALL) > 90


@pytest.mark.parametrize("route", ALL, ids=[route.pattern or "/" for route in ALL])
def test_every_cell(world: World, route: Route):
    assert wrong_cells(route, dict(answers(world, route))) == []


def wrong_cells(
    route: Route, found: dict[tuple[str, str, bool], tuple[Outcome, list[str]]]
) -> list[str]:
    """Say of each cell that is not as expected what was answered, or written all the same."""
    boss = "root" if kind_of(route) == Kind.BACK_OFFICE else "admin"
    unknown = {method for method in METHODS if found[method, boss, True][0] == Outcome.METHOD}
    wrong = []
    for (method, who, mine), (outcome, writes) in found.items():
        cell = f"{method} {who} {'own' if mine else 'other'}"
        right = expected(route, method, who, mine=mine)
        if outcome not in right and not (outcome == Outcome.METHOD and method in unknown):
            wrong.append(f"{cell}: {outcome}, not {' or '.join(sorted(right))}")
        if outcome in REFUSALS and writes and kind_of(route) != Kind.PUBLIC:
            wrong.append(f"{cell} refused, yet wrote {writes[0]}")
    return wrong
