"""Where a request comes from (来源地址)."""

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the IP address of whoever sent the request, or ''.

    Behind the reverse proxy uvicorn puts the caller's address here; headers are not read again.
    """
    return str(request.META.get("REMOTE_ADDR", ""))
