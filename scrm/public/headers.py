"""Headers of everything a reader gets."""

from typing import TypeVar

from django.http import HttpResponse

Response = TypeVar("Response", bound=HttpResponse)


def private(response: Response) -> Response:
    """Keep an answer out of caches, search engines and referrers."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
