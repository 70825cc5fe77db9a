"""The sending rules in force (发送规则)."""

from touches.models import SendingRules


def sending_rules() -> SendingRules:
    """Return the company's sending rules; without the row, those that plan and remind nothing."""
    return SendingRules.objects.first() or SendingRules(slot_times=[], remind_after_minutes=[])
