"""Pages of members (成员页面): for staff, who are somebody in WeCom, not only an account here."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from customers.errors import UnknownCustomer, UnknownGroup
from org.models import Staff
from org.permissions import Permission
from scrm.web.access import page, viewer_of
from touches.errors import UnknownTouch

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def member_view(view: View[P]) -> View[P]:
    """Make a view one for members: signed in, with the right, linked to a staff member.

    For what scripts fetch: without a session it leads to the sign-in page, which scripts notice.
    Whatever is not the member's own looks as if it were not there: 404 with the same words.
    """

    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if viewer_of(request).staff is None:
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except (UnknownCustomer, UnknownGroup, UnknownTouch):
            return not_found(request)

    update_wrapper(shown, view)
    return page(Permission.WORKBENCH_USE)(shown)


def staff_of(request: HttpRequest) -> Staff:
    """Return the staff member who is signed in; only views behind `member_view` may ask."""
    staff = viewer_of(request).staff
    if staff is None:
        raise PermissionDenied
    return staff


def not_found(request: HttpRequest) -> HttpResponse:
    """Answer for a customer, group or task that is not this member's."""
    return render(request, "sidebar/_not_found.html", status=404)
