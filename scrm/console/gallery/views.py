"""The gallery; there is none where `GALLERY` is off."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from org.permissions import Permission
from scrm.console.gallery import samples
from scrm.console.gallery.forms import SampleForm
from scrm.web.access import page
from scrm.web.answers import close_drawer, posted


@require_safe
@page(Permission.SYSTEM_VIEW)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    _only_in_development()
    context = samples.rows() | samples.parts()
    context |= {
        "charts": samples.charts(),
        "form": _wrong_form(),
        "picking": SampleForm(prefix="picking"),
    }
    return render(request, "console/gallery/gallery.html", context)


@require_http_methods(["GET", "POST"])
@page(Permission.SYSTEM_VIEW)
def drawer(request: HttpRequest) -> HttpResponse:
    """Show the drawer with a form; what is right is thanked for, nothing is kept."""
    _only_in_development()
    form = SampleForm(posted(request))
    if form.is_valid():
        messages.success(request, _("已保存"))
        return close_drawer(HttpResponse(status=204))
    status = 422 if form.is_bound else 200
    return render(request, "console/gallery/drawer.html", {"form": form}, status=status)


def _wrong_form() -> SampleForm:
    form = SampleForm({"wrong-name": "", "wrong-stage": "lead"}, prefix="wrong")
    form.is_valid()
    return form


def _only_in_development() -> None:
    if not settings.GALLERY:
        raise Http404
