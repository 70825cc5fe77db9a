"""The slots of the day (发送时段), as operators set them."""

from datetime import timedelta

from sop.program.timing import Slots
from touches.models import SendingRules


def sending_slots() -> Slots:
    """Return the slots of the day and their lead."""
    rules = SendingRules.objects.get()
    return Slots(tuple(rules.slot_times), timedelta(minutes=rules.slot_lead_minutes))
