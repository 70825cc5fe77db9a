"""Headers of everything a reader gets."""

from typing import Final, TypeVar

from django.http import HttpResponse

Response = TypeVar("Response", bound=HttpResponse)

PRIVATE: Final = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


def private(response: Response) -> Response:
    """Keep an answer out of caches, search engines and referrers."""
    for name, value in PRIVATE.items():
        response[name] = value
    return response
