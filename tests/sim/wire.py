"""The wire between a host and WeCom: what goes wrong on it, and what the host gets to hear.

The product's own functions build the request and read the answer; `Client.post` is what is played.
"""

import json
from collections.abc import Mapping
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

# What may go wrong, and how often in a bad hour. `x` after the word: executed all the same.
FAULTS = {
    "not_sent": 3,
    "busy": 3,
    "window": 5,
    "minus_one": 3,
    "minus_one_x": 3,
    "server": 2,
    "server_x": 2,
    "timeout": 2,
    "timeout_x": 3,
    "late_x": 4,
    "half_x": 2,
    "reset": 2,
    "reset_x": 3,
}
_MODES, _WEIGHTS = list(FAULTS), list(FAULTS.values())
AMBIGUOUS = frozenset(
    {"minus_one", "server", "timeout", "reset"} | {mode for mode in FAULTS if mode.endswith("_x")}
)


class _Sent(Exception):  # noqa: N818 - it is no error
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
        window_until: Until then everything is answered with 45009.
    """

    def __init__(self, engine: Engine, wecom: WeCom, profile: Profile) -> None:
        self._engine = engine
        self._wecom = wecom
        self._profile = profile
        self.badness = 0.0
        self.bad_until = 0.0
        self.window_until = 0.0

    def send(self, claimed: Claimed) -> Flight:
        """Send the request of a try: from here on it may land, whatever becomes of the host."""
        try:
            make_call(Line(), claimed.kind, json.loads(claimed.payload))  # type: ignore[arg-type]
        except _Sent as sent:
            return self._fly(sent.api, sent.body, claimed.id)
        raise AssertionError("a call without a request")

    def answer(self, claimed: Claimed, flight: Flight) -> Reply:
        """Let the product read what came back.

        Raises:
            WeComError: as it sorts it.
        """
        return make_call(Line(flight), claimed.kind, json.loads(claimed.payload))  # type: ignore[arg-type]

    def _fly(self, api: str, body: dict[str, Any], cause: UUID) -> Flight:
        engine, rng = self._engine, self._engine.rng
        mode = self._mode(rng)
        quick = 0.03 + rng.random() * 0.8
        flight = Flight(mode, quick)
        landing = quick * 0.5 if mode == "ok" or mode.endswith("_x") else None
        match mode.removesuffix("_x"):
            case "not_sent":
                flight.error = NotSent("ConnectTimeout", api=api)
            case "busy":
                flight.error = error_for(rng.choice((6000, 45033)), api=api)
            case "window":
                flight.error = error_for(45009, api=api)
            case "minus_one":
                flight.error = error_for(-1, api=api)
            case "server":
                flight.error = Ambiguous("HTTP 502", api=api)
            case "half":
                flight.error = Ambiguous("unreadable answer", api=api)
            case "timeout":
                flight.error, flight.answer_after = Ambiguous("ReadTimeout"), TIME_OUT_SECONDS
            case "late":
                flight.error, flight.answer_after = Ambiguous("ReadTimeout"), TIME_OUT_SECONDS
                landing = TIME_OUT_SECONDS + rng.random() * (
                    self._profile.landing - TIME_OUT_SECONDS
                )
            case "reset":
                flight.error = Ambiguous("ConnectionReset")
                landing = landing and rng.random() * self._profile.landing
        if landing is not None:
            engine.later(landing, lambda: self._land(flight, api, body, cause))
        return flight

    def _land(self, flight: Flight, api: str, body: dict[str, Any], cause: UUID) -> None:
        flight.result = self._wecom.execute(api, body, cause)

    def _mode(self, rng: Random) -> str:
        if self._engine.t < self.window_until:
            return "window"
        if self._engine.t < self.bad_until and rng.random() < self.badness:
            return rng.choices(_MODES, _WEIGHTS)[0]
        return "ok"
