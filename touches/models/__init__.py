"""What leaves the house, and what became of it."""

from touches.models.dispatch import Dispatch
from touches.models.effect_log import EffectLog
from touches.models.pace import RecipientPace
from touches.models.touch import Touch

__all__ = ["Dispatch", "EffectLog", "RecipientPace", "Touch"]
