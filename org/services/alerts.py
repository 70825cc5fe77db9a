"""Alerts that were looked at (已看提醒)."""

from datetime import datetime

from org.models import Alert, Staff


def mark_alerts_seen(*, staff: Staff, now: datetime) -> int:
    """Note that a staff member has looked at their alerts; returns how many were new to them."""
    return Alert.objects.filter(staff=staff, seen_at=None, created_at__lte=now).update(seen_at=now)
