"""What must be true of the touches after a storm: every problem in words, under a few heads."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from tests.chaos.caps import cap_overruns
from tests.chaos.received import Received, marks_in, notice_of, touches_of
from tests.chaos.town import Town
from touches.services.mass_results import LEFT_AFTER_EXIT
from touches.services.mass_steps import NOT_READABLE

Touch = dict[str, Any]
OPEN: Final = frozenset({"planned", "queued", "dispatched"})
SENT: Final = frozenset({"delivered", "confirmed"})
# A card that was under way when its run ended is closed when it arrives.
MARKED: Final = frozenset({LEFT_AFTER_EXIT, "cancelled", "unknown"})
NEVER_HELD_OUT: Final = frozenset({"service", "care"})
# WeCom tells whole seconds.
A_SECOND: Final = timedelta(seconds=1.5)

_RUNS: Final = """
SELECT run.id, run.state, run.step, run.reason, EXISTS (
       SELECT 1 FROM touches_touch touch WHERE touch.origin_kind = 'journey'
          AND touch.origin_id = run.id::text AND touch.state = 'unknown') AS is_held,
       run.due_at > now() + make_interval(secs => coalesce(
           (SELECT offset_seconds FROM common_clockoffset WHERE id = 1), 0)) AS is_ahead
  FROM sop_journeyrun run WHERE run.state IN ('active', 'parked')
"""
_NOTICES: Final = """
SELECT call.payload, call.state, touch.id IS NULL AS is_reminder FROM touches_dispatch call
  LEFT JOIN touches_touch touch ON touch.dispatch_id = call.id
 WHERE call.kind = 'staff_message' AND call.state IN ('done', 'unknown')
   AND call.payload NOT LIKE '%%template_card%%'
"""
_MOVED_AFTER_THE_END: Final = """
SELECT ended.run_id, ended.kind FROM sop_steplog ended
 WHERE ended.kind IN ('exited', 'stopped')
   AND EXISTS (SELECT 1 FROM sop_steplog later WHERE later.run_id = ended.run_id
                  AND later.kind = 'moved' AND later.id > ended.id)
"""
_CONTROL: Final = """
SELECT run.id, touch.key AS what FROM sop_journeyrun run
  JOIN touches_touch touch
    ON touch.origin_kind = 'journey' AND touch.origin_id = run.id::text
 WHERE run.is_control AND touch.purpose <> ALL(%s)
UNION ALL
SELECT run.id, call.key FROM sop_journeyrun run
  JOIN touches_dispatch call ON call.key LIKE 'tag:run:' || run.id || ':%%'
 WHERE run.is_control
"""


@dataclass
class Findings:
    """What is wrong, by kind; and how much there was."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    without_reason: list[str] = field(default_factory=list)
    cap_overruns: list[str] = field(default_factory=list)
    after_exit: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    touches: int = 0
    dispatches: int = 0
    arrived: int = 0
    unknown: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def problems(self) -> list[str]:
        """Everything that must not be."""
        kinds = ("lost", "doubled", "without_reason", "cap_overruns", "after_exit", "wrong")
        return [f"{kind}: {text}" for kind in kinds for text in getattr(self, kind)]


def judge_touches(town: Town) -> Findings:
    """Compare what arrived with what our database says."""
    received, touches = Received.of(town.sim), touches_of(town)
    found = Findings(touches=len(touches), dispatches=town.count("touches_dispatch"))
    found.states = Counter(f"{touch['lane']} {touch['state']}" for touch in touches)
    found.arrived = received.count
    found.unknown = sum(touch["state"] == "unknown" for touch in touches)
    for touch in touches:
        _judge_state(touch, found)
    _judge_mass([t for t in touches if t["lane"] == "M"], received, found)
    _judge_cards([t for t in touches if t["lane"] == "T"], received, found)
    _judge_notices(town, received, found)
    _judge_welcomes([t for t in touches if t["lane"] == "W"], received, found)
    found.cap_overruns = cap_overruns(town, touches, received)
    _judge_runs(town, found)
    _judge_sandbox(town, found)
    return found


def _name(touch: Touch) -> str:
    call = f"{touch['call_kind']} {touch['call_id']} {touch['call_state']}"
    return f"{touch['lane']} {touch['key']} {touch['state']} “{touch['reason']}” ({call})"


def _judge_state(touch: Touch, found: Findings) -> None:
    state = touch["state"]
    if state in OPEN:
        found.lost.append(f"still open: {_name(touch)}")
    elif state not in SENT and not touch["reason"]:
        found.without_reason.append(_name(touch))
    is_unread = touch["reason"] == NOT_READABLE
    if state == "unknown" and not touch["ambiguous_rounds"] and not is_unread:
        found.wrong.append(f"unknown without an unclear try: {_name(touch)}")


def _judge_mass(touches: Sequence[Touch], received: Received, found: Findings) -> None:
    by_place = {(t["wecom_ref"], t["external_userid"]): t for t in touches if t["wecom_ref"]}
    arrived_by_call = Counter[tuple[str, str]]()
    call_of = _calls_of_messages(touches, received)
    is_unknown = {t["call_id"] for t in touches if t["call_state"] == "unknown"}
    for (msgid, customer), arrivals in received.mass.items():
        touch, call_id = by_place.get((msgid, customer)), call_of.get(msgid)
        arrived_by_call[call_id or msgid, customer] += len(arrivals)
        if touch is None and call_id not in is_unknown:
            found.lost.append(f"nobody knows that {customer} got {msgid} ({call_id})")
        elif touch is not None and touch["state"] not in SENT | {"unknown"}:
            found.lost.append(f"arrived all the same: {_name(touch)}")
        elif touch is not None:
            _judge_exit(touch, arrivals[0].at, found)
    found.doubled += [
        f"{customer} got {count} messages of {call_id}"
        for (call_id, customer), count in arrived_by_call.items()
        if count > 1
    ]
    found.lost += [
        f"never arrived: {_name(touch)}"
        for place, touch in by_place.items()
        if touch["state"] in SENT and place not in received.mass
    ]
    _judge_twins(call_of, received, found)


def _calls_of_messages(touches: Sequence[Touch], received: Received) -> dict[str, str]:
    """Return which call made each mass message, by the tracked link that stands in both."""
    marked = received.marks()
    calls = {t["call_id"]: t["payload"] for t in touches if t["call_id"]}
    return {
        msgid: call_id
        for call_id, payload in calls.items()
        for mark in marks_in(payload)
        for msgid in marked.get(mark, ())
    }


def _judge_twins(call_of: dict[str, str], received: Received, found: Findings) -> None:
    """A second message of one call is allowed when it was stopped before anybody tapped."""
    alive: dict[str, list[str]] = defaultdict(list)
    for msgid, call_id in call_of.items():
        message = received.messages[msgid]
        if not message["cancelled"] or message["tasks"]:
            alive[call_id].append(msgid)
    for call_id, msgids in alive.items():
        if len(msgids) > 1:
            found.doubled.append(f"{len(msgids)} mass messages of {call_id}")


def _judge_exit(touch: Touch, arrived_at: Any, found: Findings) -> None:
    withdrawn_at = touch["withdrawn_at"]
    is_late = withdrawn_at is not None and arrived_at > withdrawn_at + A_SECOND
    if is_late and MARKED.isdisjoint({touch["reason"], touch["state"]}):
        late = (arrived_at - withdrawn_at).total_seconds()
        found.after_exit.append(f"{late:.1f} s after its withdrawal: {_name(touch)}")


def _judge_cards(touches: Sequence[Touch], received: Received, found: Findings) -> None:
    known = {touch["uid"]: touch for touch in touches}
    for uid, arrivals in received.cards.items():
        touch = known.get(uid)
        if touch is None:
            found.lost.append(f"a card that nobody planned: {uid}")
            continue
        if len(arrivals) > 1:
            found.doubled.append(f"{len(arrivals)} cards: {_name(touch)}")
        if touch["call_state"] not in {"done", "unknown"}:
            found.lost.append(f"arrived all the same: {_name(touch)}")
        _judge_exit(touch, arrivals[0].at, found)
    for touch in touches:
        is_said = touch["call_state"] == "done" or touch["state"] in SENT
        if is_said and touch["uid"] not in received.cards:
            found.lost.append(f"never arrived: {_name(touch)}")


def _judge_notices(town: Town, received: Received, found: Findings) -> None:
    """Notices to staff carry no number: equal ones are counted.

    Reminders are told apart by nothing: hours of virtual time apart they are one to the duplicate
    check, which goes by real time.
    """
    sure, perhaps = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for call in town.query(_NOTICES):
        notice = notice_of(call["payload"])
        is_sure = call["state"] == "done" and not (call["is_reminder"] and sure[notice])
        (sure if is_sure else perhaps)[notice] += 1
    for key in sure.keys() | perhaps.keys() | received.notices.keys():
        arrived, least = received.notices[key], sure[key]
        if arrived < least:
            found.lost.append(f"{least - arrived} notices never arrived: {key}")
        if arrived > least + perhaps[key]:
            found.doubled.append(f"{arrived} notices instead of {least}: {key}")


def _judge_welcomes(touches: Sequence[Touch], received: Received, found: Findings) -> None:
    sure, perhaps = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for touch in touches:
        pair = (touch["external_userid"], touch["userid"])
        sure[pair] += touch["call_state"] == "done"
        perhaps[pair] += touch["call_state"] == "unknown"
    for pair in sure.keys() | received.welcomes.keys():
        if received.welcomes[pair] < sure[pair]:
            found.lost.append(f"welcome never arrived: {pair}")
        if received.welcomes[pair] > sure[pair] + perhaps[pair]:
            found.doubled.append(f"welcomed {received.welcomes[pair]} times: {pair}")


def _judge_runs(town: Town, found: Findings) -> None:
    for run in town.query(_RUNS):
        if run["state"] == "parked":
            found.wrong.append(f"run {run['id']} is parked: {run['reason']}")
        elif not run["is_ahead"] and not run["is_held"]:
            found.lost.append(f"run {run['id']} stands at {run['step']} though it is due")
    for row in town.query(_MOVED_AFTER_THE_END):
        found.after_exit.append(f"run {row['run_id']} moved after it was {row['kind']}")
    for row in town.query(_CONTROL, [list(NEVER_HELD_OUT)]):
        found.wrong.append(f"control run {row['id']} was not left alone: {row['what']}")


def _judge_sandbox(town: Town, found: Findings) -> None:
    report = town.sim.report()
    if report["unknown_fields"]:
        found.wrong.append(f"fields that WeCom does not know: {report['unknown_fields']}")
    dropped = report["warning_counts"].get("staff message dropped", 0)
    if dropped:
        found.lost.append(f"WeCom dropped {dropped} messages to staff who got too many")
