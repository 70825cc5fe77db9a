"""What can go wrong with journeys."""


class BadProgram(ValueError):
    """A program cannot be published; `problems` says where and why, for people."""

    def __init__(self, problems: "list[str]") -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class UnknownJourney(LookupError):
    """There is no such journey, or it is not visible to whoever asks."""


class UnknownRun(LookupError):
    """There is no such run, or it is not visible to whoever asks."""


class CodeTaken(ValueError):
    """Another journey has this code."""


class WrongState(ValueError):
    """The journey is not in a state in which this can be done."""
