"""What can go wrong in `analytics`, as sentences for people."""


class AnalyticsError(Exception):
    """Base of this room's errors."""


class FiguresAreBusy(AnalyticsError):
    """The facts are being folded by another process just now."""


class UnknownFigure(AnalyticsError):
    """There is no figure of that name."""
