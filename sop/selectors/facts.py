"""Facts for decisions (判断依据): what programs ask of customers, read in sets.

Two statements for any number of customers, and one more for each kind of event that a program
counts. Nothing is read that no condition asks for.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common import sql
from sop.program.advancing import since_entry
from sop.program.conditions import (
    DAYS_SINCE,
    EventSpec,
    EventTest,
    Facts,
    FieldTest,
    TagTest,
    parts_of,
)
from sop.program.steps import Await, Experiment, Program, conditions_of

_LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")

# Whoever let them in is their staff member while they are friends; else who has been it longest.
_ABOUT: Final = """
SELECT asked.n, customer.uid::text, owner.identity_id, owner.staff_id, {tags}, {arms},
       asked.run_id IS NOT NULL AND EXISTS (
           SELECT 1 FROM touches_touch touch
            WHERE touch.origin_kind = 'journey' AND touch.origin_id = asked.run_id::text
              AND touch.state = 'unknown') {profile}
  FROM unnest(%(n)s::int[], %(customers)s::bigint[], %(staff)s::bigint[], %(runs)s::bigint[],
              %(journeys)s::bigint[]) AS asked(n, customer_id, staff_id, run_id, journey_id)
  JOIN customers_customer customer ON customer.id = asked.customer_id
  JOIN customers_profile profile ON profile.customer_id = asked.customer_id
  LEFT JOIN LATERAL (
       SELECT friendship.identity_id, friendship.staff_id
         FROM customers_identity identity
         JOIN customers_friendship friendship ON friendship.identity_id = identity.id
        WHERE identity.customer_id = asked.customer_id AND friendship.is_friend
        ORDER BY friendship.staff_id = asked.staff_id DESC NULLS LAST, friendship.changed_at,
                 friendship.id
        LIMIT 1) owner ON true
"""
_TAGS: Final = """array(
           SELECT tag.name FROM customers_identity identity
             JOIN customers_tagassignment assignment ON assignment.identity_id = identity.id
             JOIN customers_tag tag ON tag.id = assignment.tag_id
            WHERE identity.customer_id = asked.customer_id)"""
# The newest first, so that the oldest of a person's arms is what remains.
_ARMS: Final = """array(
           SELECT arm.place || '=' || arm.arm FROM customers_identity identity
             JOIN sop_armassignment arm ON arm.identity_id = identity.id
            WHERE identity.customer_id = asked.customer_id
              AND arm.journey_id = asked.journey_id ORDER BY arm.id DESC)"""
_NOTHING: Final = "'{}'::text[]"
_COUNT: Final = """
SELECT asked.n, count(*)
  FROM unnest(%(n)s::int[], %(customers)s::bigint[], %(since)s::timestamptz[])
       AS asked(n, customer_id, since)
  JOIN customers_identity identity ON identity.customer_id = asked.customer_id
  JOIN customers_event event
    ON event.identity_id = identity.id AND event.occurred_at >= asked.since
 WHERE event.type = %(type)s AND event.occurred_at >= %(earliest)s
   AND event.occurred_at <= %(now)s {where}
 GROUP BY asked.n
"""
_COMPARED: Final = {"=": "=", "!=": "IS DISTINCT FROM", ">": ">", ">=": ">=", "<": "<", "<=": "<="}


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom facts are wanted.

    Attributes:
        customer_id: The customer as the identity belongs to now.
        journey_id: Whose arms count.
        since: The entry, for events "since entry"; None = now.
        staff_id: Who is preferred as their staff member.
        run_id: The run, if there is one already.
    """

    customer_id: int
    journey_id: int
    since: datetime | None = None
    staff_id: int | None = None
    run_id: int | None = None


def read_facts(program: Program, asked: Sequence[Asked], *, now: datetime) -> list[Facts]:
    """Return the facts that a program asks for, in the order of `asked`.

    Raises:
        LookupError: one of them has no profile.
    """
    return read_facts_of((program,), asked, now=now)


def read_facts_of(
    programs: Sequence[Program], asked: Sequence[Asked], *, now: datetime
) -> list[Facts]:
    """Return the facts that any of these programs asks for, in the order of `asked`.

    Raises:
        LookupError: one of them has no profile.
    """
    if not asked:
        return []
    counts = _counts(programs, asked, now)
    columns = _columns(programs)
    query = _ABOUT.format(
        profile="".join(f", profile.{column}" for column in columns),
        tags=_TAGS if _asks_for_tags(programs) else _NOTHING,
        arms=_ARMS if any(map(_has_arms, programs)) else _NOTHING,
    )
    rows = sql.fetch_all(query, _params(asked))
    found = {row[0]: _facts(row, columns, counts[row[0]]) for row in rows}
    return [found[n] for n in range(len(asked))]


def _params(asked: Sequence[Asked]) -> dict[str, Any]:
    return {
        "n": sql.numbers(range(len(asked))),
        "customers": sql.numbers(one.customer_id for one in asked),
        "staff": sql.numbers(one.staff_id for one in asked),
        "runs": sql.numbers(one.run_id for one in asked),
        "journeys": sql.numbers(one.journey_id for one in asked),
    }


def _facts(row: tuple[Any, ...], columns: Sequence[str], counts: dict[EventSpec, int]) -> Facts:
    _n, uid, identity_id, staff_id, tags, arms, has_unknown_touch, *values = row
    return Facts(
        uid=uid,
        profile=dict(zip(columns, values, strict=True)),
        tags=frozenset(tags),
        counts=counts,
        owner=None if staff_id is None else (identity_id, staff_id),
        has_unknown_touch=has_unknown_touch,
        arms=dict(arm.split("=", 1) for arm in arms),
    )


def _counts(
    programs: Sequence[Program], asked: Sequence[Asked], now: datetime
) -> list[dict[EventSpec, int]]:
    counts: list[dict[EventSpec, int]] = [{} for _ in asked]
    for spec in dict.fromkeys(spec for program in programs for spec in specs_of(program)):
        since = [_since(spec, one, now) for one in asked]
        where, params = _where(spec)
        rows = sql.fetch_all(
            _COUNT.format(where=where),
            params
            | {
                "n": sql.numbers(range(len(asked))),
                "customers": sql.numbers(one.customer_id for one in asked),
                "since": since,
                "earliest": min(since),
                "type": spec.type,
                "now": now,
            },
        )
        for n, count in rows:
            counts[n][spec] = count
    return counts


def specs_of(program: Program) -> list[EventSpec]:
    """Return every kind of event that this program counts, each once."""
    found: dict[EventSpec, None] = {}
    for condition in conditions_of(program):
        for part in parts_of(condition):
            if isinstance(part, EventTest):
                found[part.spec] = None
    for step in program.by_id.values():
        if isinstance(step, Await) and step.spec is not None and step.is_already_enough:
            found[since_entry(step)] = None
    return list(found)


def _since(spec: EventSpec, one: Asked, now: datetime) -> datetime:
    if spec.since_seconds is None:
        return _LONG_AGO
    if spec.since_seconds == 0:
        return one.since or now
    return now - timedelta(seconds=spec.since_seconds)


def _where(spec: EventSpec) -> tuple[str, dict[str, Any]]:
    """Return the payload test as SQL over jsonb, with its parameters."""
    parts: list[str] = []
    params: dict[str, Any] = {}
    for n, (name, (op, value)) in enumerate(spec.where):
        params |= {f"name{n}": name, f"value{n}": json.dumps(value)}
        if op == "in":
            parts.append(f"%(value{n})s::jsonb @> (event.payload->%(name{n})s)")
        else:
            parts.append(f"(event.payload->%(name{n})s) {_COMPARED[op]} %(value{n})s::jsonb")
    return "".join(f" AND {part}" for part in parts), params


def _columns(programs: Sequence[Program]) -> tuple[str, ...]:
    """Return the columns of the profile that some condition of these programs reads."""
    fields = {part.field for part in _all_parts(programs) if isinstance(part, FieldTest)}
    return tuple(sorted({DAYS_SINCE.get(field, field) for field in fields}))


def _asks_for_tags(programs: Sequence[Program]) -> bool:
    return any(isinstance(part, TagTest) for part in _all_parts(programs))


def _all_parts(programs: Sequence[Program]) -> Iterable[Any]:
    for program in programs:
        for condition in conditions_of(program):
            yield from parts_of(condition)


def _has_arms(program: Program) -> bool:
    return program.control_percent > 0 or any(
        isinstance(step, Experiment) for step in program.by_id.values()
    )
