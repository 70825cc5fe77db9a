"""Journeys and runs as a viewer may see them (旅程查询)."""

from sop.errors import UnknownJourney
from sop.models import Journey


def journey_by_code(code: str) -> Journey:
    """Return the journey of a code.

    Raises:
        UnknownJourney: there is none.
    """
    journey = Journey.objects.filter(code=code).first()
    if journey is None:
        raise UnknownJourney(code)
    return journey
