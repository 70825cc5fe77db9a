"""What customers and staff really received, and what our database says of it, side by side."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.client import SimClient
from tests.chaos.town import Town

_TOUCHES: Final = """
SELECT touch.id, touch.uid::text AS uid, touch.key, touch.lane, touch.purpose, touch.state,
       touch.reason, touch.customer_id, touch.origin_kind, touch.origin_id, touch.origin_step,
       identity.value AS external_userid, staff.userid, call.id::text AS call_id,
       call.state AS call_state, call.kind AS call_kind, call.wecom_ref, call.ambiguous_rounds,
       call.payload, place.counted_at, withdrawn.at AS withdrawn_at
  FROM touches_touch touch
  JOIN customers_identity identity ON identity.id = touch.identity_id
  JOIN org_staff staff ON staff.id = touch.staff_id
  LEFT JOIN touches_dispatch call ON call.id = touch.dispatch_id
  LEFT JOIN LATERAL (
       SELECT max(counted_at) AS counted_at FROM touches_contactledger
        WHERE touch_id = touch.id AND state <> 'released') place ON true
  LEFT JOIN LATERAL (
       SELECT min(logged_at) AS at FROM touches_effectlog log
        WHERE log.actor = 'journey' AND (log.touch_id = touch.id
              OR (log.dispatch_id = call.id AND call.kind <> 'mass_message'))) withdrawn ON true
 ORDER BY touch.id
"""
# More than the sandbox keeps.
JOURNAL: Final = 1_000_000
_ADDRESS: Final = re.compile(r"https?://[^\"\\\s]+/l/[\w-]+")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something on a phone: when by real time, and when by virtual time."""

    to: str
    at: datetime
    sim_at: datetime


@dataclass
class Received:
    """Everything that arrived, by what tells it apart."""

    mass: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)
    """(message number, customer)."""
    cards: dict[str, list[Arrival]] = field(default_factory=dict)
    """Number of the touch."""
    notices: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(member, what the card says)."""
    welcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(customer, member)."""
    messages: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Mass messages as WeCom has them, by number."""

    @classmethod
    def of(cls, sim: SimClient) -> "Received":
        """Read it all out of the sandbox."""
        corp = next(iter(sim.snapshot()["corps"].values()))
        found = cls(messages=corp["mass_messages"])
        mass: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
        cards: dict[str, list[Arrival]] = defaultdict(list)
        for entry in sim.outbox(limit=JOURNAL):
            payload, arrival = entry["payload"], _arrival(entry)
            if entry["kind"] == "mass_message":
                mass[payload["msgid"], entry["to"]].append(arrival)
            elif entry["kind"] == "welcome" and payload["msgtype"] == "text":
                found.welcomes[entry["to"], entry["from"]] += 1
            elif entry["kind"] == "app_message" and "template_card" in payload:
                cards[payload["template_card"]["task_id"]].append(arrival)
            elif entry["kind"] == "app_message":
                found.notices[entry["to"], _text_of(payload)] += 1
        found.mass, found.cards = dict(mass), dict(cards)
        return found

    @property
    def count(self) -> int:
        """How much arrived, on phones of customers and of staff."""
        many = [*self.mass.values(), *self.cards.values()]
        return sum(map(len, many)) + self.notices.total() + self.welcomes.total()

    def marks(self) -> dict[str, list[str]]:
        """Return the numbers of the mass messages by the tracked link that marks them."""
        marked: dict[str, list[str]] = defaultdict(list)
        for msgid, message in self.messages.items():
            for mark in marks_in(json.dumps(message["attachments"])):
                marked[mark].append(msgid)
        return dict(marked)


def touches_of(town: Town) -> list[dict[str, Any]]:
    """Return every touch with its call, its place and when its run withdrew it (real time)."""
    return town.query(_TOUCHES)


def marks_in(text: str) -> set[str]:
    """Return the tracked links in a body."""
    return set(_ADDRESS.findall(text))


def notice_of(payload: str) -> tuple[str, str]:
    """Return (member, what the card says) of a body that was sent."""
    body = json.loads(payload)
    return body["touser"], _text_of(body)


def _text_of(payload: dict[str, Any]) -> str:
    return json.dumps(payload.get(payload["msgtype"]), ensure_ascii=False, sort_keys=True)


def _arrival(entry: dict[str, Any]) -> Arrival:
    at, sim_at = (datetime.fromtimestamp(entry[name], tz=UTC) for name in ("at", "sim_at"))
    return Arrival(entry["to"], at, sim_at)
