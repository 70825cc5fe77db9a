"""The QR code and posters of a channel code."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.errors import NoFont, NoPicture
from campaigns.models import ChannelCode
from campaigns.services.code_pictures import code_picture
from campaigns.services.fonts import has_chinese_font
from campaigns.services.posters import Poster, poster_pdf, poster_png
from common import clock
from org.permissions import Permission
from scrm.console.codes.forms import PosterForm
from scrm.console.codes.views import code_or_404
from scrm.web.access import page


@require_safe
@page(Permission.CODES_VIEW)
def qr(request: HttpRequest, code_id: int) -> HttpResponse:
    """Show the QR code as PNG; `?download=1` saves it under the code's name."""
    code = code_or_404(request, code_id)
    try:
        data = code_picture(code, now=clock.now())
    except NoPicture as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    name = code.name if "download" in request.GET else ""
    return _file(data, kind="image/png", name=name, ending="png")


@require_safe
@page(Permission.CODES_VIEW)
def poster(request: HttpRequest, code_id: int) -> HttpResponse:
    """Show a poster with what can be changed on it."""
    code = code_or_404(request, code_id)
    form = _form(request, code)
    is_valid = form.is_valid()
    context = {
        "active": "codes",
        "code": code,
        "form": form,
        "has_font": has_chinese_font(),
        "query": urlencode(form.cleaned_data) if is_valid else "",
        "problem": _problem(code),
    }
    return render(request, "console/codes/poster.html", context, status=200 if is_valid else 422)


@require_safe
@page(Permission.CODES_VIEW)
def poster_file(request: HttpRequest, code_id: int, kind: str) -> HttpResponse:
    """Answer the poster that the address describes, as PNG for phones or as PDF for A4."""
    code = code_or_404(request, code_id)
    form = _form(request, code)
    if not form.is_valid():
        return HttpResponse(status=400)
    values = form.cleaned_data
    try:
        drawn = Poster(
            title=values["title"],
            note=values["note"],
            name=values["name"],
            hint=_("微信扫一扫，添加专属顾问"),
            qr_png=code_picture(code, now=clock.now()),
            style=values["style"],
        )
        data = poster_pdf(drawn) if kind == "pdf" else poster_png(drawn)
    except (NoPicture, NoFont) as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    name = _("{name} 海报").format(name=code.name) if "download" in request.GET else ""
    mime = "application/pdf" if kind == "pdf" else "image/png"
    return _file(data, kind=mime, name=name, ending=kind)


def _form(request: HttpRequest, code: ChannelCode) -> PosterForm:
    usual = {
        "title": _("扫码添加专属顾问"),
        "note": _("有问题随时问，一对一解答"),
        "name": code.corp.name[:20],
        "style": "blue",
    }
    names = usual.keys() & request.GET.keys()
    return PosterForm(request.GET if names else usual)


def _problem(code: ChannelCode) -> str:
    """Say why there is no QR code, '' if there is one."""
    try:
        code_picture(code, now=clock.now())
    except NoPicture as error:
        return str(error)
    return ""


def _file(data: bytes, *, kind: str, name: str, ending: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    if name:
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.{ending}")
    return response
