"""The reference of the open API as a page, for everybody who may read the schema: everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scrm.api.v1.reference import sections


def docs(request: HttpRequest) -> HttpResponse:
    """Show every operation with what it needs, takes and answers."""
    return render(request, "api/docs.html", {"sections": sections()})
