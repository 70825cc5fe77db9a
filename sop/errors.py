"""What can go wrong with journeys."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a program from being published (问题), for people.

    Attributes:
        anchor: Where it is mended: the key of a step, or the name of a setting.
    """

    place: str
    reason: str
    anchor: str = ""

    def __str__(self) -> str:
        return f"{self.place}:{self.reason}" if self.place else self.reason

    @property
    def words(self) -> str:
        """As people read it."""
        if not self.place:
            return self.reason
        return gettext("{name}：{value}").format(name=self.place, value=self.reason)


class BadProgram(ValueError):
    """A program cannot be published; `problems` says where and why, `found` where to mend it."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        self.found = tuple(
            one if isinstance(one, Problem) else Problem("", one) for one in problems
        )
        self.problems = [str(one) for one in self.found]
        super().__init__("; ".join(self.problems))


class BadEdit(ValueError):
    """A draft cannot be edited so; the message is for people."""


class StaleDraft(ValueError):
    """Somebody else changed the draft meanwhile; the message says who did what."""


class UnknownJourney(LookupError):
    """There is no such journey, or it is not visible to whoever asks."""


class UnknownRun(LookupError):
    """There is no such run, or it is not visible to whoever asks."""


class CodeTaken(ValueError):
    """Another journey has this code."""


class WrongState(ValueError):
    """The journey is not in a state in which this can be done."""
