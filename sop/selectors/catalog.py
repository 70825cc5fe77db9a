"""The journeys that run (旅程目录), with their programs compiled once a process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from common import sql
from customers.events import EVENT_TYPES
from sop.models import JourneyVersion
from sop.program.parsing import parse_program
from sop.program.steps import Await, Program, awaited_specs

CACHED_PROGRAMS = 1_024

_CATALOG = """
SELECT journey.id, journey.code, journey.salt, journey.state, journey.current_id,
       array(SELECT version.id FROM sop_journeyversion version
              WHERE version.journey_id = journey.id ORDER BY version.id)
  FROM sop_journey journey
 WHERE journey.state IN ('live', 'paused') AND journey.subject_kind = 'customer'
 ORDER BY journey.id
"""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A journey that runs or is paused.

    Attributes:
        version_id: The version that lets customers in.
        version_ids: All versions; runs may still be pinned to old ones.
    """

    id: int
    code: str
    salt: str
    is_live: bool
    version_id: int
    version_ids: tuple[int, ...]

    @property
    def program(self) -> Program:
        """The current program."""
        return program_of(self.version_id)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All journeys that run, and what they listen to.

    Attributes:
        entry_types: Event types that let somebody in, with the journeys they do it in.
        run_types: Event types that can change an open run.
        is_curious: Some run may wait for a condition: any event is a reason to look.
    """

    journeys: Mapping[int, CatalogEntry] = field(default_factory=dict)
    entry_types: Mapping[str, tuple[CatalogEntry, ...]] = field(default_factory=dict)
    run_types: frozenset[str] = frozenset()
    is_curious: bool = False


@lru_cache(maxsize=CACHED_PROGRAMS)
def program_of(version_id: int) -> Program:
    """Return a version's program, compiled; versions never change, so it is kept."""
    version = JourneyVersion.objects.only("program").get(pk=version_id)
    return parse_program(version.program, event_types=EVENT_TYPES)


def read_catalog() -> Catalog:
    """Read which journeys run now: one small query; what they listen to is kept by its answer."""
    return _catalog(
        tuple(
            CatalogEntry(pk, code, salt, state == "live", version_id, tuple(version_ids))
            for pk, code, salt, state, version_id, version_ids in sql.fetch_all(_CATALOG)
        )
    )


@lru_cache(maxsize=16)
def _catalog(entries: tuple[CatalogEntry, ...]) -> Catalog:
    entry_types: dict[str, list[CatalogEntry]] = {}
    for entry in entries:
        if entry.is_live:
            for event_type in {trigger.spec.type for trigger in entry.program.entry.triggers}:
                entry_types.setdefault(event_type, []).append(entry)
    programs = [program_of(version) for entry in entries for version in entry.version_ids]
    return Catalog(
        {entry.id: entry for entry in entries},
        {event_type: tuple(found) for event_type, found in entry_types.items()},
        frozenset(_listened(programs)),
        any(_waits_for_conditions(program) for program in programs),
    )


def _listened(programs: Iterable[Program]) -> Iterable[str]:
    for program in programs:
        yield from (rule.spec.type for rule in program.exits)
        yield from (goal.spec.type for goal in program.goals)
        yield from (spec.type for spec in awaited_specs(program))


def _waits_for_conditions(program: Program) -> bool:
    return any(
        isinstance(step, Await) and step.condition is not None for step in program.by_id.values()
    )
