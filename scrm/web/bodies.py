"""Request bodies."""

from django.http import HttpRequest


def declared_length(request: HttpRequest) -> int:
    """Return how long the sender says the body is; Django reads no more, and nothing without it."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
