"""What a history may meet: drawn from its seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from touches.models import Dispatch
from touches.services.policies import POLICIES

MASS = Dispatch.Kind.MASS_MESSAGE
TIME_OUT_SECONDS = 8.0
SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of world.

    Attributes:
        landing: A request is executed at the latest so long after it was sent.
        list_lag: What was made is listed at the latest so long after.
        resends: As the setting DISPATCH_MASS_RESENDS.
        freezes_in_gap: Hosts may freeze exactly between the last check and the socket.
    """

    name: str
    landing: float
    list_lag: float
    resends: int = 1
    freezes_in_gap: bool = False

    @property
    def is_lawful(self) -> bool:
        """Whether a look after the wait sees everything: even when the answer broke off at once."""
        return self.landing + self.list_lag < SETTLE_SECONDS and not self.freezes_in_gap

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Deploy the product as such a world asks for."""
        usual = POLICIES[MASS]
        POLICIES[MASS] = replace(usual, max_ambiguous_rounds=1 + self.resends)
        try:
            yield
        finally:
            POLICIES[MASS] = usual


LAWFUL = Profile("lawful", landing=12.0, list_lag=15.0)
# Where nobody has measured the lag: then nothing is believed absent, and nothing sent again.
SLOW = Profile("slow", landing=100.0, list_lag=900.0, resends=0)
# What no protocol over such an API can exclude; its doubles are counted, not forbidden.
FROZEN = Profile("frozen", landing=12.0, list_lag=15.0, freezes_in_gap=True)
PROFILES = {profile.name: profile for profile in (LAWFUL, SLOW, FROZEN)}


def profile_of(seed: int) -> Profile:
    """Most histories are lawful; every eighth is slow."""
    return SLOW if seed % 8 == 7 else LAWFUL
