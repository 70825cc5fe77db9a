"""Telling a lost connection from work that cannot be done (数据库故障)."""

from django.db import Error, InterfaceError, OperationalError, connection


def is_connection_lost(error: BaseException) -> bool:
    """Say whether the database itself is away; false for a time-out or a deadlock, which spare it.

    Call it outside transactions, after the failed one has been rolled back.
    """
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    try:
        return not connection.is_usable()
    except Error:
        return True
