"""Faults on demand: which call or callback goes wrong, and how.

A rule is `{match, mode, probability, times, seconds}`. `match` is a glob over API paths
(`externalcontact/*`), or `callback`, or `callback:<change type glob>`. The first that fires wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sandbox.entities import JSONDict
from sandbox.errors import ActionError

CALLBACK_MODES = ("drop", "duplicate", "reorder", "delay")
API_MODES = (
    "minus_one",
    "minus_one_executed",
    "busy_6000",
    "rate_45009",
    "concurrency_45033",
    "http_502",
    "http_502_executed",
    "timeout",
    "timeout_executed",
    "late_execution",
    "half_answer",
    "reset",
    "reset_executed",
    "list_lag",
    "short_pages",
)
QUIET_MODES = ("list_lag", "short_pages")
"""Modes that change an answer inside the handler instead of the transport."""


@dataclass(slots=True)
class FaultRule:
    """One fault; `times` counts down, -1 means for ever."""

    match: str
    mode: str
    probability: float = 1.0
    times: int = -1
    seconds: float = 1.0
    hits: int = 0

    def __post_init__(self) -> None:
        """Refuse unknown modes early."""
        modes = CALLBACK_MODES if self.is_callback else API_MODES
        if self.mode not in modes:
            raise ActionError(f"mode {self.mode!r} is not one of {', '.join(modes)}")

    @property
    def is_callback(self) -> bool:
        """Whether the rule is about callbacks."""
        return self.match == "callback" or self.match.startswith("callback:")

    def as_json(self) -> JSONDict:
        """Return the rule as the control API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Faults:
    """The rules in force."""

    def __init__(self, chance: Callable[[str], float]) -> None:
        """Keep the seeded source of chances."""
        self._chance = chance
        self.rules: list[FaultRule] = []

    def replace(self, rules: list[JSONDict]) -> None:
        """Put new rules in force, in order.

        Raises:
            ActionError: a rule is not understood.
        """
        try:
            self.rules = [FaultRule(**rule) for rule in rules]
        except TypeError as error:
            raise ActionError(f"a fault rule is not understood: {error}") from error

    def for_call(self, path: str) -> FaultRule | None:
        """Return the transport fault that befalls this call."""
        for rule in self.rules:
            if rule.is_callback or rule.mode in QUIET_MODES:
                continue
            if fnmatchcase(path, rule.match) and self._fires(rule):
                return rule
        return None

    def quiet(self, mode: str, path: str) -> FaultRule | None:
        """Return the rule of a quiet mode that befalls this call."""
        for rule in self.rules:
            if rule.mode == mode and fnmatchcase(path, rule.match) and self._fires(rule):
                return rule
        return None

    def for_callback(self, change_type: str) -> FaultRule | None:
        """Return the fault that befalls this callback."""
        for rule in self.rules:
            if not rule.is_callback:
                continue
            _, _, pattern = rule.match.partition(":")
            if fnmatchcase(change_type, pattern or "*") and self._fires(rule):
                return rule
        return None

    def _fires(self, rule: FaultRule) -> bool:
        if rule.times == 0:
            return False
        if rule.probability < 1 and self._chance("fault") >= rule.probability:
            return False
        if rule.times > 0:
            rule.times -= 1
        rule.hits += 1
        return True
