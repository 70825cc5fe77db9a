"""Answers that htmx and plain forms both understand."""

import json
from typing import Literal

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import (
    HttpResponseClientRedirect,
    HttpResponseClientRefresh,
    trigger_client_event,
)

Level = Literal["success", "warning", "error", "info"]


def is_partial(request: HttpRequest) -> bool:
    """True if htmx asks for a part of the page (not for a page it goes back to)."""
    htmx = request.htmx  # type: ignore[attr-defined] # set by HtmxMiddleware
    return bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, be it nothing; None while it is only shown."""
    return request.POST if request.method == "POST" else None


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to a page, whoever asked."""
    if is_partial(request):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def reload(request: HttpRequest, url: str) -> HttpResponse:
    """Show the same page anew after a change; `url` is where a plain form goes."""
    if is_partial(request):
        return HttpResponseClientRefresh()
    return HttpResponseRedirect(url)


def toast(response: HttpResponse, text: str, level: Level = "success") -> HttpResponse:
    """Show a short message when the answer arrives."""
    return trigger_client_event(response, "toast", {"text": text, "level": level})


def close_drawer(response: HttpResponse, *then: str) -> HttpResponse:
    """Close the drawer, then fire events that parts of the page listen to (`changed`)."""
    trigger_client_event(response, "drawer-close")
    for name in then:
        trigger_client_event(response, name)
    return response


class ToastMiddleware(MiddlewareMixin):
    """Hand Django's messages to htmx answers as a toast; whole pages show them by themselves."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add the last message to the answer, unless it sends the browser on to a page."""
        leaves = {"HX-Redirect", "HX-Refresh", "HX-Location", "Location"}
        if not getattr(request, "htmx", None) or any(name in response for name in leaves):
            return response
        if "toast" in json.loads(response.get("HX-Trigger") or "{}"):
            return response
        for message in get_messages(request):
            toast(response, str(message), _level(message.level_tag))
        return response


def _level(tag: str) -> Level:
    return tag if tag in {"success", "warning", "error"} else "info"  # type: ignore[return-value]
