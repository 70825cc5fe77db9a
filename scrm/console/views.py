"""The front door of the console."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from org.permissions import Permission
from scrm.web.access import may
from scrm.web.navigation import first_place


@require_safe
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send people where their work is: the first page of the rail, else the workbench."""
    place = first_place(request)
    if place is None and may(request, Permission.WORKBENCH_USE):
        place = reverse("workbench")
    if place is None:
        raise PermissionDenied
    return HttpResponseRedirect(place)
