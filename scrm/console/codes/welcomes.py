"""Welcomes in the drawer: a code's variants, and the company's default."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.errors import BadWelcome
from campaigns.models import ChannelCode, DefaultWelcome, WelcomeVariant
from campaigns.services.welcomes import (
    VariantSpec,
    delete_variant,
    save_default_welcome,
    save_variant,
)
from common import clock
from org.permissions import Permission
from scrm.console.codes.forms import DefaultWelcomeForm, VariantForm
from scrm.console.codes.options import first_app
from scrm.console.codes.uploads import NotUploaded, uploaded_picture
from scrm.console.codes.views import code_or_404
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, posted

_FIELDS = ("text", "material", "staff", "weekdays", "starts_at", "ends_at")


@require_http_methods(["GET", "POST"])
@page(Permission.CODES_EDIT)
def variant(request: HttpRequest, code_id: int, variant_id: int | None = None) -> HttpResponse:
    """Make or change a code's welcome for one staff member or one time of the week."""
    code = code_or_404(request, code_id)
    known = _variant(code, variant_id)
    initial = {name: getattr(known, name) for name in _FIELDS} if known else {}
    form = VariantForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial=initial,
        code=code,
        variant=known,
    )
    if request.method == "POST" and form.is_valid() and _save_variant(request, form, code, known):
        messages.success(request, _("欢迎语已保存"))
        return go_to(request, reverse("code", args=[code.pk]))
    context = {"form": form, "code": code, "variant": known, "action": request.path}
    status = 422 if form.errors else 200
    return render(request, "console/codes/_variant.html", context, status=status)


@require_POST
@page(Permission.CODES_EDIT)
def variant_delete(request: HttpRequest, code_id: int, variant_id: int) -> HttpResponse:
    """Delete a variant; the code's own welcome speaks again."""
    code = code_or_404(request, code_id)
    known = _variant(code, variant_id)
    if known is not None:
        delete_variant(known, **_by(request))
    messages.success(request, _("已删除"))
    return go_to(request, reverse("code", args=[code.pk]))


@require_http_methods(["GET", "POST"])
@page(Permission.CODES_EDIT)
def default(request: HttpRequest) -> HttpResponse:
    """Change what new friends hear when no channel code speaks for them."""
    app = first_app()
    if app is None:
        raise Http404
    known = DefaultWelcome.objects.filter(corp=app.corp).first()
    initial = (
        {"text": known.text, "material": known.material_id, "is_enabled": known.is_enabled}
        if known
        else {"is_enabled": True}
    )
    form = DefaultWelcomeForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial=initial,
        content=known,
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_default_welcome(
                corp=app.corp,
                welcome=form.welcome(uploaded_picture(form.cleaned_data["picture"], app=app)),
                is_enabled=form.cleaned_data["is_enabled"],
                **_by(request),
            )
        except (BadWelcome, NotUploaded) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("默认欢迎语已保存"))
            return go_to(request, reverse("codes"))
    context = {"form": form, "action": request.path}
    status = 422 if form.errors else 200
    return render(request, "console/codes/_default_welcome.html", context, status=status)


def _save_variant(
    request: HttpRequest, form: VariantForm, code: ChannelCode, known: WelcomeVariant | None
) -> bool:
    values = form.cleaned_data
    try:
        spec = VariantSpec(
            welcome=form.welcome(uploaded_picture(values["picture"], app=code.app)),
            staff=values["staff"],
            weekdays=values["weekdays"],
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
        )
        save_variant(code, spec, variant=known, **_by(request))
    except (BadWelcome, NotUploaded) as error:
        form.add_error(None, str(error))
        return False
    return True


def _variant(code: ChannelCode, variant_id: int | None) -> WelcomeVariant | None:
    if variant_id is None:
        return None
    return get_object_or_404(WelcomeVariant, pk=variant_id, channel_code=code)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"now": clock.now(), "actor": viewer_of(request), "address": address_of(request)}
