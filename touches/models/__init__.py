"""What leaves the house, what became of it, and how often it may."""

from touches.models.bulk_mark import BulkMark
from touches.models.contact import ContactLedger
from touches.models.dispatch import Dispatch
from touches.models.effect_log import EffectLog
from touches.models.mass_task import MassTask
from touches.models.pace import RecipientPace
from touches.models.rules import CapRule, SendingRules
from touches.models.touch import Touch

__all__ = [
    "BulkMark",
    "CapRule",
    "ContactLedger",
    "Dispatch",
    "EffectLog",
    "MassTask",
    "RecipientPace",
    "SendingRules",
    "Touch",
]
