"""A simulated WeCom: it executes what lands, sometimes late, and its lists lag behind.

What people received is written down here, for the oracle: nothing of ours tells it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.sim.engine import BASE, Engine
from tests.sim.profile import Profile
from wecom.errcodes import error_for

Answer = tuple[int, dict[str, Any]]
DUPLICATE_SECONDS = 1_800
WELCOME_SECONDS = 20
TAKEN_CARD = 42014


@dataclass(frozen=True, slots=True)
class Received:
    """Something that reached a person: a customer, or a member of staff.

    Attributes:
        what: welcome, card, task (a mass message to confirm), mass (its message to a customer).
        cause: The dispatch whose call it was.
    """

    t: float
    what: str
    who: str
    cause: UUID


@dataclass(eq=False, slots=True)
class Message:
    """A mass message with its one sender's task."""

    msgid: str
    body: dict[str, Any]
    created: float
    listed: float
    cause: UUID
    is_stopped: bool = False
    sent: float | None = None
    results: dict[str, int] = field(default_factory=dict)


class WeCom:
    """One corp at WeCom.

    Args:
        on_card: A task card reached a member.
        on_mass: A mass message reached a member, who may confirm it.
    """

    def __init__(self, engine: Engine, profile: Profile) -> None:
        self._engine = engine
        self._profile = profile
        self.skew = 0.0
        self.result_lag = 0.0
        self.refuses_fresh_lists = False
        self.codes: dict[str, float] = {}
        self.spent_codes: set[str] = set()
        self.strangers: set[str] = set()
        self.messages: dict[str, Message] = {}
        self.received: list[Received] = []
        self.executed: dict[UUID, list[float]] = {}
        self.on_card: Callable[[str, str], None] = lambda staff, card: None
        self.on_mass: Callable[[Message], None] = lambda message: None
        self._seen: dict[str, float] = {}
        self._cards: set[str] = set()
        self._executors: dict[str, Callable[[dict[str, Any], UUID], Answer]] = {
            "externalcontact/send_welcome_msg": self._welcome,
            "message/send": self._send,
            "externalcontact/add_msg_template": self._create,
            "externalcontact/cancel_groupmsg_send": self._stop,
            "externalcontact/mark_tag": lambda body, cause: (0, {}),
            "message/update_template_card": lambda body, cause: (0, {}),
        }
        self._readers: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "externalcontact/get_groupmsg_list_v2": self._list,
            "externalcontact/get_groupmsg_task": self._task,
            "externalcontact/get_groupmsg_send_result": self._result,
        }

    def execute(self, api: str, body: dict[str, Any], cause: UUID) -> Answer:
        """Execute a request that has landed."""
        answer = self._executors[api](body, cause)
        self.executed.setdefault(cause, [])
        if answer[0] == 0:
            self.executed[cause].append(self._engine.t)
        self._engine.note("wecom", "executes {} for {}: {}", api, cause, answer[0])
        return answer

    def read(self, api: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a question at once.

        Raises:
            WeComError: by errcode.
        """
        errcode, data = self._readers[api](body)
        if errcode:
            raise error_for(errcode, api=api)
        return data

    def confirm(self, message: Message) -> None:
        """The member taps "send": it goes to everybody who may have it."""
        if message.is_stopped or message.sent is not None:
            return
        message.sent = self._engine.t
        for customer in message.body["external_userid"]:
            is_stranger = customer in self.strangers
            message.results[customer] = 2 if is_stranger else 1
            if not is_stranger:
                self._receive("mass", customer, message.cause)

    def _receive(self, what: str, who: str, cause: UUID) -> None:
        self.received.append(Received(self._engine.t, what, who, cause))

    def _welcome(self, body: dict[str, Any], cause: UUID) -> Answer:
        code = body["welcome_code"]
        if code in self.spent_codes:
            return 41051, {}
        if self._engine.t > self.codes.get(code, -1.0):
            return 41050, {}
        self.spent_codes.add(code)
        self._receive("welcome", code, cause)
        return 0, {}

    def _send(self, body: dict[str, Any], cause: UUID) -> Answer:
        staff, text = body["touser"], json.dumps(body)
        if staff in self.strangers:
            return 60111, {}
        since = self._engine.t - self._seen.get(text, -1e9)
        if since < DUPLICATE_SECONDS:
            return 0, {"msgid": "same"}
        card = body.get("template_card", {}).get("task_id", "")
        if card and card in self._cards:
            return TAKEN_CARD, {}
        self._seen[text] = self._engine.t
        self._cards.add(card)
        self._receive("card", staff, cause)
        self.on_card(staff, card)
        return 0, {"msgid": f"APP-{len(self.received)}", "response_code": f"CODE-{card}"}

    def _create(self, body: dict[str, Any], cause: UUID) -> Answer:
        reachable = [c for c in body["external_userid"] if c not in self.strangers]
        if not reachable:
            return 41048, {}
        msgid = f"MSG-{len(self.messages) + 1}"
        rng, t = self._engine.rng, self._engine.t
        listed = t + rng.random() * self._profile.list_lag
        message = Message(msgid, body | {"external_userid": reachable}, t, listed, cause)
        self.messages[msgid] = message
        self._receive("task", body["sender"], cause)
        self.on_mass(message)
        gone = [c for c in body["external_userid"] if c in self.strangers]
        return 0, {"msgid": msgid, "fail_list": gone}

    def _stop(self, body: dict[str, Any], cause: UUID) -> Answer:
        message = self.messages[body["msgid"]]
        if message.is_stopped:
            return 41093, {}
        message.is_stopped = True
        return 0, {}

    def _list(self, body: dict[str, Any]) -> Answer:
        t = self._engine.t
        if self.refuses_fresh_lists and any(t - 3.0 < m.created for m in self.messages.values()):
            return 41063, {}
        rows = [
            {
                "msgid": message.msgid,
                "create_time": self._stamp(message.created),
                "text": message.body["text"],
                "attachments": message.body.get("attachments", []),
            }
            for message in self.messages.values()
            if message.listed <= t
            and body["start_time"] <= self._stamp(message.created) <= body["end_time"]
        ]
        return 0, {"group_msg_list": rows}

    def _task(self, body: dict[str, Any]) -> Answer:
        message = self.messages[body["msgid"]]
        if message.is_stopped and message.sent is None:
            return 41093, {}
        part: dict[str, Any] = {"userid": message.body["sender"], "status": 0}
        if message.sent is not None:
            part |= {"status": 2, "send_time": self._stamp(message.sent)}
        return 0, {"task_list": [part]}

    def _result(self, body: dict[str, Any]) -> Answer:
        message = self.messages[body["msgid"]]
        is_known = message.sent is not None and message.sent + self.result_lag <= self._engine.t
        rows = []
        for customer in message.body["external_userid"]:
            row: dict[str, Any] = {
                "userid": message.body["sender"],
                "external_userid": customer,
                "status": message.results.get(customer, 0) if is_known else 0,
            }
            if row["status"] == 1:
                row["send_time"] = self._stamp(message.sent or 0.0)
            rows.append(row)
        return 0, {"send_list": rows}

    def _stamp(self, t: float) -> int:
        return int(datetime.timestamp(BASE) + t + self.skew)
