"""Journeys, their drafts and versions, runs and traces."""

from sop.models.assignment import ArmAssignment, Exposure
from sop.models.draft import DraftRevision
from sop.models.journey import Journey, JourneyVersion
from sop.models.log import StepLog
from sop.models.run import JourneyRun

__all__ = [
    "ArmAssignment",
    "DraftRevision",
    "Exposure",
    "Journey",
    "JourneyRun",
    "JourneyVersion",
    "StepLog",
]
