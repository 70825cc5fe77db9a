"""The wire between a host and WeCom: what goes wrong on it, and what the host gets to hear.

The product's own functions build the request and read the answer; `Client.post` is what is played.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from tests.sim.engine import Engine
from tests.sim.profile import TIME_OUT_SECONDS, Profile
from tests.sim.wecom import WeCom
from touches.services.calls import make_call
from touches.services.outcomes import Claimed, Reply
from wecom.errcodes import error_for
from wecom.errors import Ambiguous, NotSent, WeComError


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a call goes wrong.

    Attributes:
        weight: How often, in a bad hour.
        error: What the host gets to hear.
        lands: When it is executed all the same: "soon", "late" (when the client has given up),
            "any" of these; "" never.
        is_timeout: The host waits for the answer as long as it waits for any.
        is_clear: Surely nothing was executed, and the host knows it.
    """

    weight: int
    error: Callable[[str, Random], WeComError]
    lands: str = ""
    is_timeout: bool = False
    is_clear: bool = False


def _minus_one(api: str, _rng: Random) -> WeComError:
    return error_for(-1, api=api)


def _server(api: str, _rng: Random) -> WeComError:
    return Ambiguous("HTTP 502", api=api)


def _timeout(api: str, _rng: Random) -> WeComError:
    return Ambiguous("ReadTimeout", api=api)


def _reset(api: str, _rng: Random) -> WeComError:
    return Ambiguous("ConnectionReset", api=api)


FAULTS = {
    "not sent": Fault(3, lambda api, _: NotSent("ConnectTimeout", api=api), is_clear=True),
    "busy": Fault(3, lambda api, rng: error_for(rng.choice((6000, 45033))), is_clear=True),
    "window": Fault(5, lambda api, _: error_for(45009, api=api), is_clear=True),
    "-1": Fault(3, _minus_one),
    "-1, executed": Fault(3, _minus_one, "soon"),
    "502": Fault(2, _server),
    "502, executed": Fault(2, _server, "soon"),
    "time-out": Fault(2, _timeout, is_timeout=True),
    "time-out, executed": Fault(3, _timeout, "soon", is_timeout=True),
    "time-out, executed late": Fault(4, _timeout, "late", is_timeout=True),
    "half an answer": Fault(2, lambda api, _: Ambiguous("unreadable answer", api=api), "soon"),
    "reset": Fault(2, _reset),
    "reset, executed": Fault(3, _reset, "any"),
}
_MODES, _WEIGHTS = list(FAULTS), [fault.weight for fault in FAULTS.values()]
OK = "ok"


def is_ambiguous(mode: str) -> bool:
    """Whether nobody on our side can know if such a call was executed."""
    return mode != OK and not FAULTS[mode].is_clear


class _Sent(Exception):
    """The request as the product would have sent it."""

    def __init__(self, api: str, body: dict[str, Any]) -> None:
        super().__init__(api)
        self.api = api
        self.body = body


@dataclass(eq=False, slots=True)
class Flight:
    """A request under way.

    Attributes:
        answer_after: Seconds until the host hears something.
        error: What it hears instead of an answer.
    """

    mode: str
    answer_after: float
    error: WeComError | None = None
    result: tuple[int, dict[str, Any]] | None = None


class Line:
    """Stands for `wecom.client.Client` in one call."""

    app_pk = 1

    def __init__(self, flight: Flight | None = None) -> None:
        self._flight = flight

    def post(
        self, api: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        if self._flight is None:
            raise _Sent(api, dict(body))
        if self._flight.error is not None:
            raise self._flight.error
        errcode, data = self._flight.result or (-1, {})
        if errcode:
            raise error_for(errcode, api=api)
        return data


class ReadingLine:
    """Stands for `Client` where WeCom is only asked; the questions of one look meet no faults."""

    app_pk = 1

    def __init__(self, wecom: WeCom) -> None:
        self._wecom = wecom

    def post(
        self, api: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return self._wecom.read(api, dict(body))


class Wire:
    """Carries calls, well or badly.

    Attributes:
        badness: How many calls of a hundred go wrong, until `bad_until`.
        window: From and until when everything is answered with 45009.
    """

    def __init__(self, engine: Engine, wecom: WeCom, profile: Profile) -> None:
        self._engine = engine
        self._wecom = wecom
        self._profile = profile
        self.badness = 0.0
        self.bad_until = 0.0
        self.window = (0.0, 0.0)

    def send(self, claimed: Claimed) -> Flight:
        """Send the request of a try: from here on it may land, whatever becomes of the host."""
        try:
            make_call(Line(), claimed.kind, json.loads(claimed.payload))
        except _Sent as sent:
            return self._fly(sent.api, sent.body, claimed.id)
        raise AssertionError("a call without a request")

    def answer(self, claimed: Claimed, flight: Flight) -> Reply:
        """Let the product read what came back.

        Raises:
            WeComError: as it sorts it.
        """
        return make_call(Line(flight), claimed.kind, json.loads(claimed.payload))

    def _fly(self, api: str, body: dict[str, Any], cause: UUID) -> Flight:
        rng = self._engine.rng
        mode, quick = self._mode(rng), 0.03 + rng.random() * 0.8
        fault = FAULTS.get(mode)
        flight = Flight(mode, quick)
        if fault is not None:
            flight.error = fault.error(api, rng)
            flight.answer_after = TIME_OUT_SECONDS if fault.is_timeout else quick
        landing = self._landing(fault.lands if fault else "soon", quick, rng)
        if landing:
            self._engine.later(landing, lambda: self._land(flight, api, body, cause))
        return flight

    def _landing(self, when: str, quick: float, rng: Random) -> float:
        """How long after it was sent a request is executed; 0 = never."""
        if when == "late":
            return TIME_OUT_SECONDS + rng.random() * (self._profile.landing - TIME_OUT_SECONDS)
        if when == "any":
            return rng.random() * self._profile.landing
        return quick * 0.5 if when else 0.0

    def is_bad(self) -> bool:
        """Whether these are bad hours."""
        return self.badness > 0 and self._engine.t < self.bad_until

    def _land(self, flight: Flight, api: str, body: dict[str, Any], cause: UUID) -> None:
        flight.result = self._wecom.execute(api, body, cause)

    def _mode(self, rng: Random) -> str:
        if self.window[0] <= self._engine.t < self.window[1]:
            return "window"
        if self._engine.t < self.bad_until and rng.random() < self.badness:
            return rng.choices(_MODES, _WEIGHTS)[0]
        return OK
