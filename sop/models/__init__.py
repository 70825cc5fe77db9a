"""Journeys, their versions, runs and traces."""

from sop.models.assignment import ArmAssignment, Exposure
from sop.models.journey import Journey, JourneyVersion
from sop.models.log import StepLog
from sop.models.run import JourneyRun

__all__ = ["ArmAssignment", "Exposure", "Journey", "JourneyRun", "JourneyVersion", "StepLog"]
