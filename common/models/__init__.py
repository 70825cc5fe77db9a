"""Technical tables."""

from common.models.clock_offset import ClockOffset
from common.models.heartbeat import Heartbeat

__all__ = ["ClockOffset", "Heartbeat"]
